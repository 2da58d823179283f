/** The offline totals: they say what the records they count add up to (I4). */
import type { Sqlite } from '../sqlite.ts';
import type { Find } from './finding.ts';

interface Compared {
  currency: string;
  kept: number;
  counted: number;
  total: number;
  summed: number;
}

export const compareTotals = (db: Sqlite, find: Find): void => {
  const rows = db
    .prepare<[], Compared>(
      `WITH summed AS (
         SELECT currency, count(*) AS count, sum(counted) AS total FROM transactions
         WHERE counted > 0 GROUP BY currency)
       SELECT currency, coalesce(e.count, 0) AS kept, coalesce(s.count, 0) AS counted,
         coalesce(e.total, 0) AS total, coalesce(s.total, 0) AS summed
       FROM exposure e FULL JOIN summed s USING (currency)`,
    )
    .all();
  for (const { currency, kept, counted, total, summed } of rows) {
    if (kept === counted && total === summed) continue;
    find(
      'I4',
      `${currency}: the totals say ${kept} and ${total}, the records ${counted} and ${summed}`,
    );
  }
};
