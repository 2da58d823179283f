/** The report of a batch on paper: an X or Z report as lines of text for a printer. */
import type { Calendar } from '../calendar.ts';
import { paperOf, type Paper, type PaperWidth } from '../receipts/paper.ts';
import type { BatchTotal } from '../../contract/index.ts';
import type { BatchNow, BatchReport, ClosedWith, CurrencySum, Net, Settled } from './batch.ts';
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
  const { kind, batch, state, openedAt, closedAt, closed, settlement } = report;
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
    ...(closed === undefined ? [] : asClosed(paper, closed)),
    ...(settlement === undefined ? [] : asSettled(paper, settlement)),
    ...paper.rule(),
    ...(closed === undefined ? [] : paper.centered('AS ITS TRANSACTIONS STAND NOW')),
    ...asItStands(paper, report.now),
  ];
};

const asClosed = (paper: Paper, { trigger, by, totals, net, carriedTo }: ClosedWith): string[] => [
  ...paper.rule(),
  ...paper.centered('AS IT WAS CLOSED'),
  ...paper.pair('Closed by', by === undefined ? trigger : `${trigger} (${by.userId})`),
  ...totals.flatMap((total) => totalLines(paper, total)),
  ...(totals.length === 0 ? paper.centered('no transactions') : []),
  ...net.flatMap((each) => netLine(paper, 'NET', each)),
  ...(carriedTo === undefined
    ? []
    : paper.pair('Carried to', `${carriedTo.name} ${carriedTo.number}`)),
];

const totalLines = (paper: Paper, { type, currency, ...sums }: BatchTotal): string[] =>
  (['approved', 'pending', 'carried'] as const)
    .filter((standing) => sums[standing].count > 0)
    .flatMap((standing) => {
      const { count, value } = sums[standing];
      const label = standing === 'approved' ? '' : ` ${standing}`;
      const signed = type === 'refund' ? -value : value;
      return line(paper, `${type.toUpperCase()}${label}`, { currency, count, value: signed });
    });

const outcomes: Readonly<Record<Settled['outcome'], string>> = {
  agreed: 'agreed',
  not_agreed: 'NOT AGREED',
  unconfirmed: 'not confirmed yet',
};

const asSettled = (paper: Paper, settlement: Settled): string[] => {
  const { outcome, settled = [], differenceCount, declinedAfterClose = [] } = settlement;
  return [
    ...paper.rule(),
    ...paper.pair('SETTLEMENT', outcomes[outcome]),
    ...settled.flatMap((each) => netLine(paper, 'Settled', each)),
    ...(differenceCount === undefined ? [] : paper.pair('Differences', String(differenceCount))),
    ...sums(paper, 'Declined after close', declinedAfterClose),
  ];
};

const netLine = (paper: Paper, label: string, net: Net): string[] =>
  paper.pair(label, `${decimal(net)} ${net.currency}`);

const asItStands = (paper: Paper, report: BatchNow): string[] => {
  const { approved } = report;
  return [
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
    ...sums(paper, 'Declined later, not paid', report.forwardDeclined),
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
