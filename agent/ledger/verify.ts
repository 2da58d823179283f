/**
 * Verifying a ledger at rest: walks every chain and every row, and says what does not fit. Changes nothing.
 *
 * I1 keys and transactions, I3 no record without a state its facts explain, and none gone that was not final,
 * I4 totals, I5 chain, I6 erasure; and the batches: records, totals, digests and settlements.
 */
import type { Sqlite } from './sqlite.ts';
import { compareAttempts } from './verify/attempts.ts';
import {
  compareAnchors,
  compareLastWord,
  compareWithPortal,
  walkDownLog,
} from './verify/chains.ts';
import { toldIn } from './verify/facts.ts';
import { findingList, one, readable, type Find, type Finding } from './verify/finding.ts';
import { compareKeys } from './verify/keys.ts';
import { compareBatches } from './verify/batches.ts';
import { comparePortions } from './verify/portions.ts';
import { comparePruned } from './verify/pruned.ts';
import { compareSealed, sealedCountsIn, type SealedCounts } from './verify/sealed.ts';
import { compareTotals } from './verify/totals.ts';
import { compareTransactions } from './verify/transactions.ts';

export type { Finding, Invariant } from './verify/finding.ts';

export interface LedgerReport {
  readonly sound: boolean;
  readonly subject: string;
  readonly entries: number;
  readonly transactions: number;
  readonly open: number;
  /** How many entries and transactions were there once, and are pruned. */
  readonly pruned: { readonly entries: number; readonly transactions: number };
  readonly sealed: SealedCounts;
  /** Net approved minor units by currency, as the ledger has them; pruned transactions' included. */
  readonly netByCurrency: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** Verifies an open database; it may be one opened for reading only. */
export const verifyLedger = (db: Sqlite): LedgerReport => {
  const { findings, find } = findingList();
  // A damaged file may stop any of these; what the others find is told all the same.
  const look = <R>(fallback: R, see: () => R): R => readable(fallback, see, find);
  look(undefined, () => quickCheck(db, find));
  const subject =
    look('', () => one<string>(db, "SELECT value FROM meta WHERE name = 'subject'")) ?? '';
  const told = look(undefined, () => toldIn(db, subject, find));
  look(undefined, () => compareAnchors(db, find));
  look(undefined, () => compareWithPortal(db, find));
  look(undefined, () => walkDownLog(db, subject, find));
  look(undefined, () => compareLastWord(db, find));
  if (told !== undefined) look(undefined, () => compareTransactions(db, told, find));
  look(undefined, () => comparePruned(db, find));
  look(undefined, () => compareAttempts(db, find));
  look(undefined, () => compareKeys(db, find));
  look(undefined, () => compareTotals(db, find));
  look(undefined, () => compareSealed(db, find));
  look(undefined, () => comparePortions(db, (says) => find('batch', says)));
  look(undefined, () => compareBatches(db, (says) => find('batch', says)));
  const report = {
    subject,
    entries: look(0, () => count(db, 'up_log')),
    transactions: look(0, () => count(db, 'transactions')),
    open: look(0, () => one<number>(db, 'SELECT count(*) FROM transactions WHERE final = 0') ?? 0),
    pruned: look({ entries: 0, transactions: 0 }, () => prunedIn(db)),
    sealed: look({ kept: 0, erased: 0, overdue: 0 }, () => sealedCountsIn(db)),
    netByCurrency: look({}, () => netByCurrency(db)),
  };
  return { sound: findings.length === 0, ...report, findings };
};

const quickCheck = (db: Sqlite, find: Find): void => {
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') find('file', `SQLite finds the file damaged: ${String(found)}`);
};

const count = (db: Sqlite, table: 'up_log' | 'transactions'): number =>
  one<number>(db, `SELECT count(*) FROM ${table}`) ?? 0;

const prunedIn = (db: Sqlite): LedgerReport['pruned'] => ({
  entries: one<number>(db, "SELECT sum(count) FROM log_anchors WHERE log = 'up'") ?? 0,
  transactions: one<number>(db, 'SELECT sum(count) FROM pruned') ?? 0,
});

const netByCurrency = (db: Sqlite): Record<string, number> => {
  const rows = db
    .prepare<[], { currency: string; net: number }>(
      `SELECT currency, sum(net) AS net
       FROM (SELECT currency, charged AS net FROM transactions WHERE outcome = 'approved'
         UNION ALL SELECT currency, net FROM pruned)
       GROUP BY currency HAVING sum(net) <> 0 ORDER BY currency`,
    )
    .all();
  return Object.fromEntries(rows.map(({ currency, net }) => [currency, net]));
};
