/** The export of a ledger at rest: every entry with its hash, or the frames a portal takes in. */
import { expect, test } from 'vitest';
import { chainHash, chainStart, check, Frame } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { entriesOf, exportHeadOf, framesOf, recordsOf } from '../../../agent/ledger/export.ts';
import { openSqliteReadOnly } from '../../../agent/ledger/sqlite.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import { answerTo, idOf, orderOf, sealedCard, subject } from '../../fixtures/payments.ts';
import { soldLedger } from '../../rigs/aged-ledger.ts';
import { approve, freshPath, loseTrackOf, openedLedger, store } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { wordLog } from '../../rigs/word-log.ts';

const filled = (path?: string) => {
  const opened = openedLedger(quietWorld(), path);
  approve(opened.ledger, orderOf(1), 1);
  store(opened.ledger, orderOf(2), 2, sealedCard(2));
  loseTrackOf(opened.ledger, orderOf(3), 3);
  return opened;
};

test('the first line says whose log it is and where it ends', () => {
  const { db, ledger } = filled();
  const { epoch, seq, hash } = ledger.upLog.head();
  expect(exportHeadOf(db, 'frames')).toEqual({
    ...{ holdfast: 'ledger', kind: 'frames', ...subject },
    ...{ epoch, head: seq, hash },
  });
});

test('the entries of every epoch follow, and their hashes prove it', () => {
  const { db, ledger } = filled();
  openEpoch(ledger, 2);
  const entries = [...entriesOf(db)];
  let prev = '';
  for (const entry of entries) {
    if (entry.seq === 1) prev = chainStart(subject, entry.epoch, sha256);
    expect(entry.prev).toBe(prev);
    expect(chainHash(prev, entry as never, sha256)).toBe(entry.hash);
    prev = entry.hash;
  }
  expect(new Set(entries.map(({ epoch }) => epoch))).toEqual(new Set([1, 2]));
  expect(JSON.stringify(entries)).not.toContain(
    Buffer.from(sealedCard(2).bytes).toString('base64'),
  );
});

test('the frames hold every entry of the epoch and the sealed data that waits to be decided', () => {
  const { db, ledger } = filled();
  const frames = [...framesOf(db)];
  expect(frames.every((frame) => check(Frame, frame).ok)).toBe(true);
  const entries = frames.flatMap((frame) => frame.entries);
  expect(entries.map(({ seq }) => seq)).toEqual(
    Array.from({ length: ledger.upLog.head().seq }, (_, i) => i + 1),
  );
  const stored = entries.find(({ type }) => type === 'transaction.stored');
  expect(stored?.sealed).toBe(Buffer.from(sealedCard(2).bytes).toString('base64'));
});

test('a long log makes many frames, none larger than the link allows', () => {
  const { db, ledger } = filled();
  for (let number = 10; number < 200; number += 1) approve(ledger, orderOf(number), number);
  const frames = [...framesOf(db)];
  expect(frames.length).toBeGreaterThan(2);
  expect(frames.map(({ from }) => from)).toEqual(
    frames.map((_, place) =>
      frames.slice(0, place).reduce((next, frame) => next + frame.entries.length, 1),
    ),
  );
});

test('a file that may only be read is exported all the same', () => {
  const path = freshPath();
  const { ledger } = filled(path);
  const head = ledger.upLog.head();
  ledger.close();
  const db = openSqliteReadOnly(path);
  expect(exportHeadOf(db, 'entries')).toMatchObject({ head: head.seq, hash: head.hash });
  expect([...framesOf(db)].flatMap(({ entries }) => entries)).toHaveLength(head.seq);
  db.close();
});

test('every erasure of sealed data is on record behind the entries', () => {
  const { db, ledger } = filled();
  expect([...recordsOf(db)]).toEqual([]);
  const words = wordLog();
  words.say('transaction.decided', answerTo(idOf('txn', 2), idOf('att', 2), 'declined'));
  takeWords(ledger, words.frame(1));
  const [erasure, ...others] = [...recordsOf(db)];
  expect(erasure).toEqual({
    ...{ holdfast: 'erasure', digest: sealedCard(2).digest, transactionId: idOf('txn', 2) },
    ...{ erasedAt: expect.any(Number) as number, erasedFor: 'forward_declined' },
  });
  expect(others).toEqual([]);
});

test('a log whose start was pruned says where it begins, and sums up what went', () => {
  const aged = soldLedger(2).growOld();
  const { upLog } = aged.ledger;
  const last = upLog.head().seq;
  const kept = upLog.hashAt(last - 1);
  aged.prune();
  const head = exportHeadOf(aged.db, 'entries');
  const count = last - 1;
  expect(head.anchors).toMatchObject([{ log: 'up', epoch: 1, seq: count, hash: kept, count }]);
  expect([...entriesOf(aged.db)]).toMatchObject([{ seq: last, prev: kept }]);
  expect([...recordsOf(aged.db)]).toMatchObject([
    {
      holdfast: 'pruned',
      currency: 'USD',
      type: 'sale',
      outcome: 'approved',
      count: 2,
      net: 8_500,
    },
  ]);
  const frames = [...framesOf(aged.db)];
  expect(frames).toMatchObject([{ from: last, prev: kept, pruned: true }]);
  expect(frames.every((frame) => check(Frame, frame).ok)).toBe(true);
});
