/** The report of a batch on paper: an X or Z report as lines of text for a printer. */
import type { Calendar } from '../calendar.ts';
import { paperOf, type Paper, type PaperWidth } from '../receipts/paper.ts';
import type { BatchReport, CurrencySum } from './batch.ts';
import { decimal } from './csv.ts';

export interface BatchSlipPlan {
  readonly width: PaperWidth;
  readonly calendar: Calendar;
  readonly deviceId: string;
  /** When it is printed, in wall time. */
  readonly wallMs: number;
}

/** The lines of the report, none longer than the paper is wide. */
export const batchSlipOf = (report: BatchReport, plan: BatchSlipPlan): readonly string[] => {
  const paper = paperOf(plan.width);
  const { kind, batch, state, openedAt, closedAt, approved } = report;
  const shown = (wallMs: number) => {
    const { date, time } = plan.calendar.localTime(wallMs);
    return `${date} ${time}`;
  };
  return [
    ...paper.centered(`${kind} REPORT - BATCH ${state.toUpperCase()}`),
    ...paper.pair('Batch', `${batch.name} ${batch.number}`),
    ...paper.pair('Device', plan.deviceId),
    ...paper.pair('Opened', shown(openedAt)),
    ...(closedAt === undefined ? [] : paper.pair('Closed', shown(closedAt))),
    ...paper.pair('Printed', shown(plan.wallMs)),
    ...paper.centered(`(${plan.calendar.timeZone})`),
    ...paper.rule(),
    ...approved.flatMap(({ type, currency, brand, count, value }) => {
      const signed = type === 'refund' ? -value : value;
      return line(paper, `${type} ${brand}`.toUpperCase(), { currency, count, value: signed });
    }),
    ...(approved.length === 0 ? paper.centered('nothing approved') : []),
    ...paper.rule(),
    ...sums(paper, 'NET', report.net),
    ...sums(paper, 'of it tips', report.tips),
    ...sums(paper, 'of it surcharges', report.surcharges),
    ...paper.rule(),
    ...sums(paper, 'NOT YET DECIDED', report.exposure),
    ...sums(paper, 'Under way', report.pending),
    ...sums(paper, 'Authorised only', report.holds),
    ...sums(paper, 'Voids', report.voids),
    ...counts(paper, 'Adjustments', report.adjustments),
    ...sums(paper, 'Declined', report.declined),
    ...sums(paper, 'Undone', report.undone),
  ];
};

const sums = (paper: Paper, label: string, rows: readonly CurrencySum[]): string[] =>
  rows.flatMap((row) => line(paper, label, row));

// What adjustments add up to is in what they adjusted.
const counts = (paper: Paper, label: string, rows: readonly CurrencySum[]): string[] => {
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  return count === 0 ? [] : paper.pair(label, String(count));
};

const line = (paper: Paper, label: string, sum: CurrencySum): string[] =>
  paper.pair(`${label} (${sum.count})`, `${decimal(sum)} ${sum.currency}`);
