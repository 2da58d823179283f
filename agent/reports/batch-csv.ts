/** The report of a batch as CSV: a line a sum; its part says whether it was closed, settled or is so now. */
import type { BatchNow, BatchReport } from './batch.ts';
import { csvOf, type Cell } from './csv.ts';

const heads = ['batch', 'part', 'row', 'type', 'brand', 'currency', 'count', 'amount'] as const;

interface Line {
  readonly part: 'closed' | 'settlement' | 'now';
  readonly row: string;
  readonly type?: string;
  readonly brand?: string;
  readonly currency?: string;
  readonly count?: number;
  readonly value?: number;
}

/** Rows only, as in the summary; the value of a refund is what was given back. */
export const batchCsv = (report: BatchReport): string => {
  const { name, number } = report.batch;
  return csvOf(
    heads,
    [...closedLines(report), ...settlementLines(report), ...nowLines(report.now)].map((line) => [
      ...[`${name} ${number}`, line.part, line.row, line.type ?? '', line.brand ?? ''],
      ...[line.currency ?? '', line.count ?? '', amountOf(line)],
    ]),
  );
};

const amountOf = ({ currency, value }: Line): Cell =>
  currency === undefined || value === undefined ? '' : { value, currency };

const closedLines = ({ closed }: BatchReport): Line[] => {
  if (closed === undefined) return [];
  const part = 'closed';
  const sums = closed.totals.flatMap(({ type, currency, approved, pending, carried }) =>
    Object.entries({ approved, pending, carried }).map(([row, sum]) => ({
      ...({ part, row, type, currency, ...sum } as const),
    })),
  );
  return [...sums, ...closed.net.map((net) => ({ part, row: 'net', ...net }) as const)];
};

const settlementLines = ({ settlement }: BatchReport): Line[] => {
  if (settlement === undefined) return [];
  const part = 'settlement';
  const { outcome, settled = [], differenceCount: count, declinedAfterClose = [] } = settlement;
  return [
    { part, row: outcome },
    ...settled.map((net) => ({ part, row: 'settled', ...net }) as const),
    ...(count === undefined ? [] : [{ part, row: 'differences', count } as const]),
    ...declinedAfterClose.map((sum) => ({ part, row: 'declinedAfterClose', ...sum }) as const),
  ];
};

const nowLines = ({ approved, ...rest }: BatchNow): Line[] => {
  const part = 'now';
  return [
    ...approved.map(({ type, brand, currency, count, value }) => ({
      ...({ part, row: 'approved', type, brand, currency, count, value } as const),
    })),
    ...Object.entries(rest).flatMap(([row, sums]) =>
      sums.map((sum) => ({ part, row, ...sum }) as const),
    ),
  ];
};
