/** The summary: days and groups of a period, each currency for itself, and its CSV. */
import { describe, expect, test } from 'vitest';
import { calendarOf } from '../../../agent/calendar.ts';
import type { Grouping } from '../../../agent/ledger/takings.ts';
import { periodOf } from '../../../agent/reports/period.ts';
import { summaryCsv } from '../../../agent/reports/summary-csv.ts';
import { summaryOf, type Summary } from '../../../agent/reports/summary.ts';
import { filledLedger, type Entered } from './filled-ledger.ts';

const at = (time: string): number => Date.parse(time);

/** Month, type, outcome, how many, and their net. */
type PrunedRow = [string, string, string, number, number];

const summed = async (
  entered: readonly Entered[],
  asked: { from: string; to: string; by?: Grouping; zone?: string; pruned?: PrunedRow[] },
  pauses: string[] = [],
): Promise<Summary> => {
  const { by = 'day', zone = 'Europe/Berlin', pruned = [], ...dates } = asked;
  const read = periodOf(dates, 0, calendarOf(zone));
  if (!read.ok) throw new Error(read.why);
  const { ledger, db } = filledLedger(entered);
  const insert = db.prepare("INSERT INTO pruned VALUES (?, 'USD', ?, ?, ?, ?, 0)");
  for (const row of pruned) insert.run(...row);
  return summaryOf(ledger.takings, { period: read.period, by }, async () => {
    pauses.push('paused');
  });
};

const november = { from: '2026-11-01', to: '2026-11-30' };

test('a sale belongs to the day it was on where the shop is', async () => {
  const entered = [
    { charged: 100, at: at('2026-11-21T22:59:59.999Z') },
    { charged: 10, at: at('2026-11-21T23:00:00Z') },
    { charged: 1, at: at('2026-11-22T22:59:59.999Z') },
  ];
  const { rows, totals } = await summed(entered, november);
  expect(rows.map(({ group, net }) => [group, net])).toEqual([
    ['2026-11-21', 100],
    ['2026-11-22', 11],
  ]);
  expect(totals).toMatchObject([{ currency: 'USD', net: 111, sales: { count: 3, value: 111 } }]);
  const inNewYork = await summed(entered, { ...november, zone: 'America/New_York' });
  expect(inNewYork.rows.map(({ net }) => net)).toEqual([110, 1]);
});

test('a day of 25 hours has all of its sales, the hour that is there twice too', async () => {
  const entered = ['00:30', '01:30', '22:59', '23:00'].map((time) => ({
    charged: 1,
    at: at(`2026-10-25T${time}:00Z`),
  }));
  const { rows, clockChanges } = await summed(entered, { from: '2026-10-25', to: '2026-10-25' });
  expect(rows).toMatchObject([{ group: '2026-10-25', sales: { count: 3 } }]);
  expect(clockChanges).toEqual([{ date: '2026-10-25', hours: 25 }]);
});

test('a period has its first and its last day, and nothing outside', async () => {
  const entered = ['2026-10-31', '2026-11-01', '2026-11-30', '2026-12-01'].map((date) => ({
    charged: 1,
    at: at(`${date}T12:00:00Z`),
  }));
  const { rows } = await summed(entered, november);
  expect(rows.map(({ group }) => group)).toEqual(['2026-11-01', '2026-11-30']);
});

test('by anything but the day, days are added up, batches in the order of their numbers', async () => {
  const entered = [10, 9, 2, 9].map((batch, place) => ({
    ...{ batch, charged: 100 },
    at: at(`2026-11-0${place + 1}T12:00:00Z`),
  }));
  const { rows } = await summed(entered, { ...november, by: 'batch' });
  expect(rows.map(({ group, sales }) => [group, sales.count])).toEqual([
    ['System 2', 1],
    ['System 9', 2],
    ['System 10', 1],
  ]);
});

test('currencies stand in rows and totals of their own', async () => {
  const noon = at('2026-11-01T12:00:00Z');
  const entered: Entered[] = [
    { charged: 100, currency: 'USD', at: noon },
    { charged: 5_000, currency: 'JPY', at: noon },
    { type: 'refund', charged: -300, currency: 'USD', at: noon },
  ];
  const { rows, totals } = await summed(entered, november);
  expect(rows.map(({ currency, net }) => [currency, net])).toEqual([
    ['JPY', 5_000],
    ['USD', -200],
  ]);
  expect(totals.map(({ currency, net }) => [currency, net])).toEqual([
    ['JPY', 5_000],
    ['USD', -200],
  ]);
});

test('a long period lets others have their turn, a short one does not wait', async () => {
  const busy = Array.from({ length: 5_000 }, (_, place) => ({
    charged: 1,
    at: at('2026-11-01T12:00:00Z') + (place % 3) * 86_400_000,
  }));
  const pauses: string[] = [];
  const { totals } = await summed(busy, november, pauses);
  expect([totals[0]?.sales.count, pauses.length]).toEqual([5_000, 1]);
  const none: string[] = [];
  await summed([], { from: '2026-01-01', to: '2026-12-31' }, none);
  expect(none).toEqual([]);
});

test('what is kept as a sum only is told by month, for it is in no row', async () => {
  const { rows, pruned } = await summed([{ charged: 1, at: at('2026-11-01T12:00:00Z') }], {
    ...{ from: '2026-09-15', to: '2026-11-30' },
    pruned: [
      ['2026-08', 'sale', 'approved', 7, 700],
      ['2026-09', 'sale', 'approved', 2, 5_000],
      ['2026-09', 'refund', 'approved', 1, -1_000],
      ['2026-12', 'sale', 'approved', 9, 900],
    ],
  });
  expect(rows).toHaveLength(1);
  expect(pruned).toEqual([{ month: '2026-09', currency: 'USD', transactions: 3, net: 4_000 }]);
});

describe('as CSV', () => {
  const noon = at('2026-11-01T12:00:00Z');
  const rowsOf = async (entered: readonly Entered[], by: Grouping = 'day') =>
    summaryCsv(await summed(entered, { ...november, by })).split('\r\n');

  test('it has a head, a row for each group and currency, and decimal amounts', async () => {
    const [head = '', first = '', ...rest] = await rowsOf([
      { type: 'refund', charged: -250, at: noon },
      { outcome: 'approved_offline', amount: 1_999, at: noon },
    ]);
    const named = Object.fromEntries(
      head.split(',').map((name, place) => [name, first.split(',')[place]]),
    );
    expect(named).toMatchObject({
      ...{ day: '2026-11-01', currency: 'USD', transactions: '2' },
      ...{ sales_count: '0', sales_amount: '0.00', refunds_count: '1', refunds_amount: '2.50' },
      ...{ net_amount: '-2.50', offline_count: '1', offline_amount: '19.99' },
    });
    expect(rest).toEqual(['']);
  });

  test('what a client application calls itself becomes no formula', async () => {
    const [, first] = await rowsOf([{ application: '=cmd|x', charged: 1, at: noon }], 'user');
    expect(first).toMatch(/^'=cmd\|x,USD,1,/);
  });

  test('of an empty period it is its head', async () => {
    expect(await rowsOf([])).toEqual([expect.stringMatching(/^day,currency,/), '']);
  });
});
