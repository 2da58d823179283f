/** What is past its time goes, from the start of the log, and nothing goes that is not. */
import { describe, expect, test } from 'vitest';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { entriesACommit } from '../../../agent/ledger/pruning.ts';
import { prunedSumsIn } from '../../../agent/ledger/pruned.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { answerTo, idOf } from '../../fixtures/payments.ts';
import { AgedLedger, monthMs, soldLedger } from '../../rigs/aged-ledger.ts';

const idsIn = ({ db }: AgedLedger): string[] =>
  db.prepare<[], string>('SELECT transaction_id FROM transactions ORDER BY number').pluck().all();

const soundly = ({ db }: AgedLedger): void => expect(verifyLedger(db).findings).toEqual([]);

test('what is final, told, settled and past its time goes, and what is left is sound', () => {
  const aged = soldLedger(3).growOld();
  aged.sell(4, 'approved');
  aged.acknowledge();
  const before = verifyLedger(aged.db);
  expect(before).toMatchObject({ sound: true, transactions: 4 });
  // Three facts a sale; two of the batch; the word that settled it.
  expect(aged.prune()).toMatchObject({ entries: 9 + 2 + 1, transactions: 3, commits: 1 });
  expect(idsIn(aged)).toEqual([idOf('txn', 4)]);
  expect(aged.ledger.upLog.historyOf(idOf('txn', 1))).toEqual([]);
  expect(verifyLedger(aged.db)).toEqual({
    ...{ ...before, entries: 3, transactions: 1 },
    pruned: { entries: 12, transactions: 3 },
  });
});

test('the last entry stays, for the chain goes on from it', () => {
  const aged = soldLedger(3).growOld();
  expect(aged.prune()).toMatchObject({ entries: 11, transactions: 3, stay: { why: 'last entry' } });
  expect([idsIn(aged), aged.ledger.upLog.head().seq]).toEqual([[], 12]);
  soundly(aged);
  aged.sell(4, 'approved');
  soundly(aged);
});

test('a month short of its time nothing goes', () => {
  const aged = soldLedger(3).growOld(12);
  expect(aged.prune()).toMatchObject({ entries: 0, stay: { why: 'too young' } });
});

describe('nothing goes, whatever its age, that', () => {
  test.each<[string, string, (aged: AgedLedger) => void]>([
    ['waits for its card', 'not final', (aged) => aged.sell(1, 'waiting')],
    ['waits for the host', 'not final', (aged) => aged.sell(1, 'sent')],
    ['is stored', 'not final', (aged) => aged.sell(1, 'stored')],
    ['is unknown', 'not final', (aged) => aged.sell(1, 'unknown')],
    [
      'holds money that is not captured',
      'holding money',
      (aged) => aged.sell(1, 'approved', { type: 'authorization' }),
    ],
    [
      'has an attempt to be reversed',
      'reversing',
      (aged) => {
        aged.sell(1, 'approved');
        aged.db.exec("UPDATE attempts SET standing = 'reversing'");
      },
    ],
    [
      'no transaction explains',
      'unexplained',
      (aged) => {
        aged.sell(1, 'approved');
        aged.db.exec('DELETE FROM transactions');
      },
    ],
    [
      'cannot be read',
      'unexplained',
      (aged) => {
        aged.sell(1, 'approved');
        aged.db.exec("UPDATE up_log SET body = '{' WHERE seq = 1");
      },
    ],
  ])('%s', (_what, why, fill) => {
    const aged = new AgedLedger();
    fill(aged);
    aged.sell(9, 'approved');
    aged.growOld();
    expect(aged.prune()).toMatchObject({ entries: 0, stay: { why } });
  });

  test('the portal has not acknowledged', () => {
    const aged = soldLedger(3).growOld();
    aged.acknowledge(4);
    const stay = { why: 'not acknowledged', transactionId: idOf('txn', 2) };
    expect(aged.prune()).toMatchObject({ entries: 3, transactions: 1, stay });
    soundly(aged);
  });

  test('stands in a batch that is not settled', () => {
    const aged = soldLedger(3);
    aged.close();
    aged.acknowledge();
    aged.world.clock.advance(14 * monthMs);
    const stay = { why: 'batch not settled', transactionId: idOf('txn', 1) };
    expect(aged.prune()).toMatchObject({ entries: 0, stay });
  });

  test('stands behind something that has to stay', () => {
    const aged = new AgedLedger();
    aged.sell(1, 'approved');
    aged.sell(2, 'unknown');
    aged.sell(3, 'approved');
    aged.growOld();
    expect(aged.prune()).toMatchObject({ entries: 3, transactions: 1 });
    expect(idsIn(aged)).toEqual([idOf('txn', 2), idOf('txn', 3)]);
    soundly(aged);
  });
});

describe('time', () => {
  test('counts from the first trusted time behind a record nobody vouched for', () => {
    const aged = new AgedLedger();
    aged.world.clock.jumpWall(-30 * monthMs);
    aged.sell(1, 'approved');
    aged.world.clock.jumpWall(30 * monthMs);
    aged.ledger.clock.heardTime(aged.world.clock.wallMs());
    aged.world.clock.advance(10 * monthMs);
    aged.sell(2, 'approved');
    aged.growOld(12);
    expect(aged.prune()).toMatchObject({ entries: 0, stay: { why: 'too young' } });
    aged.world.clock.advance(2 * monthMs);
    expect(aged.prune()).toMatchObject({ transactions: 2 });
  });

  test('never begins where nobody ever vouched for the clock', () => {
    const aged = new AgedLedger();
    aged.world.clock.jumpWall(monthMs);
    for (const number of [1, 2]) aged.sell(number, 'approved');
    expect(aged.growOld(40).prune()).toMatchObject({ entries: 0, stay: { why: 'too young' } });
  });

  test('begins with the last that happened to a transaction, a word included', () => {
    const aged = new AgedLedger();
    aged.sell(1, 'unknown');
    aged.growOld(12);
    aged.undo(1);
    aged.growOld(12);
    const stay = { why: 'too young', transactionId: idOf('txn', 1) };
    expect(aged.prune()).toMatchObject({ entries: 0, stay });
    aged.world.clock.advance(2 * monthMs);
    expect(aged.prune()).toMatchObject({ transactions: 1 });
    soundly(aged);
  });
});

describe('a commit', () => {
  test('takes no more than it may, and a transaction goes with its last entry', () => {
    const aged = soldLedger(100).growOld();
    expect(aged.prune(1)).toMatchObject({ entries: entriesACommit, transactions: 66 });
    expect(aged.ledger.upLog.historyOf(idOf('txn', 67))).toHaveLength(1);
    expect(aged.ledger.transactions.find(idOf('txn', 67))?.payment.is).toBe('approved');
    soundly(aged);
    expect(aged.prune()).toMatchObject({ entries: 102, transactions: 34 });
    soundly(aged);
  });

  test('may end anywhere, also within what a batch was closed with', () => {
    const aged = new AgedLedger();
    for (const number of [1, 2]) aged.sell(number, 'stored');
    aged.sell(3, 'unknown');
    for (const number of [1, 2]) aged.decide(number);
    aged.settle();
    aged.undo(3);
    aged.growOld();
    for (let commits = 0; commits < 30; commits += 1) {
      const { entries } = aged.ledger.pruning.due(aged.world.clock.wallMs());
      const due = { entries: entries.slice(0, 1) };
      aged.ledger.commit(() => aged.ledger.pruning.remove(due, 0));
      soundly(aged);
    }
    expect(idsIn(aged)).toEqual([]);
  });

  test('that fails leaves everything as it was', () => {
    const aged = soldLedger(3).growOld();
    const tables = ['up_log', 'transactions', 'attempts', 'idempotency', 'expired_keys', 'pruned'];
    const everything = () =>
      [...tables, 'log_anchors'].map((table) => aged.db.prepare(`SELECT * FROM ${table}`).all());
    const before = everything();
    const due = aged.ledger.pruning.due(aged.world.clock.wallMs());
    expect(() =>
      aged.ledger.commit(() => {
        aged.ledger.pruning.remove(due, 0);
        throw new Error('the power failed');
      }),
    ).toThrow('the power failed');
    expect(everything()).toEqual(before);
    expect(aged.ledger.upLog.hashAt(3)).toBeDefined();
    soundly(aged);
  });
});

test('a key whose transaction went has expired, and is not free', () => {
  const aged = soldLedger(1).growOld();
  aged.sell(2, 'approved');
  const keyHashOf = (number: number) =>
    aged.db
      .prepare<[string], string>('SELECT key_hash FROM idempotency WHERE transaction_id = ?')
      .pluck()
      .get(idOf('txn', number)) ?? '';
  const [gone, kept] = [keyHashOf(1), keyHashOf(2)];
  aged.prune();
  const { idempotency } = aged.ledger;
  expect(idempotency.find('till', gone)).toBeUndefined();
  expect(idempotency.isExpired('till', gone)).toBe(true);
  expect(idempotency.isExpired('another', gone)).toBe(false);
  expect([idempotency.isExpired('till', kept), idempotency.find('till', kept)]).toMatchObject([
    false,
    { transactionId: idOf('txn', 2) },
  ]);
});

describe('transactions that follow each other', () => {
  const refund = { type: 'refund', originalTransactionId: idOf('txn', 1) } as const;

  const refunded = (): AgedLedger => {
    const aged = soldLedger(1).growOld(6);
    aged.sell(2, 'approved', refund);
    return aged;
  };

  test('a sale stays as long as what was given back of it', () => {
    const stay = { why: 'too young', transactionId: idOf('txn', 2) };
    expect(refunded().growOld(10).prune()).toMatchObject({ entries: 0, stay });
  });

  test('go together, and not before the last entry of any', () => {
    const aged = refunded().growOld();
    const { entries } = aged.ledger.pruning.due(aged.world.clock.wallMs());
    const due = { entries: entries.slice(0, 8) };
    aged.ledger.commit(() => aged.ledger.pruning.remove(due, 0));
    expect(idsIn(aged)).toHaveLength(2);
    soundly(aged);
    expect(aged.prune()).toMatchObject({ transactions: 2 });
    expect(idsIn(aged)).toEqual([]);
    soundly(aged);
  });
});

describe('words', () => {
  /** Stored sales that were decided, in a batch that was settled: four words. */
  const decided = (): AgedLedger => {
    const aged = new AgedLedger();
    for (const number of [1, 2, 3]) aged.sell(number, 'stored');
    for (const number of [1, 2, 3]) aged.decide(number);
    return aged.growOld();
  };

  test('go with the facts that told them; the last stays', () => {
    const aged = decided();
    expect(aged.prune()).toMatchObject({ words: 3, transactions: 3 });
    expect(aged.ledger.downLog.head()).toMatchObject({ epoch: 1, seq: 4 });
    soundly(aged);
  });

  test('that went are known to have been taken in, and the next follow', () => {
    const aged = decided();
    aged.prune();
    const { downLog } = aged.ledger;
    expect(downLog.examine(aged.words.frame(1))).toEqual({ is: 'taken', fresh: [] });
    aged.sell(4, 'unknown');
    aged.undo(4);
    expect(downLog.head().seq).toBe(5);
    expect(aged.growOld().prune()).toMatchObject({ words: 2, transactions: 1 });
    soundly(aged);
  });

  test('about what is not here any more change nothing, and go in their time', () => {
    const aged = decided();
    aged.prune();
    aged.words.say('transaction.decided', answerTo(idOf('txn', 1), idOf('att', 1)));
    expect(aged.hear()).toEqual(['no such transaction here']);
    aged.sell(5, 'approved');
    expect(aged.growOld().prune()).toMatchObject({ words: 2, transactions: 1 });
    soundly(aged);
  });

  test('keep their transaction as long as they are kept, also when they tell no outcome', () => {
    const aged = soldLedger(1);
    aged.settle();
    const amount = { value: 100, currency: 'USD' };
    const change = { transactionId: idOf('txn', 1), kind: 'refund', amount, by: { userId: 'u' } };
    aged.say('transaction.changed', change);
    expect(aged.growOld().prune()).toMatchObject({ transactions: 0, stay: { why: 'last entry' } });
    expect(idsIn(aged)).toEqual([idOf('txn', 1)]);
    soundly(aged);
  });

  test('are counted where they erased sealed data, also once that is not on record any more', () => {
    const aged = decided();
    const before = verifyLedger(aged.db).sealed;
    expect(before).toEqual({ kept: 0, erased: 3, overdue: 0 });
    aged.prune();
    expect(aged.db.prepare('SELECT count(*) FROM sealed').pluck().get()).toBe(0);
    expect(verifyLedger(aged.db).sealed).toEqual(before);
  });
});

describe('epochs', () => {
  test('one that is over goes whole, then the next begins to', () => {
    const aged = soldLedger(3);
    aged.acknowledge();
    aged.sell(4, 'unknown');
    openEpoch(aged.ledger, 2);
    aged.undo(4);
    aged.growOld();
    expect(aged.prune(1)).toMatchObject({ entries: 12, transactions: 3 });
    soundly(aged);
    expect(aged.ledger.upLog.prunedThrough()).toBe(0);
    expect(aged.prune()).toMatchObject({ transactions: 1 });
    soundly(aged);
    expect(aged.ledger.upLog.prunedThrough()).toBe(aged.ledger.upLog.head().seq - 1);
  });

  test('of one that is over nothing goes before the portal has anything of the next', () => {
    const aged = soldLedger(3).growOld();
    openEpoch(aged.ledger, 2);
    aged.sell(4, 'approved');
    expect(aged.prune()).toMatchObject({ entries: 0, stay: { why: 'not acknowledged' } });
    aged.acknowledge();
    expect(aged.prune()).toMatchObject({ entries: 12, transactions: 3 });
    soundly(aged);
  });

  test('a decision that only an epoch that is gone told is no contradiction', () => {
    const aged = new AgedLedger();
    aged.sell(1, 'stored');
    aged.decide(1);
    openEpoch(aged.ledger, 2);
    aged.growOld();
    expect(aged.prune(1)).toMatchObject({ entries: 3, transactions: 0 });
    soundly(aged);
    aged.prune();
    expect(idsIn(aged)).toEqual([]);
    soundly(aged);
  });
});

test('what went is summed up by month, currency, type and outcome, and the net is as before', () => {
  const aged = new AgedLedger();
  aged.sell(1, 'approved');
  aged.sell(2, 'approved', { amount: { value: 100, currency: 'EUR' } });
  aged.sell(3, 'approved', { type: 'refund' });
  aged.world.clock.advance(monthMs);
  aged.sell(4, 'approved');
  aged.sell(5, 'approved');
  aged.growOld();
  aged.sell(6, 'approved', { amount: { value: 1, currency: 'USD' } });
  const { netByCurrency } = verifyLedger(aged.db);
  expect(netByCurrency).toEqual({ EUR: 100, USD: 8_501 });
  aged.prune();
  const approved = { outcome: 'approved', erased: 0 };
  expect(prunedSumsIn(aged.db)).toEqual([
    { month: '2026-12', currency: 'EUR', type: 'sale', ...approved, count: 1, net: 100 },
    { month: '2026-12', currency: 'USD', type: 'refund', ...approved, count: 1, net: -4_250 },
    { month: '2026-12', currency: 'USD', type: 'sale', ...approved, count: 1, net: 4_250 },
    { month: '2027-01', currency: 'USD', type: 'sale', ...approved, count: 2, net: 8_500 },
  ]);
  expect(verifyLedger(aged.db).netByCurrency).toEqual(netByCurrency);
});
