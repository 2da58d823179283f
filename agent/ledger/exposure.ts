/** The offline totals: how many records count, and what they add up to, by currency (invariant I4). */
import type { Amount } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

export interface ExposureRow {
  readonly currency: string;
  readonly count: number;
  readonly total: number;
}

export interface Exposure {
  add(amount: Amount): void;
  remove(amount: Amount): void;
  rows(): ExposureRow[];
}

export const exposureTable = (db: Sqlite): Exposure => {
  const change = db.prepare(
    `INSERT INTO exposure VALUES (@currency, @count, @total)
     ON CONFLICT DO UPDATE SET count = count + excluded.count, total = total + excluded.total`,
  );
  const all = db.prepare<[], ExposureRow>('SELECT * FROM exposure ORDER BY currency');
  return {
    add: ({ value, currency }) => {
      change.run({ currency, count: 1, total: value });
    },
    remove: ({ value, currency }) => {
      change.run({ currency, count: -1, total: -value });
    },
    rows: () => all.all(),
  };
};
