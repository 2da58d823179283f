/** Takings: what a ledger with every kind of transaction in it comes to, and what asking for it costs. */
import { describe, expect, test } from 'vitest';
import { batchReport } from '../../../agent/reports/batch.ts';
import {
  batchQueries,
  groupingNames,
  takingsQuery,
  type Taking,
} from '../../../agent/ledger/takings.ts';
import { pageQuery } from '../../../agent/ledger/history.ts';
import { idOf } from '../../fixtures/payments.ts';
import { day, filledLedger, usd, type Entered } from './filled-ledger.ts';

const takings = (entered: readonly Entered[], by: (typeof groupingNames)[number] = 'day') =>
  filledLedger(entered).ledger.takings.between(0, day * 10, by);

const only = (entered: readonly Entered[]): Taking => {
  const [first, ...rest] = takings(entered);
  expect(rest).toEqual([]);
  if (first === undefined) throw new Error('There is no row.');
  return first;
};

describe('money is counted', () => {
  test('where it was approved: sales and captures, less refunds', () => {
    expect(
      only([
        { type: 'sale', charged: 4_250 },
        { type: 'capture', charged: 1_000 },
        { type: 'refund', charged: -250 },
        { type: 'authorization', amount: 9_900 },
        { type: 'adjustment', amount: 5_000 },
        { type: 'void', amount: 4_250 },
      ]),
    ).toMatchObject({
      ...{ transactions: 6, salesCount: 2, salesValue: 5_250 },
      ...{ refundsCount: 1, refundsValue: 250, voidsCount: 1, otherCount: 2 },
    });
  });

  test('at what it charges now, not at what was ordered', () => {
    const row = only([{ type: 'sale', amount: 4_250, charged: 2_125 }]);
    expect(row).toMatchObject({ salesCount: 1, salesValue: 2_125 });
  });

  test('not where the host has not decided, or said no', () => {
    expect(
      only([
        { outcome: 'approved_offline', amount: 100 },
        { outcome: 'void_pending', amount: 20 },
        { outcome: 'held', amount: 3 },
        { outcome: 'unknown', amount: 50 },
        { outcome: 'declined', amount: 1_000 },
        { outcome: 'forward_declined', amount: 700 },
        { outcome: 'voided', amount: 60 },
        { outcome: null, amount: 60 },
      ]),
    ).toMatchObject({
      ...{ salesCount: 0, salesValue: 0, offlineCount: 3, offlineValue: 123 },
      ...{ unknownCount: 1, unknownValue: 50, declinedCount: 1, otherCount: 2 },
      ...{ forwardDeclinedCount: 1, forwardDeclinedValue: 700 },
    });
  });

  test('with its tips and surcharges, as they were ordered or adjusted', () => {
    expect(
      only([
        { charged: 1_000, order: { tipAmount: usd(150), surchargeAmount: usd(25) } },
        { charged: 1_000, order: { tipAmount: usd(150) }, payment: { tipAmount: usd(200) } },
        { charged: 1_000, payment: { tipAmount: usd(50) } },
        { charged: 1_000, order: { tipAmount: usd(99) }, payment: { tipAmount: usd(0) } },
        { outcome: 'declined', order: { tipAmount: usd(500) } },
      ]),
    ).toMatchObject({
      ...{ tipsCount: 3, tipsValue: 400, surchargesCount: 1, surchargesValue: 25 },
    });
  });

  test('by currency, never across', () => {
    const rows = takings([
      { charged: 100, currency: 'USD' },
      { charged: 200, currency: 'EUR' },
    ]);
    expect(rows.map(({ currency, salesValue }) => [currency, salesValue])).toEqual([
      ['EUR', 200],
      ['USD', 100],
    ]);
  });
});

test('every transaction is in one count and no more', () => {
  const row = only([
    ...(['sale', 'capture', 'refund', 'void', 'adjustment', 'authorization'] as const).flatMap(
      (type) =>
        (['approved', 'declined', 'unknown', 'approved_offline', 'reversed', null] as const).map(
          (outcome) => ({ type, outcome }),
        ),
    ),
  ]);
  const { salesCount, refundsCount, voidsCount, declinedCount, forwardDeclinedCount } = row;
  const { offlineCount, unknownCount, otherCount } = row;
  const counts = [salesCount, refundsCount, voidsCount, declinedCount, forwardDeclinedCount];
  const sum = [...counts, offlineCount, unknownCount, otherCount].reduce((a, b) => a + b, 0);
  expect([sum, row.transactions]).toEqual([36, 36]);
});

describe('rows are', () => {
  const entered: Entered[] = [
    { charged: 100, brand: 'visa', entryMode: 'chip', application: 'till', batch: 1 },
    { charged: 10, brand: 'amex', entryMode: 'stripe', application: 'kiosk', batch: 2 },
    { type: 'refund', charged: -1, brand: 'visa', entryMode: 'chip', application: 'till' },
    { outcome: 'cancelled', brand: null, entryMode: null, application: 'till' },
  ];

  test.each([
    ['type', ['refund', 'sale']],
    ['brand', ['amex', 'none', 'visa']],
    ['entryMode', ['chip', 'none', 'stripe']],
    ['user', ['kiosk', 'till']],
    ['batch', ['System 1', 'System 2']],
    ['outcome', ['approved', 'cancelled']],
  ] as const)('by %s', (by, groups) => {
    expect(takings(entered, by).map(({ group }) => group)).toEqual(groups);
  });
});

test('a stretch of time has what was entered in it: its first instant, not its last', () => {
  const { ledger } = filledLedger([{ at: 999 }, { at: 1_000 }, { at: 1_999 }, { at: 2_000 }]);
  expect(ledger.takings.between(1_000, 2_000, 'day')[0]?.transactions).toBe(2);
});

test('what was entered by a clock nobody trusted is told', () => {
  expect(only([{ clock: 'untrusted' }, { clock: 'trusted' }]).timeNotConfirmedCount).toBe(1);
});

describe('asking costs in what is asked for, so every query goes by its index', () => {
  const planOf = (sql: string, values: object): string => {
    const { db } = filledLedger([]);
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values) as { detail: string }[];
    return steps.map(({ detail }) => detail).join('\n');
  };

  test.each(groupingNames)('a day by %s', (by) => {
    const plan = planOf(takingsQuery(by), { fromMs: 0, toMs: day });
    expect(plan).toMatch(
      /SEARCH transactions USING INDEX transactions_by_day \(created_at>\? AND created_at<\?\)/,
    );
    expect(plan).not.toContain('SCAN');
  });

  test.each(Object.entries(batchQueries))('a batch: %s', (_name, sql) => {
    const plan = planOf(sql, { name: 'System', number: 1 });
    expect(plan).toMatch(/SEARCH transactions USING INDEX transactions_by_batch/);
    expect(plan).not.toMatch(/SCAN transactions/);
  });

  test.each([
    [{ fromMs: 0, toMs: day }, 'transactions_by_day'],
    [{ batchName: 'System', batchNumber: 1 }, 'transactions_by_batch'],
    [{ originalTransactionId: idOf('txn', 1) }, 'transactions_by_original'],
    [{ reference: 'table 4' }, 'transactions_by_reference'],
    [{ outcome: 'unknown', before: 9 }, 'transactions_by_outcome'],
    [{ batchNumber: 1 }, 'transactions_by_batch'],
    [{ type: 'refund', outcome: 'approved' }, 'transactions_by_type'],
    [{ type: 'void', before: 9 }, 'transactions_by_type'],
    [{ before: 9 }, 'PRIMARY KEY'],
  ] as const)('history narrowed to %j', (filter, index) => {
    const { sql, values } = pageQuery({ ...filter, limit: 50 });
    expect(planOf(sql, values)).toContain(index);
  });
});

describe('the report of a batch', () => {
  const entered: Entered[] = [
    { charged: 1_000, brand: 'visa', order: { tipAmount: usd(100) } },
    { charged: 500, brand: 'visa' },
    { charged: 300, brand: 'amex' },
    { charged: 70, brand: 'visa', currency: 'EUR' },
    { type: 'refund', charged: -200, brand: 'visa' },
    { type: 'void', amount: 400 },
    { type: 'adjustment', amount: 1_000 },
    { type: 'authorization', amount: 900 },
    { outcome: 'approved_offline', amount: 60, counted: 1 },
    { outcome: 'unknown', amount: 40, counted: 1 },
    { outcome: null, amount: 5 },
    { outcome: 'declined', amount: 6 },
    { outcome: 'forward_declined', amount: 7 },
    { outcome: 'voided', amount: 400 },
    { charged: 9_999, batch: 2 },
  ];

  test('has its money by type, currency and brand, and what is left of it', () => {
    const { ledger } = filledLedger(entered, { batches: 1 });
    const report = batchReport(ledger, { name: 'System', number: 1 });
    expect(report).not.toHaveProperty('closed');
    expect(report?.kind).toBe('X');
    expect(report?.now).toMatchObject({
      approved: [
        { type: 'refund', currency: 'USD', brand: 'visa', count: 1, value: 200 },
        { type: 'sale', currency: 'EUR', brand: 'visa', count: 1, value: 70 },
        { type: 'sale', currency: 'USD', brand: 'amex', count: 1, value: 300 },
        { type: 'sale', currency: 'USD', brand: 'visa', count: 2, value: 1_500 },
      ],
      net: [
        { currency: 'EUR', count: 1, value: 70 },
        { currency: 'USD', count: 4, value: 1_600 },
      ],
      tips: [{ currency: 'USD', count: 1, value: 100 }],
      surcharges: [],
      voids: [{ currency: 'USD', count: 1, value: 400 }],
      adjustments: [{ currency: 'USD', count: 1 }],
      holds: [{ currency: 'USD', count: 1, value: 900 }],
      exposure: [{ currency: 'USD', count: 2, value: 100 }],
      pending: [{ currency: 'USD', count: 1, value: 5 }],
      declined: [{ currency: 'USD', count: 1, value: 6 }],
      forwardDeclined: [{ currency: 'USD', count: 1, value: 7 }],
      undone: [{ currency: 'USD', count: 1, value: 400 }],
    });
  });

  test('has sales at what they stand for, whatever the portal gave back of them', () => {
    const { ledger } = filledLedger([
      { amount: 1_000, charged: 600, payment: { amount: usd(900) } },
      { amount: 500, charged: 200 },
    ]);
    expect(batchReport(ledger, { name: 'System', number: 1 })?.now.net).toEqual([
      { currency: 'USD', count: 2, value: 1_400 },
    ]);
  });

  test('tells of a closed one what was closed and settled, and apart from it how things stand now', () => {
    const sum = (count: number, value: number) => ({ count, value });
    const totals = [
      { type: 'sale', currency: 'USD', approved: sum(2, 1_500), pending: sum(1, 60) },
      { type: 'refund', currency: 'USD', approved: sum(1, 200), pending: sum(0, 0) },
    ] as const;
    const closed = {
      by: { userId: 'vera' },
      totals: totals.map((total) => ({ ...total, carried: sum(1, 40) })),
      carriedTo: { name: 'System', number: 2 },
    };
    const settlement = {
      outcome: 'not_agreed' as const,
      settled: [{ currency: 'USD', value: 1_300 }],
      differences: [],
      differenceCount: 3,
      declinedAfterClose: [{ transactionId: 'txn_1', amount: usd(60) }],
    };
    const { ledger } = filledLedger(
      [{ charged: 1_000 }, { outcome: 'forward_declined', amount: 60 }],
      {
        ...{ batches: 2, closed, settlement },
      },
    );
    const report = batchReport(ledger, { name: 'System', number: 1 });
    expect(report).toMatchObject({
      kind: 'Z',
      closed: { ...closed, trigger: 'hand', net: [{ currency: 'USD', value: 1_360 }] },
      settlement: {
        ...{ outcome: 'not_agreed', settled: settlement.settled, differenceCount: 3 },
        declinedAfterClose: [{ currency: 'USD', count: 1, value: 60 }],
      },
      now: {
        net: [{ currency: 'USD', count: 1, value: 1_000 }],
        declined: [],
        forwardDeclined: [{ currency: 'USD', count: 1, value: 60 }],
      },
    });
  });

  test('of a closed one nobody has compared is unconfirmed', () => {
    const { ledger } = filledLedger(entered, { batches: 2 });
    const { settlement } = batchReport(ledger, { name: 'System', number: 1 }) ?? {};
    expect(settlement).toEqual({ outcome: 'unconfirmed' });
  });

  test('is an X until the batch is closed, and a Z from then on', () => {
    const { ledger } = filledLedger(entered, { batches: 2 });
    const kindOf = (number: number) => batchReport(ledger, { name: 'System', number })?.kind;
    expect([kindOf(1), kindOf(2), kindOf(3)]).toEqual(['Z', 'X', undefined]);
    const asked = { is: 'closing', trigger: 'hand' } as const;
    ledger.commit(() => ledger.batches.move({ name: 'System', number: 2 }, asked, 0));
    expect(batchReport(ledger, { name: 'System', number: 2 })).toMatchObject({
      ...{ kind: 'X', state: 'closing' },
    });
  });
});
