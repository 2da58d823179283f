/** `holdfast report`: what some days came to, for people, as JSON, or as CSV for a spreadsheet. */
import { formatAmount } from '../../contract/index.ts';
import { groupingNames } from '../ledger/takings.ts';
import type { SummaryAnswer } from '../local-api/reports.ts';
import { decimal } from '../reports/csv.ts';
import { done, wrongUse, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask, askText } from './local-api.ts';
import { counted, table } from './print.ts';

const report = async (call: Call): Promise<Result> => {
  const { from, to, by, csv } = call.options;
  for (const date of [from, to]) {
    if (date !== undefined && !/^\d{4}-\d\d-\d\d$/.test(date)) {
      return wrongUse(`"${date}" is no date; write one like 2026-11-22.`);
    }
  }
  if (csv !== undefined && call.json) return wrongUse('Take either --csv or --json.');
  const query = new URLSearchParams({
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(by === undefined ? {} : { by }),
  });
  const asking = { method: 'GET', path: `/v1/reports/summary?${query.toString()}` } as const;
  if (csv === undefined) {
    const reply = await ask<SummaryAnswer>(call, asking);
    return reply.is === 'failed' ? reply : done(reply.body, reportText(reply.body));
  }
  const reply = await askText(call, asking, 'text/csv');
  if (reply.is === 'failed') return reply;
  // As it came: CSV ends its lines in its own way.
  call.terminal.out(reply.text);
  return { is: 'ended', exit: 0 };
};

const reportText = (summary: SummaryAnswer): string => {
  const { from, to, timeZone, rows, totals, clockChanges, pruned } = summary;
  const period = from === to ? from : `${from} to ${to}`;
  return [
    `${period}, ${timeZone}`,
    ...(rows.length === 0 ? ['No transactions.'] : [rowsText(summary)]),
    ...totals.map(totalText),
    ...pruned.map(prunedText),
    ...clockChanges.map(({ date, hours }) => `Clocks changed on ${date}: it has ${hours} hours.`),
  ].join('\n');
};

const rowsText = ({ by, rows }: SummaryAnswer): string =>
  table(
    [by === 'entryMode' ? 'entry mode' : by, 'sales', 'sold', 'given back', 'net', 'not decided'],
    rows.map(({ group, currency, sales, refunds, net, offline, unknown }) => [
      group,
      String(sales.count),
      decimal({ value: sales.value, currency }),
      decimal({ value: refunds.value, currency }),
      `${decimal({ value: net, currency })} ${currency}`,
      decimal({ value: offline.value + unknown.value, currency }),
    ]),
  );

type Total = SummaryAnswer['totals'][number];

const totalText = ({ currency, net, sales, refunds, ...rest }: Total): string => {
  const { tips, voids, declined, forwardDeclined, offline, unknown, timeNotConfirmed } = rest;
  const amount = (value: number) => formatAmount({ value, currency });
  const parts = [
    `${counted(sales.count, 'sale')}, ${counted(refunds.count, 'refund')}`,
    ...(tips.count === 0 ? [] : [`tips ${amount(tips.value)}`]),
    ...(voids.count === 0 ? [] : [counted(voids.count, 'void')]),
    ...(declined.count === 0 ? [] : [`${declined.count} declined`]),
    ...(forwardDeclined.count === 0
      ? []
      : [`${forwardDeclined.count} declined later (${amount(forwardDeclined.value)})`]),
    ...(offline.count === 0 ? [] : [`${offline.count} offline (${amount(offline.value)})`]),
    ...(unknown.count === 0 ? [] : [`${unknown.count} unknown (${amount(unknown.value)})`]),
    ...(timeNotConfirmed.count === 0 ? [] : [`${timeNotConfirmed.count} at an unconfirmed time`]),
  ];
  return `In all ${decimal({ value: net, currency })} ${currency}: ${parts.join(', ')}.`;
};

const prunedText = ({ month, currency, transactions, net }: SummaryAnswer['pruned'][number]) =>
  `Of ${month}, ${counted(transactions, 'transaction')} are kept as a sum only, and are in no row: ` +
  `net ${decimal({ value: net, currency })} ${currency}.`;

export const reportCommand: Command = {
  name: 'report',
  says: 'what some days came to; today unless told otherwise',
  options: [
    { flags: '--from <DATE>', says: 'the first day, like 2026-11-01' },
    { flags: '--to <DATE>', says: 'the last day, which is part of it (default: today)' },
    { flags: '--by <WHAT>', says: 'what a row stands for (default day)', choices: groupingNames },
    { flags: '--csv', says: 'CSV on stdout, nothing else' },
    ...reachOptions,
  ],
  run: report,
};
