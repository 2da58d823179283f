/**
 * What was pruned: only what was final (I3), and as much as is missing. Transactions are numbered without a
 * gap, so those that are kept and those that were pruned make up all there ever were.
 */
import type { Outcome } from '../../../contract/index.ts';
import { prunedSumsIn } from '../pruned.ts';
import type { Sqlite } from '../sqlite.ts';
import { one, type Find } from './finding.ts';

/** Outcomes that are the end of a transaction. */
export const finalOutcomes: ReadonlySet<Outcome> = new Set([
  'approved',
  'declined',
  'reversed',
  'voided',
  'forward_declined',
  'cancelled',
]);

export const comparePruned = (db: Sqlite, find: Find): void => {
  const sums = prunedSumsIn(db);
  for (const { month, outcome, count } of sums) {
    if (!finalOutcomes.has(outcome)) find('I3', `${month}: ${count} were pruned while ${outcome}`);
  }
  const pruned = sums.reduce((sum, { count }) => sum + count, 0);
  const kept = one<number>(db, 'SELECT count(*) FROM transactions') ?? 0;
  const all = one<number>(db, "SELECT seq FROM sqlite_sequence WHERE name = 'transactions'") ?? 0;
  if (kept + pruned !== all) {
    find('I3', `of ${all} transactions ${kept} are kept and ${pruned} were pruned`);
  }
  const expired = one<number>(db, 'SELECT count(*) FROM expired_keys') ?? 0;
  if (expired !== pruned) {
    find('I1', `${pruned} transactions were pruned, and ${expired} keys are kept as expired`);
  }
};
