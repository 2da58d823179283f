/** The summary as CSV: a line a row, every amount a decimal number of the currency in the second column. */
import { csvOf, type Cell } from './csv.ts';
import type { Summary, SummaryRow } from './summary.ts';

type Column = readonly [head: string, cell: (row: SummaryRow) => Cell];

const columns: readonly Column[] = [
  ['currency', ({ currency }) => currency],
  ['transactions', ({ transactions }) => transactions],
  ['sales_count', ({ sales }) => sales.count],
  ['sales_amount', ({ sales, currency }) => ({ value: sales.value, currency })],
  ['refunds_count', ({ refunds }) => refunds.count],
  ['refunds_amount', ({ refunds, currency }) => ({ value: refunds.value, currency })],
  ['net_amount', ({ net, currency }) => ({ value: net, currency })],
  ['tips_count', ({ tips }) => tips.count],
  ['tips_amount', ({ tips, currency }) => ({ value: tips.value, currency })],
  ['surcharges_count', ({ surcharges }) => surcharges.count],
  ['surcharges_amount', ({ surcharges, currency }) => ({ value: surcharges.value, currency })],
  ['voids_count', ({ voids }) => voids.count],
  ['declined_count', ({ declined }) => declined.count],
  ['forward_declined_count', ({ forwardDeclined }) => forwardDeclined.count],
  [
    'forward_declined_amount',
    ({ forwardDeclined, currency }) => ({ value: forwardDeclined.value, currency }),
  ],
  ['offline_count', ({ offline }) => offline.count],
  ['offline_amount', ({ offline, currency }) => ({ value: offline.value, currency })],
  ['unknown_count', ({ unknown }) => unknown.count],
  ['unknown_amount', ({ unknown, currency }) => ({ value: unknown.value, currency })],
  ['other_count', ({ other }) => other.count],
  ['time_not_confirmed_count', ({ timeNotConfirmed }) => timeNotConfirmed.count],
];

/** Rows only, no totals: whoever takes them into a spreadsheet adds them up there. */
export const summaryCsv = ({ by, rows }: Summary): string =>
  csvOf(
    [by === 'entryMode' ? 'entry_mode' : by, ...columns.map(([head]) => head)],
    rows.map((row) => [row.group, ...columns.map(([, cell]) => cell(row))]),
  );
