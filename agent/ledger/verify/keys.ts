/** The keys of client applications: each transaction stands under one, and one stands for no other (I1). */
import type { Sqlite } from '../sqlite.ts';
import type { Find } from './finding.ts';

export const compareKeys = (db: Sqlite, find: Find): void => {
  const without = db
    .prepare<[], { id: string; keys: number }>(
      `SELECT t.transaction_id AS id, count(i.key_hash) AS keys FROM transactions t
       LEFT JOIN idempotency i USING (transaction_id) GROUP BY t.transaction_id HAVING keys <> 1`,
    )
    .all();
  for (const { id, keys } of without) find('I1', `${id} stands under ${keys} keys, not under one`);
  const bare = idsOf(
    db,
    `SELECT transaction_id FROM idempotency
     WHERE transaction_id NOT IN (SELECT transaction_id FROM transactions)`,
  );
  for (const id of bare) find('I1', `a key stands for ${id}, which is not there`);
  const other = idsOf(
    db,
    `SELECT t.transaction_id FROM transactions AS t JOIN idempotency AS i USING (transaction_id)
     WHERE i.application <> t.application OR i.key_hash IS NOT ordered ->> '$.keyHash'`,
  );
  for (const id of other) find('I1', `${id} stands under another key than its order says`);
  const again = idsOf(
    db,
    `SELECT transaction_id FROM idempotency JOIN expired_keys AS e
     ON e.application = idempotency.application AND e.key_hash = unhex(idempotency.key_hash)`,
  );
  for (const id of again) find('I1', `${id} stands under a key that had expired`);
};

const idsOf = (db: Sqlite, sql: string): string[] => db.prepare<[], string>(sql).pluck().all();
