/** Reports: what a period came to, as JSON or CSV, and what stands in a batch, as JSON or on paper. */
import { Type, type Static } from 'typebox';
import { Actor, BatchId, BatchTotal, CloseTrigger, TransactionType } from '../../contract/index.ts';
import { batchOutcomes } from '../batches/batch.ts';
import { batchOfId } from '../batches/view.ts';
import { calendarOf } from '../calendar.ts';
import { groupingNames } from '../ledger/takings.ts';
import { isoTime } from '../payments/view.ts';
import { paperWidths } from '../receipts/paper.ts';
import { batchReport } from '../reports/batch.ts';
import { batchCsv } from '../reports/batch-csv.ts';
import { batchSlipOf } from '../reports/batch-slip.ts';
import { periodDaysMax, periodOf } from '../reports/period.ts';
import { summaryCsv } from '../reports/summary-csv.ts';
import { summaryOf } from '../reports/summary.ts';
import type { Shop } from '../shop.ts';
import { accepted, acceptHeader, varies } from './accept.ts';
import { ok, refused, route, type Answer, type Ask, type CallClock } from './route.ts';
import { IsoTime, NetShape } from './shapes.ts';
import { unknownName } from './unknown.ts';

const CalendarDate = (says: string) =>
  Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: says }));

const SummaryQuery = Type.Object(
  {
    from: CalendarDate(
      'The first day, in the time zone of the shop; the same as `to` unless given.',
    ),
    to: CalendarDate('The last day, which is part of it; today unless given.'),
    by: Type.Optional(Type.Enum([...groupingNames], { description: 'What a row stands for.' })),
  },
  { additionalProperties: false },
);

const Count = Type.Integer({ minimum: 0 });
const OnlyCount = Type.Object({ count: Count });
/** How many transactions, and what they come to. */
export const Sum = Type.Object({
  count: Count,
  value: Type.Integer({ description: 'Minor units of the currency.' }),
});

const line = {
  currency: Type.String(),
  transactions: Count,
  sales: Sum,
  refunds: Sum,
  voids: OnlyCount,
  declined: OnlyCount,
  forwardDeclined: Sum,
  offline: Sum,
  unknown: Sum,
  other: OnlyCount,
  net: Type.Integer({ description: 'Sales less refunds in minor units; may be below 0.' }),
  tips: Sum,
  surcharges: Sum,
  timeNotConfirmed: OnlyCount,
};

const SummaryShape = Type.Object({
  by: Type.Enum([...groupingNames]),
  from: Type.String(),
  to: Type.String(),
  timeZone: Type.String(),
  clockChanges: Type.Array(Type.Object({ date: Type.String(), hours: Type.Number() }), {
    description: 'Days of the period that have not 24 hours.',
  }),
  rows: Type.Array(Type.Object({ group: Type.String(), ...line })),
  totals: Type.Array(Type.Object(line), { description: 'All rows together, one a currency.' }),
  pruned: Type.Array(
    Type.Object({
      ...{ month: Type.String(), currency: Type.String(), transactions: Count },
      net: Type.Integer(),
    }),
    {
      description: 'What is not kept one by one any more, by month (UTC) of the period; in no row.',
    },
  ),
});
/** The summary as the API answers it. */
export type SummaryAnswer = Static<typeof SummaryShape>;

const getSummary = async (
  ask: Ask<unknown, Static<typeof SummaryQuery>>,
  shop: Shop,
  clock: CallClock,
): Promise<Answer> => {
  const type = accepted(ask, ['application/json', 'text/csv']);
  if (typeof type === 'object') return type;
  const { by = 'day', ...asked } = ask.query;
  const read = periodOf(asked, clock.wallMs(), calendarOf(shop.settings.timeZone));
  if (!read.ok) return refused('period_invalid', read.why);
  const { period } = read;
  const pause = () => new Promise<void>((resolve) => void clock.after(0, resolve));
  const summary = await summaryOf(shop.ledger.takings, { period, by }, pause);
  if (type === 'application/json') return { ...ok(summary), headers: varies };
  const name = `summary_${period.from}_${period.to}_by_${by}.csv`;
  const headers = { ...varies, 'Content-Disposition': `attachment; filename="${name}"` };
  return { is: 'answered', status: 200, type, text: summaryCsv(summary), headers };
};

const PaperQuery = Type.Object(
  {
    width: Type.Optional(
      Type.Integer({
        enum: [...paperWidths],
        description: 'Columns of the text; 42 unless given.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Sums, one a currency. */
export const CurrencySums = Type.Array(Type.Object({ currency: Type.String(), ...Sum.properties }));

const ClosedShape = Type.Object(
  {
    trigger: CloseTrigger,
    by: Type.Optional(Actor),
    totals: Type.Array(BatchTotal),
    net: Type.Array(NetShape),
    carriedTo: Type.Optional(BatchId),
  },
  { description: 'What it was closed with; it never changes.' },
);

const SettlementShape = Type.Object(
  {
    outcome: Type.Enum([...batchOutcomes]),
    settled: Type.Optional(Type.Array(NetShape)),
    differenceCount: Type.Optional(Count),
    declinedAfterClose: Type.Optional(CurrencySums),
  },
  { description: 'How the portal’s comparison of a closed batch ended.' },
);

const NowShape = Type.Object(
  {
    approved: Type.Array(
      Type.Object({
        ...{ type: TransactionType, currency: Type.String(), brand: Type.String() },
        ...{ ...Sum.properties, tipsCount: Count, tipsValue: Count },
        ...{ surchargesCount: Count, surchargesValue: Count },
      }),
    ),
    ...{ net: CurrencySums, tips: CurrencySums, surcharges: CurrencySums, voids: CurrencySums },
    ...{ adjustments: CurrencySums, holds: CurrencySums, exposure: CurrencySums },
    ...{ pending: CurrencySums, declined: CurrencySums, forwardDeclined: CurrencySums },
    undone: CurrencySums,
  },
  { description: 'How the transactions that stand in it stand now.' },
);

const BatchReportShape = Type.Object({
  kind: Type.Enum(['X', 'Z'], { description: 'X while the batch is open, Z once it is closed.' }),
  batch: BatchId,
  state: Type.Enum(['open', 'closing', 'closed']),
  openedAt: IsoTime,
  closedAt: Type.Optional(IsoTime),
  closed: Type.Optional(ClosedShape),
  settlement: Type.Optional(SettlementShape),
  now: NowShape,
});

const getBatchReport = (
  ask: Ask<unknown, Static<typeof PaperQuery>>,
  shop: Shop,
  clock: CallClock,
): Answer => {
  const type = accepted(ask, ['application/json', 'text/plain', 'text/csv']);
  if (typeof type === 'object') return type;
  const { id = '' } = ask.path;
  const batch = batchOfId(id);
  const report = batch === undefined ? undefined : batchReport(shop.ledger, batch);
  if (report === undefined) return unknownName('batch', id);
  if (type === 'application/json') {
    const { openedAt, closedAt } = report;
    const closed = closedAt === undefined ? {} : { closedAt: isoTime(closedAt) };
    return { ...ok({ ...report, openedAt: isoTime(openedAt), ...closed }), headers: varies };
  }
  if (type === 'text/csv') {
    const headers = {
      ...varies,
      'Content-Disposition': `attachment; filename="batch_${report.batch.number}.csv"`,
    };
    return { is: 'answered', status: 200, type, text: batchCsv(report), headers };
  }
  const lines = batchSlipOf(report, {
    width: ask.query.width === 32 ? 32 : 42,
    calendar: calendarOf(shop.settings.timeZone),
    deviceId: shop.subject.deviceId,
    wallMs: clock.wallMs(),
  });
  return { is: 'answered', status: 200, type, text: `${lines.join('\n')}\n`, headers: varies };
};

export const reportRoutes = [
  route({
    name: 'getSummary',
    method: 'GET',
    path: '/v1/reports/summary',
    needs: 'read reports',
    says: `What some days came to, at most ${periodDaysMax}; by day, type, brand or what else is asked for.`,
    headers: [acceptHeader],
    query: SummaryQuery,
    answers: { 200: { says: 'The summary.', schema: SummaryShape, texts: ['text/csv'] } },
    refusals: ['period_invalid', 'not_acceptable'],
    answer: getSummary,
  }),
  route({
    name: 'getBatchReport',
    method: 'GET',
    path: '/v1/batches/{id}/report',
    needs: 'read reports',
    says: 'The report of a batch: X while it is open; Z once it is closed, with what it was closed with.',
    headers: [acceptHeader],
    query: PaperQuery,
    answers: {
      200: { says: 'The report.', schema: BatchReportShape, texts: ['text/plain', 'text/csv'] },
    },
    refusals: ['not_found', 'not_acceptable'],
    answer: getBatchReport,
  }),
];
