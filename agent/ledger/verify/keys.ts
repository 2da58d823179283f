/** The keys of client applications: each transaction stands under one (I1). */
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
};
