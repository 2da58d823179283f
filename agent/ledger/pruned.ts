/**
 * What was pruned, added up: how many transactions, what they were worth to the merchant, and how much sealed
 * data of theirs had been erased, by month, currency, type and outcome.
 */
import type { Outcome, TransactionType } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

/** One sum. */
export interface PrunedSum {
  /** The month of the sale, UTC, as far as its clock was right: `2026-11`. */
  readonly month: string;
  readonly currency: string;
  readonly type: TransactionType;
  readonly outcome: Outcome;
  readonly count: number;
  /** What they added to the merchant's net, in minor units. */
  readonly net: number;
  /** Sealed data of theirs whose erasure was on record. */
  readonly erased: number;
}

export interface Pruned {
  /** Adds a transaction that is about to go; inside the commit in which it goes. */
  addTransaction(transactionId: string): void;
  /** Adds sealed data whose record is about to go. */
  addErasures(transactionId: string, erased: number): void;
}

const adding = (count: string, net: string, erased: string): string =>
  `INSERT INTO pruned (month, currency, type, outcome, count, net, erased)
   SELECT strftime('%Y-%m', created_at / 1000, 'unixepoch'), currency, type, outcome,
     ${count}, ${net}, ${erased} FROM transactions WHERE transaction_id = @transactionId
   ON CONFLICT DO UPDATE SET count = count + excluded.count, net = net + excluded.net,
     erased = erased + excluded.erased`;

export const prunedTable = (db: Sqlite): Pruned => {
  const transaction = db.prepare(adding('1', 'charged', '0'));
  const erasures = db.prepare(adding('0', '0', '@erased'));
  return {
    addTransaction: (transactionId) => {
      transaction.run({ transactionId });
    },
    addErasures: (transactionId, erased) => {
      erasures.run({ transactionId, erased });
    },
  };
};

/** Every sum of a ledger, oldest month first. */
export const prunedSumsIn = (db: Sqlite): PrunedSum[] =>
  db.prepare<[], PrunedSum>('SELECT * FROM pruned ORDER BY month, currency, type, outcome').all();
