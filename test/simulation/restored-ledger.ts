/**
 * A ledger put back to an older copy: what it forgets cannot be held against it, but must not cost anybody
 * money that the portal knows about.
 */
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import type { Town } from './town.ts';

/** Kills the agent and starts it again on one of the copies that were made. */
export const restoreLedger = async (town: Town, dice: SeededDice): Promise<void> => {
  const image = town.copies[dice.below(Math.max(1, town.copies.length))];
  if (image === undefined || town.agent === undefined) return;
  town.story.reach('recovery: the ledger is older than it was');
  const now = statesIn(town.disk.database);
  const approved = approvalsToldBy(town.disk.database);
  const originals = originalsIn(town.disk.database);
  const older = openSqlite(':memory:', image);
  const then = statesIn(older);
  older.close();
  const absent = new Set<string>();
  // What was pruned since is as good as changed: the copy knows it as it was, or not at all.
  const pruned = [...town.till.old].filter((id) => !now.has(id));
  for (const [transactionId, state] of [...now, ...pruned.map((id) => [id, 'pruned'] as const)]) {
    if (then.get(transactionId) === state) continue;
    town.forgotten.add(transactionId);
    town.answers.forget(transactionId);
    if (approved.has(transactionId)) town.standing.add(transactionId);
    if (!then.has(transactionId)) absent.add(transactionId);
    const original = originals.get(transactionId);
    if (original !== undefined) town.orphaned.add(original);
  }
  town.till.forget(absent);
  town.kill('process');
  town.disk.putBack(image);
  await town.start();
};

const statesIn = (db: Sqlite): Map<string, string> => {
  const rows = db
    .prepare<[], { id: string; state: string }>(
      'SELECT transaction_id AS id, state FROM transactions',
    )
    .all();
  return new Map(rows.map(({ id, state }) => [id, state]));
};

/** What each follow-up follows. */
const originalsIn = (db: Sqlite): Map<string, string> => {
  const rows = db
    .prepare<[], { id: string; original: string }>(
      `SELECT transaction_id AS id, original_id AS original FROM transactions
       WHERE original_id IS NOT NULL`,
    )
    .all();
  return new Map(rows.map(({ id, original }) => [id, original]));
};

/** Transactions the portal has acknowledged as approved, and that nobody undid since. */
const approvalsToldBy = (db: Sqlite): Set<string> => {
  const rows = db
    .prepare<[], { id: string }>(
      `SELECT transaction_id AS id FROM up_log
       WHERE type = 'transaction.finished' AND body ->> '$.outcome' = 'approved'
         AND epoch = coalesce((SELECT value FROM meta WHERE name = 'epoch'), 1)
         AND seq <= coalesce((SELECT value FROM meta WHERE name = 'acknowledged'), 0)
         AND EXISTS (SELECT 1 FROM transactions t
           WHERE t.transaction_id = up_log.transaction_id AND t.charged <> 0)`,
    )
    .all();
  return new Set(rows.map(({ id }) => id));
};
