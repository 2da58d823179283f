/**
 * Sealed data: there, and whole, until its sale is decided; and gone from then on, with a record of when
 * (I3, I6). A device that was decommissioned keeps none, whatever waits: its portal has it.
 */
import { sha256 } from '../../identity/digest.ts';
import type { Sqlite } from '../sqlite.ts';
import type { Find } from './finding.ts';

export const compareSealed = (db: Sqlite, find: Find): void => {
  const rows = db
    .prepare<[], { id: string; digest: string; bytes: Uint8Array; final: number }>(
      `SELECT transaction_id AS id, digest, bytes, final FROM sealed JOIN transactions USING (transaction_id)
       WHERE bytes IS NOT NULL`,
    )
    .iterate();
  for (const { id, digest, bytes, final } of rows) {
    if (final === 1) find('I6', `${id} is decided, but its sealed data is still kept`);
    if (sha256(bytes) !== digest) find('I3', `${id}: its sealed data is not what was sealed`);
  }
  const bare = db
    .prepare<[], { id: string }>(
      `SELECT transaction_id AS id FROM transactions LEFT JOIN sealed USING (transaction_id)
       WHERE state ->> '$.is' = 'stored'
         AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'decommissionedAt')
       GROUP BY transaction_id HAVING count(bytes) = 0`,
    )
    .all();
  for (const { id } of bare) find('I3', `${id} waits to be decided, but its sealed data is gone`);
  const unnoted = db
    .prepare<[], string>(
      `SELECT transaction_id FROM sealed
       WHERE bytes IS NULL AND (erased_at IS NULL OR erased_for IS NULL)`,
    )
    .pluck()
    .all();
  for (const id of unnoted) find('I6', `${id}: its sealed data was erased without a record of it`);
};

/** How much sealed data there is, was and should not be any more. */
export interface SealedCounts {
  readonly kept: number;
  /** Erased, pruned transactions' included. */
  readonly erased: number;
  /** Kept although its transaction is decided. */
  readonly overdue: number;
}

export const sealedCountsIn = (db: Sqlite): SealedCounts => {
  const counts = db
    .prepare<[], SealedCounts>(
      `SELECT count(bytes) AS kept,
         count(*) - count(bytes) + (SELECT coalesce(sum(erased), 0) FROM pruned) AS erased,
         count(*) FILTER (WHERE bytes IS NOT NULL AND final = 1) AS overdue
       FROM sealed LEFT JOIN transactions USING (transaction_id)`,
    )
    .get();
  return counts ?? { kept: 0, erased: 0, overdue: 0 };
};
