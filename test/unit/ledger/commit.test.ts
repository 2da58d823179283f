/** A commit happens whole or not at all, and the chain goes on from wherever it really stands. */
import { describe, expect, test } from 'vitest';
import { chainHash, chainStart, type Fact } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { storageFaultOf } from '../../../agent/ledger/sqlite.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { next } from '../../../agent/payments/payment.ts';
import { idOf, orderOf, sealedCard, sealedRef, subject, visa } from '../../fixtures/payments.ts';
import { approve, enter, openedLedger, store, type OpenedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

const tables = ['up_log', 'down_log', 'transactions', 'attempts', 'idempotency', 'sealed'] as const;

/** Everything a commit could have touched. */
const everything = ({ db, ledger }: OpenedLedger) => ({
  rows: tables.map((table) => db.prepare(`SELECT * FROM ${table}`).all()),
  head: ledger.upLog.head(),
  exposure: ledger.exposure.rows(),
  batches: db.prepare('SELECT * FROM batches').all(),
  epoch: ledger.meta.get('epoch'),
});

const opened = () => openedLedger(quietWorld());

const sealed = sealedCard(2);
const storing = {
  is: 'card read',
  card: visa,
  route: { to: 'store', attemptId: idOf('att', 2), sealed: sealedRef(sealed) },
} as const;

describe('a commit that fails', () => {
  test('leaves facts, rows, totals, attempts, sealed data and the head as they were', () => {
    const both = opened();
    const { ledger } = both;
    store(ledger, orderOf(1), 1, sealedCard(1));
    enter(ledger, orderOf(2));
    const before = everything(both);
    const step = next(orderOf(2), { is: 'awaiting_card' }, storing);
    expect(() =>
      ledger.commit(() => {
        if (step === undefined) throw new Error('no step');
        ledger.take(orderOf(2), { is: 'awaiting_card' }, step, sealed);
        ledger.batches.current('Another', 0);
        ledger.upLog.openEpoch(9);
        throw new Error('the power failed');
      }),
    ).toThrow('the power failed');
    expect(everything(both)).toEqual(before);
  });

  test('is not continued by the next: the chain goes on from the last entry that is there', () => {
    const both = opened();
    const { ledger } = both;
    approve(ledger, orderOf(1), 1);
    const { seq } = ledger.upLog.head();
    expect(() =>
      ledger.commit(() => {
        ledger.append(lateFact());
        throw new Error('the power failed');
      }),
    ).toThrow();
    ledger.commit(() => ledger.append(lateFact()));
    expect(ledger.upLog.head().seq).toBe(seq + 1);
    expect(verifyLedger(both.db).findings).toEqual([]);
  });

  test('for want of room leaves everything too, and the next one with room works', () => {
    const both = opened();
    const { ledger, db } = both;
    enter(ledger, orderOf(1));
    const before = everything(both);
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`);
    const fill = () =>
      ledger.commit(() => {
        for (let i = 0; i < 200; i += 1) ledger.append(lateFact());
      });
    expect(() => fill()).toThrow(/full/);
    try {
      fill();
    } catch (error) {
      expect(storageFaultOf(error)).toBe('full');
    }
    expect(everything(both)).toEqual(before);
    db.pragma('max_page_count = 100000');
    fill();
    expect(ledger.upLog.head().seq).toBe(201);
    expect(verifyLedger(db).findings).toEqual([]);
  });
});

const lateFact = (): Fact => ({
  type: 'answer.late',
  body: {
    ...{ transactionId: idOf('txn', 1), attemptId: idOf('att', 1) },
    ...{ result: 'approved', responseCode: '00' },
  },
});

describe('the chain', () => {
  test('begins at the device and the epoch, and each entry covers all before it', () => {
    const { ledger } = opened();
    expect(ledger.upLog.head()).toEqual({ epoch: 1, seq: 0, hash: chainStart(subject, 1, sha256) });
    approve(ledger, orderOf(1), 1);
    const run = ledger.upLog.run(1);
    let prev = chainStart(subject, 1, sha256);
    expect(run?.prev).toBe(prev);
    for (const entry of run?.entries ?? []) {
      expect(entry.hash).toBe(chainHash(prev, entry, sha256));
      prev = entry.hash;
    }
    expect(ledger.upLog.head()).toEqual({ epoch: 1, seq: 3, hash: prev });
    expect([0, 3, 4].map((seq) => ledger.upLog.hashAt(seq))).toEqual([run?.prev, prev, undefined]);
  });

  test('holds names and letters of any script', () => {
    const both = opened();
    const userDefinedFields = { Kellner: 'Zoë', 桌: '四', '🍋': '½', __proto__x: 'no prototype' };
    enter(both.ledger, orderOf(1, { userDefinedFields, reference: 'ſtück "1" \\ \u2028' }));
    expect(verifyLedger(both.db).findings).toEqual([]);
    expect(both.ledger.upLog.run(1)?.entries).toMatchObject([{ body: { userDefinedFields } }]);
  });

  test('history is the facts of one transaction, oldest first', () => {
    const { ledger } = opened();
    approve(ledger, orderOf(1), 1);
    approve(ledger, orderOf(2), 2);
    const types = ledger.upLog.historyOf(idOf('txn', 2)).map(({ type }) => type);
    expect(types).toEqual(['transaction.created', 'attempt.sent', 'transaction.finished']);
  });
});

describe('what is found again', () => {
  test('a page is newest first, narrowed, and goes on where the last one ended', () => {
    const { ledger } = opened();
    for (const number of [1, 2, 3])
      approve(ledger, orderOf(number, { reference: 'table 4' }), number);
    enter(ledger, orderOf(4));
    const ids = (filter: object) =>
      ledger.transactions.list({ limit: 10, ...filter }).map(({ order }) => order.transactionId);
    expect(ids({})).toEqual([4, 3, 2, 1].map((number) => idOf('txn', number)));
    expect(ids({ outcome: 'approved', before: 3 })).toEqual([idOf('txn', 2), idOf('txn', 1)]);
    expect(ids({ reference: 'table 4', limit: 1 })).toEqual([idOf('txn', 3)]);
    expect(ids({ reference: 'table 5' })).toEqual([]);
  });

  test('a key is known by application and hash, and taken once', () => {
    const { ledger } = opened();
    enter(ledger, orderOf(1));
    const { keyHash } = orderOf(1);
    expect(ledger.idempotency.find('till', keyHash)?.transactionId).toBe(idOf('txn', 1));
    expect(ledger.idempotency.find('other till', keyHash)).toBeUndefined();
    expect(() => enter(ledger, orderOf(1))).toThrow(/UNIQUE/);
  });

  test('attempts still to be reversed come oldest first, and no more than asked for', () => {
    const { ledger } = opened();
    approve(ledger, orderOf(9), 9);
    for (const number of [1, 2, 3]) {
      enter(ledger, orderOf(number));
      const { order, payment } = found(ledger, number);
      const sent = next(order, payment, {
        ...{ is: 'card read', card: visa },
        route: { to: 'host', attemptId: idOf('att', number) },
      });
      if (sent === undefined) throw new Error('no step');
      ledger.commit(() => ledger.take(order, payment, sent));
      ledger.commit(() => ledger.append(reversalOf(number)));
    }
    expect(ledger.attempts.reversing(2)).toEqual([dueOf(1), dueOf(2)]);
    ledger.commit(() => ledger.attempts.settle(refOf(1), 'reversed'));
    expect(ledger.attempts.reversing(2)).toEqual([dueOf(2), dueOf(3)]);
    expect(ledger.attempts.reversingCount()).toBe(2);
  });

  test('an attempt is settled only as what it is, and only for its own transaction', () => {
    const { ledger } = opened();
    store(ledger, orderOf(1), 1, sealedCard(1));
    enter(ledger, orderOf(2));
    ledger.commit(() => ledger.append(reversalOf(2)));
    const standings = () => ledger.attempts.reversing(9).map(({ attemptId }) => attemptId);
    ledger.commit(() => ledger.attempts.settle(refOf(3), 'decided'));
    ledger.commit(() =>
      ledger.attempts.settle({ ...refOf(2), transactionId: idOf('txn', 1) }, 'reversed'),
    );
    expect(standings()).toEqual([idOf('att', 2)]);
    ledger.commit(() => ledger.attempts.settle(refOf(2), 'reversed'));
    expect(standings()).toEqual([]);
  });
});

const refOf = (number: number) => ({
  transactionId: idOf('txn', number),
  attemptId: idOf('att', number),
});

const dueOf = (number: number) => ({ ...refOf(number), reason: 'no_answer' }) as const;

const reversalOf = (number: number): Fact => ({
  type: 'reversal',
  body: { ...refOf(number), amount: orderOf(number).amount, reason: 'no_answer' },
});

const found = (ledger: OpenedLedger['ledger'], number: number) => {
  const transaction = ledger.transactions.find(idOf('txn', number));
  if (transaction === undefined) throw new Error(`no transaction ${number}`);
  return transaction;
};
