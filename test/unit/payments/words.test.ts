/** Words of the portal: each has its effect once, is told again in a fact, and none stops the lane. */
import { describe, expect, test } from 'vitest';
import { check, facts } from '../../../contract/index.ts';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import { answerTo, idOf, orderOf, sealedCard, sealedRef } from '../../fixtures/payments.ts';
import { happen, loseTrackOf, openedLedger, send, store } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { wordLog } from '../../rigs/word-log.ts';

/** A ledger with a stored sale (1), an unknown one (2) and one stored after an unknown (3). */
const ledgerWithSales = () => {
  const both = openedLedger(quietWorld());
  store(both.ledger, orderOf(1), 1, sealedCard(1));
  loseTrackOf(both.ledger, orderOf(2), 2);
  send(both.ledger, orderOf(3), 3);
  const sealed = sealedCard(3);
  const route = { to: 'store', attemptId: idOf('att', 33), sealed: sealedRef(sealed) } as const;
  happen(both.ledger, idOf('txn', 3), { is: 'no answer', reason: 'no_answer', route }, sealed);
  return { ...both, words: wordLog() };
};

const stateOf = (ledger: Ledger, number: number) =>
  ledger.transactions.find(idOf('txn', number))?.payment.is;

const told = (ledger: Ledger) =>
  (ledger.upLog.run(1)?.entries ?? [])
    .filter(({ type }) => type === 'word.taken')
    .map(({ body }) => {
      expect(check(facts['word.taken'].body, body)).toMatchObject({ ok: true });
      return body as { applied: boolean; note?: string; content: unknown; seq: number };
    });

const undone = (number: number, attempt = number) => ({
  ...{ transactionId: idOf('txn', number), attemptId: idOf('att', attempt) },
  hostResult: 'reversed',
});

const decided = (number: number, attempt = number, result?: 'declined') =>
  answerTo(idOf('txn', number), idOf('att', attempt), result);

describe('a word has its effect', () => {
  test.each([
    ['approved', undefined],
    ['forward_declined', 'declined'],
  ] as const)('a decision makes a stored sale %s, and its sealed data is gone', (state, result) => {
    const { ledger, words } = ledgerWithSales();
    words.say('transaction.decided', decided(1, 1, result));
    const taken = takeWords(ledger, words.frame(1));
    expect(taken.moved).toEqual([idOf('txn', 1)]);
    expect(stateOf(ledger, 1)).toBe(state);
    expect(ledger.sealed.bytesOf(sealedCard(1).digest)).toBeUndefined();
    expect(ledger.exposure.rows()).toEqual([{ currency: 'USD', count: 2, total: 8_500 }]);
    expect(told(ledger)).toMatchObject([{ seq: 1, applied: true, content: decided(1, 1, result) }]);
  });

  test.each(['reversed', 'never_received', 'not_approved'])(
    'a finished reversal (%s) makes an unknown sale reversed',
    (hostResult) => {
      const { ledger, words } = ledgerWithSales();
      words.say('reversal.done', { ...undone(2), hostResult });
      takeWords(ledger, words.frame(1));
      expect(stateOf(ledger, 2)).toBe('reversed');
      expect(ledger.attempts.reversing(9).map(({ attemptId }) => attemptId)).toEqual([
        idOf('att', 3),
      ]);
    },
  );

  test('a finished reversal leaves the sale that was stored after it waiting for its decision', () => {
    const { ledger, words } = ledgerWithSales();
    words.say('reversal.done', undone(3));
    expect(takeWords(ledger, words.frame(1)).moved).toEqual([idOf('txn', 3)]);
    expect([stateOf(ledger, 3), ledger.attempts.reversingCount()]).toEqual(['stored', 1]);
    words.say('transaction.decided', decided(3, 33));
    takeWords(ledger, words.frame(1));
    expect(stateOf(ledger, 3)).toBe('approved');
  });

  test('an approval that stands ends an unknown sale, and there is nothing to reverse any more', () => {
    const { ledger, db, words } = ledgerWithSales();
    words.say('transaction.decided', decided(2));
    expect(takeWords(ledger, words.frame(1)).moved).toEqual([idOf('txn', 2)]);
    expect([stateOf(ledger, 2), ledger.attempts.reversingCount()]).toEqual(['approved', 1]);
    expect(verifyLedger(db).findings).toEqual([]);
  });

  test('a decision that comes before the reversal is done loses nothing of the reversal', () => {
    const { ledger, words } = ledgerWithSales();
    words.say('transaction.decided', decided(3, 33));
    takeWords(ledger, words.frame(1));
    expect(ledger.attempts.reversingCount()).toBe(2);
    words.say('reversal.done', undone(3));
    takeWords(ledger, words.frame(1));
    expect(ledger.attempts.reversingCount()).toBe(1);
    expect(stateOf(ledger, 3)).toBe('approved');
  });
});

const strange: [string, string, unknown, RegExp][] = [
  ['an unknown type', 'batch.settled', { any: 'thing' }, /does not know the word batch\.settled/],
  ['a type every object has', 'constructor', {}, /does not know the word constructor/],
  ['another such type', 'toString', decided(1), /does not know/],
  ['a prototype', '__proto__', decided(1), /does not know/],
  ['no body', 'transaction.decided', null, /malformed/],
  ['a body of another kind', 'transaction.decided', [1, 2], /malformed/],
  ['a missing member', 'reversal.done', { transactionId: idOf('txn', 2) }, /malformed/],
  ['a wrong member', 'transaction.decided', { ...decided(1), result: 'maybe' }, /malformed/],
  ['an unknown transaction', 'transaction.decided', decided(99), /no such transaction/],
  ['a decline of an unknown sale', 'transaction.decided', decided(2, 2, 'declined'), /without/],
  ['a decision of another attempt', 'transaction.decided', decided(1, 2), /without meaning/],
  ['a reversal of a stored sale', 'reversal.done', undone(1), /without meaning/],
  ['a reversal of another sale’s attempt', 'reversal.done', undone(2, 3), /without meaning/],
];

describe('a word without effect is taken in, told, and stops nothing', () => {
  test.each(strange)('%s', (_what, type, body, note) => {
    const { ledger, db, words } = ledgerWithSales();
    const before = [1, 2, 3].map((number) => stateOf(ledger, number));
    const reversing = ledger.attempts.reversing(9);
    words.say(type, body);
    words.say('transaction.decided', decided(3, 33));
    const { intake, moved } = takeWords(ledger, words.frame(1));
    expect(intake).toMatchObject({ is: 'taken', fresh: [{ seq: 1 }, { seq: 2 }] });
    expect(moved).toEqual([idOf('txn', 3)]);
    expect(told(ledger)).toMatchObject([
      { applied: false, note: expect.stringMatching(note) as string, content: body },
      { applied: true },
    ]);
    expect([1, 2].map((number) => stateOf(ledger, number))).toEqual(before.slice(0, 2));
    expect(ledger.attempts.reversing(9)).toEqual(reversing);
    expect(ledger.downLog.head().seq).toBe(2);
    expect(verifyLedger(db).findings).toEqual([]);
  });

  test('a type or a fault as long as one likes makes a note of bounded length', () => {
    const { ledger, words } = ledgerWithSales();
    words.say('x'.repeat(64), {});
    words.say('transaction.decided', { [`m${'x'.repeat(500)}`]: 1 });
    takeWords(ledger, words.frame(1));
    for (const { note = '' } of told(ledger)) expect(note.length).toBeLessThanOrEqual(200);
  });
});

describe('a word that comes again', () => {
  test('in the same frame sent twice writes nothing', () => {
    const { ledger, words } = ledgerWithSales();
    words.say('transaction.decided', decided(1));
    takeWords(ledger, words.frame(1));
    const { seq } = ledger.upLog.head();
    expect(takeWords(ledger, words.frame(1))).toEqual({
      intake: { is: 'taken', fresh: [] },
      ...{ moved: [], told: [] },
    });
    expect(ledger.upLog.head().seq).toBe(seq);
  });

  test.each([
    ['in the same frame', 1],
    ['in a later frame', 2],
  ])('under the same id %s has one effect and is told twice', (_where, frames) => {
    const { ledger, words } = ledgerWithSales();
    words.say('reversal.done', undone(2), 'word_same');
    if (frames === 2) takeWords(ledger, words.frame(1));
    words.say('reversal.done', undone(2), 'word_same');
    takeWords(ledger, words.frame(1));
    expect(told(ledger)).toMatchObject([
      { applied: true },
      { applied: false, note: 'taken in before' },
    ]);
  });

  test('in a new epoch of a restored portal has no second effect', () => {
    const { ledger, words, db } = ledgerWithSales();
    words.say('transaction.decided', decided(1), 'word_same');
    takeWords(ledger, words.frame(1));
    const restored = wordLog(2);
    restored.say('transaction.decided', decided(1), 'word_same');
    restored.say('transaction.decided', decided(1, 1, 'declined'), 'word_other');
    takeWords(ledger, restored.frame(1));
    expect(stateOf(ledger, 1)).toBe('approved');
    expect(told(ledger).map(({ applied }) => applied)).toEqual([true, false, false]);
    expect(verifyLedger(db).findings).toEqual([]);
  });
});

test('a frame is taken in whole or not at all', () => {
  const { ledger, db, words } = ledgerWithSales();
  words.say('transaction.decided', decided(1));
  words.say('transaction.decided', decided(3, 33));
  const head = ledger.upLog.head();
  db.exec(
    `CREATE TRIGGER full AFTER INSERT ON down_log WHEN new.seq = 2
     BEGIN SELECT raise(ABORT, 'the power failed'); END`,
  );
  expect(() => takeWords(ledger, words.frame(1))).toThrow('the power failed');
  expect([ledger.upLog.head(), ledger.downLog.head().seq, stateOf(ledger, 1)]).toEqual([
    ...[head, 0, 'stored'],
  ]);
  db.exec('DROP TRIGGER full');
  expect(takeWords(ledger, words.frame(1)).moved).toEqual([idOf('txn', 1), idOf('txn', 3)]);
});
