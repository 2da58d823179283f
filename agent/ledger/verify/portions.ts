/** Verifying what batches hold: the sums kept beside the transactions are what these add up to. */
import type { Sqlite } from '../sqlite.ts';

interface Compared {
  name: string;
  number: number;
  type: string;
  currency: string;
  state: string;
}

export const comparePortions = (db: Sqlite, find: (says: string) => void): void => {
  const rows = db
    .prepare<[], Compared>(
      `WITH summed AS (
         SELECT batch_name, batch_number, type, currency, state ->> 'is' AS state, count(*) AS held,
           sum(amount) AS ordered, sum(coalesce(state ->> '$.amount.value', amount)) AS taken
         FROM transactions WHERE json_valid(state) GROUP BY 1, 2, 3, 4, 5)
       SELECT batch_name AS name, batch_number AS number, type, currency, state
       FROM portions FULL JOIN summed USING (batch_name, batch_number, type, currency, state)
       WHERE (coalesce(count, 0), coalesce(amount, 0), coalesce(charged, 0))
         <> (coalesce(held, 0), coalesce(ordered, 0), coalesce(taken, 0)) AND state <> ''`,
    )
    .all();
  for (const { name, number, type, currency, state } of rows) {
    find(
      `batch ${name} ${number}: what it holds of ${type}, ${state}, in ${currency} is summed up wrongly`,
    );
  }
};
