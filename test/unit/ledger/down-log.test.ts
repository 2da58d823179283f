/** The down log: what of a frame is new, and which frames are none of it. */
import { describe, expect, test } from 'vitest';
import { chainStart, type Frame } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import { subject } from '../../fixtures/payments.ts';
import { openedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { wordLog, type WordLog } from '../../rigs/word-log.ts';

const wordsOf = (count: number, epoch = 1): WordLog => {
  const words = wordLog(epoch);
  for (let number = 1; number <= count; number += 1) words.say('a word', { number });
  return words;
};

/** A ledger that has taken in the first words of a log. */
const having = (through: number, of = wordsOf(10)) => {
  const { ledger } = openedLedger(quietWorld());
  if (through > 0) takeWords(ledger, of.frame(1, 1, through));
  const fresh = (frame: Frame): number[] | string => {
    const intake = ledger.downLog.examine(frame);
    return intake.is === 'taken' ? intake.fresh.map(({ seq }) => seq) : intake.is;
  };
  return { ledger, words: of, fresh };
};

test('stands at the start of its chain while it is empty', () => {
  const start = chainStart(subject, 1, sha256);
  expect(having(0).ledger.downLog.head()).toEqual({ epoch: 1, seq: 0, hash: start });
});

describe('a frame', () => {
  test.each([
    ['from the beginning', 0, [1, 3], [1, 2, 3]],
    ['that goes on', 3, [4, 5], [4, 5]],
    ['that repeats', 3, [1, 3], []],
    ['that repeats a part', 3, [3, 3], []],
    ['that repeats and goes on', 3, [2, 6], [4, 5, 6]],
    ['with a gap of one', 3, [5, 6], 'gap'],
    ['from far ahead', 0, [10, 10], 'gap'],
  ] as const)('%s', (_what, through, [from, until], expected) => {
    const { words, fresh } = having(through);
    expect(fresh(words.frame(1, from, until))).toEqual(expected);
  });

  const tampered: [string, (frame: Frame) => Frame][] = [
    ['a changed body', changing((entry) => ({ ...entry, body: { number: 99 } }))],
    ['a changed type', changing((entry) => ({ ...entry, type: 'another' }))],
    ['a changed id', changing((entry) => ({ ...entry, id: 'another' }))],
    ['a changed time', changing((entry) => ({ ...entry, at: 0 }))],
    ['a changed hash', changing((entry) => ({ ...entry, hash: '0'.repeat(64) }))],
    ['a changed number', changing((entry) => ({ ...entry, seq: entry.seq + 1 }))],
    ['a wrong link to what came before', (frame) => ({ ...frame, prev: '0'.repeat(64) })],
    ['a missing entry', (frame) => ({ ...frame, entries: frame.entries.slice(1) })],
    ['entries in another order', (frame) => ({ ...frame, entries: frame.entries.toReversed() })],
    ['half a surrogate pair', changing((entry) => ({ ...entry, body: { text: '\ud800' } }))],
  ];

  test.each(tampered)('with %s is refused', (_what, tamper) => {
    const { words, fresh } = having(3);
    expect(fresh(tamper(words.frame(1, 4, 6)))).toBe('refused');
    expect(fresh(tamper(words.frame(1, 2, 6)))).toBe('refused');
  });

  test('of another chain that is sound in itself is refused', () => {
    const { fresh } = having(3);
    const other = wordLog();
    for (let number = 1; number <= 5; number += 1) other.say('a word', { number: -number });
    expect(fresh(other.frame(1, 1, 5))).toBe('refused');
    expect(fresh(other.frame(1, 4, 5))).toBe('refused');
  });

  test('of another device is refused', () => {
    const { fresh } = having(0);
    const other = wordLog(1, { ...subject, deviceId: 'dev-2' });
    other.say('a word', {});
    expect(fresh(other.frame(1))).toBe('refused');
  });
});

describe('an epoch', () => {
  test('that is new begins at 1', () => {
    const { ledger, fresh } = having(3);
    const next = wordsOf(2, 2);
    expect(fresh(next.frame(1, 2, 2))).toBe('gap');
    expect(fresh(next.frame(1))).toEqual([1, 2]);
    expect(ledger.downLog.head().epoch).toBe(1);
    takeWords(ledger, next.frame(1));
    expect(ledger.downLog.head()).toMatchObject({ epoch: 2, seq: 2 });
  });

  test('that is over says nothing any more', () => {
    const { ledger, words, fresh } = having(3);
    takeWords(ledger, wordsOf(1, 3).frame(1));
    expect(fresh(words.frame(1, 4, 4))).toBe('refused');
    expect(fresh(wordsOf(1, 2).frame(1))).toBe('refused');
  });
});

function changing(change: (entry: Frame['entries'][number]) => Frame['entries'][number]) {
  return (frame: Frame): Frame => ({
    ...frame,
    entries: frame.entries.map((entry, place) =>
      place === frame.entries.length - 1 ? change(entry) : entry,
    ),
  });
}
