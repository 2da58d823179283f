/** What is past its time goes, from the start of the log, and nothing goes that is not. */
import { describe, expect, test } from 'vitest';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { entriesACommit } from '../../../agent/ledger/pruning.ts';
import { prunedSumsIn } from '../../../agent/ledger/pruned.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import { answerTo, idOf, orderOf, sealedCard } from '../../fixtures/payments.ts';
import {
  acknowledgeAll,
  grownOld,
  monthMs,
  prune,
  settleAll,
  trustedLedger,
  type AgedLedger,
} from '../../rigs/aged-ledger.ts';
import { approve, enter, loseTrackOf, send, store } from '../../rigs/open-ledger.ts';
import { wordLog } from '../../rigs/word-log.ts';

const idsIn = ({ db }: AgedLedger): string[] =>
  db.prepare<[], string>('SELECT transaction_id FROM transactions ORDER BY number').pluck().all();

const soundly = ({ db }: AgedLedger): void => expect(verifyLedger(db).findings).toEqual([]);

/** Two approved sales, and a third that keeps the log from ending with them. */
const threeSales = (): AgedLedger => {
  const aged = trustedLedger();
  for (const number of [1, 2, 3]) approve(aged.ledger, orderOf(number), number);
  return aged;
};

test('what is final, told, settled and past its time goes, and what is left is sound', () => {
  const aged = threeSales();
  grownOld(aged, 14);
  approve(aged.ledger, orderOf(4), 4);
  acknowledgeAll(aged.ledger);
  const before = verifyLedger(aged.db);
  expect(prune(aged)).toMatchObject({ entries: 9, transactions: 3, commits: 1 });
  expect(idsIn(aged)).toEqual([idOf('txn', 4)]);
  expect(aged.ledger.upLog.historyOf(idOf('txn', 1))).toEqual([]);
  expect(verifyLedger(aged.db)).toEqual({
    ...{ ...before, entries: 3, transactions: 1 },
    pruned: { entries: 9, transactions: 3 },
  });
});

test('the last entry stays, for the chain goes on from it, and so does its transaction', () => {
  const aged = grownOld(threeSales());
  expect(prune(aged)).toMatchObject({ entries: 8, transactions: 2, stay: { why: 'last entry' } });
  expect(idsIn(aged)).toEqual([idOf('txn', 3)]);
  soundly(aged);
  approve(aged.ledger, orderOf(4), 4);
  soundly(aged);
});

test('a month short of its time nothing goes', () => {
  const aged = grownOld(threeSales(), 12);
  expect(prune(aged)).toMatchObject({ entries: 0, stay: { why: 'too young' } });
});

describe('nothing goes, whatever its age, that', () => {
  const aged = (fill: (aged: AgedLedger) => void): AgedLedger => {
    const ledger = trustedLedger();
    fill(ledger);
    approve(ledger.ledger, orderOf(9), 9);
    return ledger;
  };

  test.each<[string, string, (aged: AgedLedger) => void]>([
    ['waits for its card', 'not final', ({ ledger }) => enter(ledger, orderOf(1))],
    ['waits for the host', 'not final', ({ ledger }) => send(ledger, orderOf(1), 1)],
    ['is stored', 'not final', ({ ledger }) => store(ledger, orderOf(1), 1, sealedCard(1))],
    ['is unknown', 'not final', ({ ledger }) => loseTrackOf(ledger, orderOf(1), 1)],
    [
      'holds money that is not captured',
      'holding money',
      ({ ledger }) => approve(ledger, orderOf(1, { type: 'authorization' }), 1),
    ],
    [
      'has an attempt to be reversed',
      'reversing',
      ({ ledger, db }) => {
        approve(ledger, orderOf(1), 1);
        db.exec("UPDATE attempts SET standing = 'reversing'");
      },
    ],
    [
      'no transaction explains',
      'unexplained',
      ({ ledger, db }) => {
        approve(ledger, orderOf(1), 1);
        db.exec('DELETE FROM transactions');
      },
    ],
    [
      'cannot be read',
      'unexplained',
      ({ ledger, db }) => {
        approve(ledger, orderOf(1), 1);
        db.exec("UPDATE up_log SET body = '{' WHERE seq = 1");
      },
    ],
  ])('%s', (_what, why, fill) => {
    expect(prune(grownOld(aged(fill)))).toMatchObject({ entries: 0, stay: { why } });
  });

  test('the portal has not acknowledged', () => {
    const told = grownOld(threeSales());
    told.ledger.commit(() => told.ledger.meta.set('acknowledged', 4));
    const stay = { why: 'not acknowledged', transactionId: idOf('txn', 2) };
    expect(prune(told)).toMatchObject({ entries: 3, transactions: 1, stay });
    soundly(told);
  });

  test('stands in a batch that is not settled', () => {
    const unsettled = grownOld(threeSales());
    unsettled.db.exec('UPDATE batches SET settlement = NULL');
    expect(prune(unsettled)).toMatchObject({ entries: 0, stay: { why: 'batch not settled' } });
  });

  test('stands behind something that has to stay', () => {
    const ledger = trustedLedger();
    approve(ledger.ledger, orderOf(1), 1);
    loseTrackOf(ledger.ledger, orderOf(2), 2);
    approve(ledger.ledger, orderOf(3), 3);
    expect(prune(grownOld(ledger))).toMatchObject({ entries: 3, transactions: 1 });
    expect(idsIn(ledger)).toEqual([idOf('txn', 2), idOf('txn', 3)]);
    soundly(ledger);
  });
});

describe('time', () => {
  test('counts from the first trusted time behind a record nobody vouched for', () => {
    const aged = trustedLedger();
    aged.world.clock.jumpWall(-30 * monthMs);
    approve(aged.ledger, orderOf(1), 1);
    aged.world.clock.jumpWall(30 * monthMs);
    aged.ledger.clock.heardTime(aged.world.clock.wallMs());
    aged.world.clock.advance(10 * monthMs);
    approve(aged.ledger, orderOf(2), 2);
    grownOld(aged, 12);
    expect(prune(aged)).toMatchObject({ entries: 0, stay: { why: 'too young' } });
    aged.world.clock.advance(2 * monthMs);
    expect(prune(aged)).toMatchObject({ transactions: 1 });
  });

  test('never begins where nobody ever vouched for the clock', () => {
    const aged = trustedLedger();
    aged.world.clock.jumpWall(monthMs);
    for (const number of [1, 2]) approve(aged.ledger, orderOf(number), number);
    expect(prune(grownOld(aged, 40))).toMatchObject({ entries: 0, stay: { why: 'too young' } });
  });

  test('begins with the last that happened to a transaction, a word included', () => {
    const aged = trustedLedger();
    loseTrackOf(aged.ledger, orderOf(1), 1);
    grownOld(aged, 12);
    const words = wordLog();
    words.say('reversal.done', {
      ...{ transactionId: idOf('txn', 1), attemptId: idOf('att', 1), hostResult: 'reversed' },
    });
    takeWords(aged.ledger, words.frame(1));
    approve(aged.ledger, orderOf(2), 2);
    grownOld(aged, 12);
    expect(prune(aged)).toMatchObject({ entries: 0, stay: { why: 'too young' } });
    aged.world.clock.advance(2 * monthMs);
    expect(prune(aged)).toMatchObject({ transactions: 1 });
    soundly(aged);
  });
});

describe('a commit', () => {
  const many = (count: number): AgedLedger => {
    const aged = trustedLedger();
    for (let number = 1; number <= count; number += 1)
      approve(aged.ledger, orderOf(number), number);
    return grownOld(aged);
  };

  test('takes no more than it may, and a transaction goes with its last entry', () => {
    const aged = many(100);
    expect(prune(aged, 1)).toMatchObject({ entries: entriesACommit, transactions: 66 });
    expect(aged.ledger.upLog.historyOf(idOf('txn', 67))).toHaveLength(1);
    expect(aged.ledger.transactions.find(idOf('txn', 67))?.payment.is).toBe('approved');
    soundly(aged);
    expect(prune(aged)).toMatchObject({ entries: 99, transactions: 33 });
    soundly(aged);
  });

  test('that fails leaves everything as it was', () => {
    const aged = many(3);
    const everything = () =>
      [
        'up_log',
        'transactions',
        'attempts',
        'idempotency',
        'expired_keys',
        'pruned',
        'log_anchors',
      ].map((table) => aged.db.prepare(`SELECT * FROM ${table}`).all());
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
  const aged = threeSales();
  const { application, transactionId } = orderOf(1);
  const keyHash = keyHashOf(aged, transactionId);
  grownOld(aged);
  prune(aged);
  const { idempotency } = aged.ledger;
  expect(idempotency.find(application, keyHash)).toBeUndefined();
  expect(idempotency.isExpired(application, keyHash)).toBe(true);
  expect(idempotency.isExpired('another', keyHash)).toBe(false);
  expect(idempotency.isExpired(application, keyHashOf(aged, idOf('txn', 3)))).toBe(false);
});

const keyHashOf = ({ db }: AgedLedger, transactionId: string): string =>
  db
    .prepare<[string], string>('SELECT key_hash FROM idempotency WHERE transaction_id = ?')
    .pluck()
    .get(transactionId) ?? '';

describe('transactions that follow each other', () => {
  const refunded = (): AgedLedger => {
    const aged = trustedLedger();
    approve(aged.ledger, orderOf(1), 1);
    grownOld(aged, 6);
    const refund = { type: 'refund', originalTransactionId: idOf('txn', 1) } as const;
    approve(aged.ledger, orderOf(2, refund), 2);
    approve(aged.ledger, orderOf(3), 3);
    return aged;
  };

  test('a sale stays as long as what was given back of it', () => {
    const aged = grownOld(refunded(), 10);
    const stay = { why: 'too young', transactionId: idOf('txn', 2) };
    expect(prune(aged)).toMatchObject({ entries: 0, stay });
  });

  test('go together, and not before the last entry of any', () => {
    const aged = grownOld(refunded());
    const { entries } = aged.ledger.pruning.due(aged.world.clock.wallMs());
    aged.ledger.commit(() => aged.ledger.pruning.remove({ entries: entries.slice(0, 5) }, 0));
    expect(idsIn(aged)).toHaveLength(3);
    soundly(aged);
    expect(prune(aged)).toMatchObject({ transactions: 2 });
    expect(idsIn(aged)).toEqual([idOf('txn', 3)]);
    soundly(aged);
  });
});

describe('words', () => {
  /** Stored sales that were decided, and one that came later. */
  const decided = (): { aged: AgedLedger; words: ReturnType<typeof wordLog> } => {
    const aged = trustedLedger();
    const words = wordLog();
    for (const number of [1, 2, 3]) {
      store(aged.ledger, orderOf(number), number, sealedCard(number));
      words.say('transaction.decided', answerTo(idOf('txn', number), idOf('att', number)));
    }
    words.say('nobody knows this', { any: 'thing' });
    takeWords(aged.ledger, words.frame(1));
    approve(aged.ledger, orderOf(4), 4);
    return { aged: grownOld(aged), words };
  };

  test('go with the facts that told them; the last stays', () => {
    const { aged } = decided();
    expect(prune(aged)).toMatchObject({ entries: 12, words: 3, transactions: 3 });
    expect(aged.ledger.downLog.head()).toMatchObject({ epoch: 1, seq: 4 });
    soundly(aged);
  });

  test('that went are known to have been taken in, and the next follow', () => {
    const { aged, words } = decided();
    prune(aged);
    const { downLog } = aged.ledger;
    expect(downLog.examine(words.frame(1))).toEqual({ is: 'taken', fresh: [] });
    words.say('nobody knows this', { another: 'thing' });
    takeWords(aged.ledger, words.frame(1));
    expect(downLog.head().seq).toBe(5);
    grownOld(aged);
    approve(aged.ledger, orderOf(5), 5);
    grownOld(aged);
    expect(prune(aged)).toMatchObject({ words: 1 });
    soundly(aged);
  });

  test('about what is not here any more change nothing, and go in their time', () => {
    const { aged, words } = decided();
    prune(aged);
    const { seq } = words.say('transaction.decided', answerTo(idOf('txn', 1), idOf('att', 1)));
    expect(takeWords(aged.ledger, words.frame(1, seq)).moved).toEqual([]);
    approve(aged.ledger, orderOf(5), 5);
    grownOld(aged);
    expect(prune(aged)).toMatchObject({ words: 1, transactions: 1 });
    soundly(aged);
  });

  test('are counted where they erased sealed data, also once that is not on record any more', () => {
    const { aged } = decided();
    const before = verifyLedger(aged.db).sealed;
    expect(before).toEqual({ kept: 0, erased: 3, overdue: 0 });
    prune(aged);
    expect(aged.db.prepare('SELECT count(*) FROM sealed').pluck().get()).toBe(0);
    expect(verifyLedger(aged.db).sealed).toEqual(before);
  });
});

describe('epochs', () => {
  test('one that is over goes whole, then the next begins to', () => {
    const aged = threeSales();
    acknowledgeAll(aged.ledger);
    loseTrackOf(aged.ledger, orderOf(4), 4);
    openEpoch(aged.ledger, 2);
    const words = wordLog();
    words.say('reversal.done', {
      ...{ transactionId: idOf('txn', 4), attemptId: idOf('att', 4), hostResult: 'reversed' },
    });
    takeWords(aged.ledger, words.frame(1));
    approve(aged.ledger, orderOf(5), 5);
    grownOld(aged);
    expect(prune(aged, 1)).toMatchObject({ entries: 12, transactions: 3 });
    soundly(aged);
    expect(aged.ledger.upLog.prunedThrough()).toBe(0);
    expect(prune(aged)).toMatchObject({ entries: 7, transactions: 1 });
    soundly(aged);
    expect(aged.ledger.upLog.prunedThrough()).toBe(7);
  });

  test('of one that is over nothing goes before the portal has anything of the next', () => {
    const aged = grownOld(threeSales());
    openEpoch(aged.ledger, 2);
    approve(aged.ledger, orderOf(4), 4);
    expect(prune(aged)).toMatchObject({ entries: 0, stay: { why: 'not acknowledged' } });
    acknowledgeAll(aged.ledger);
    expect(prune(aged)).toMatchObject({ entries: 9, transactions: 3 });
    soundly(aged);
  });

  test('a decision that only an epoch that is gone told is no contradiction', () => {
    const aged = trustedLedger();
    store(aged.ledger, orderOf(1), 1, sealedCard(1));
    const words = wordLog();
    words.say('transaction.decided', answerTo(idOf('txn', 1), idOf('att', 1)));
    takeWords(aged.ledger, words.frame(1));
    openEpoch(aged.ledger, 2);
    approve(aged.ledger, orderOf(2), 2);
    grownOld(aged);
    expect(prune(aged, 1)).toMatchObject({ entries: 3, transactions: 0 });
    soundly(aged);
    prune(aged);
    expect(idsIn(aged)).toEqual([idOf('txn', 2)]);
    soundly(aged);
  });
});

test('what went is summed up by month, currency, type and outcome, and the net is as before', () => {
  const aged = trustedLedger();
  const { ledger, db } = aged;
  approve(ledger, orderOf(1), 1);
  approve(ledger, orderOf(2, { amount: { value: 100, currency: 'EUR' } }), 2);
  approve(ledger, orderOf(3, { type: 'refund' }), 3);
  aged.world.clock.advance(monthMs);
  approve(ledger, orderOf(4), 4);
  approve(ledger, orderOf(5), 5);
  approve(ledger, orderOf(6, { amount: { value: 1, currency: 'USD' } }), 6);
  grownOld(aged);
  settleAll(aged);
  const { netByCurrency } = verifyLedger(db);
  expect(netByCurrency).toEqual({ EUR: 100, USD: 8_501 });
  prune(aged);
  const approved = { outcome: 'approved', erased: 0 };
  expect(prunedSumsIn(db)).toEqual([
    { month: '2026-12', currency: 'EUR', type: 'sale', ...approved, count: 1, net: 100 },
    { month: '2026-12', currency: 'USD', type: 'refund', ...approved, count: 1, net: -4_250 },
    { month: '2026-12', currency: 'USD', type: 'sale', ...approved, count: 1, net: 4_250 },
    { month: '2027-01', currency: 'USD', type: 'sale', ...approved, count: 2, net: 8_500 },
  ]);
  expect(verifyLedger(db).netByCurrency).toEqual(netByCurrency);
});
