/** The report of a batch on paper and as CSV. */
import { expect, test } from 'vitest';
import { calendarOf } from '../../../agent/calendar.ts';
import { paperWidths } from '../../../agent/receipts/paper.ts';
import { batchSlipOf } from '../../../agent/reports/batch-slip.ts';
import { batchReport } from '../../../agent/reports/batch.ts';
import { batchCsv } from '../../../agent/reports/batch-csv.ts';
import { filledLedger, usd, type Entered, type Filling } from './filled-ledger.ts';

const reported = (entered: readonly Entered[], filling: Filling) => {
  const { ledger } = filledLedger(entered, filling);
  const report = batchReport(ledger, { name: 'System', number: 1 });
  if (report === undefined) throw new Error('There is no batch.');
  return report;
};

const printed = (entered: readonly Entered[], filling: Filling, width: 32 | 42 = 42) => {
  const report = reported(entered, filling);
  const calendar = calendarOf('Europe/Berlin');
  const wallMs = Date.parse('2026-11-22T20:00:00Z');
  return batchSlipOf(report, { width, calendar, deviceId: 'till-1', wallMs });
};

const entered: Entered[] = [
  { charged: 1_000, order: { tipAmount: usd(100) } },
  { type: 'refund', charged: -200 },
  { type: 'adjustment', amount: 1_000 },
  { outcome: 'approved_offline', amount: 60, counted: 1 },
];

test('it tells what was sold and given back, and what is not decided', () => {
  expect(printed(entered, { batches: 1 })).toEqual([
    '          X REPORT - BATCH OPEN',
    'Batch                             System 1',
    'Device                              till-1',
    'Opened                 1970-01-02 01:00:00',
    'Printed                2026-11-22 21:00:00',
    '             (Europe/Berlin)',
    '-'.repeat(42),
    'REFUND VISA (1)                  -2.00 USD',
    'SALE VISA (1)                    10.00 USD',
    '-'.repeat(42),
    'NET (2)                           8.00 USD',
    'of it tips (1)                    1.00 USD',
    '-'.repeat(42),
    'NOT YET DECIDED (1)               0.60 USD',
    'Adjustments                              1',
  ]);
});

test('a closed batch is a Z, an empty one says that nothing was approved', () => {
  const lines = printed([], { batches: 2 });
  expect(lines[0]).toContain('Z REPORT - BATCH CLOSED');
  expect(lines).toContain('Closed                 1970-01-02 01:00:01');
  expect(lines.join('\n')).toContain('nothing approved');
});

test.each(paperWidths)('it fits paper of %d columns', (width) => {
  const wide: Entered[] = [{ type: 'capture', charged: 9_999_999_999, brand: 'mastercard' }];
  for (const line of printed(wide, { batches: 1 }, width))
    expect(line.length).toBeLessThanOrEqual(width);
});

const nothing = { count: 0, value: 0 };
const settled: Filling = {
  batches: 2,
  closed: {
    by: { userId: 'vera' },
    totals: [
      {
        ...{ type: 'sale', currency: 'USD', approved: { count: 2, value: 1_500 } },
        ...{ pending: { count: 1, value: 60 }, carried: { count: 1, value: 40 } },
      },
      {
        ...{ type: 'refund', currency: 'USD', approved: { count: 1, value: 200 } },
        ...{ pending: nothing, carried: nothing },
      },
    ],
    carriedTo: { name: 'System', number: 2 },
  },
  settlement: {
    ...{ outcome: 'not_agreed', differences: [], differenceCount: 3 },
    settled: [{ currency: 'USD', value: 1_300 }],
    declinedAfterClose: [{ transactionId: 'txn_1', amount: usd(60) }],
  },
};
const since: Entered[] = [{ charged: 1_300 }, { outcome: 'forward_declined', amount: 60 }];

test('a Z report says what was closed and settled, and apart from it how things stand now', () => {
  expect(printed(since, settled).slice(6)).toEqual([
    '             (Europe/Berlin)',
    '-'.repeat(42),
    '             AS IT WAS CLOSED',
    'Closed by                      hand (vera)',
    'SALE (2)                         15.00 USD',
    'SALE pending (1)                  0.60 USD',
    'SALE carried (1)                  0.40 USD',
    'REFUND (1)                       -2.00 USD',
    'NET                              13.60 USD',
    'Carried to                        System 2',
    '-'.repeat(42),
    'SETTLEMENT                      NOT AGREED',
    'Settled                          13.00 USD',
    'Differences                              3',
    'Declined after close (1)          0.60 USD',
    '-'.repeat(42),
    '      AS ITS TRANSACTIONS STAND NOW',
    'SALE VISA (1)                    13.00 USD',
    '-'.repeat(42),
    'NET (1)                          13.00 USD',
    '-'.repeat(42),
    'Declined later, not paid (1)      0.60 USD',
  ]);
});

test('one that nobody has compared is not confirmed yet', () => {
  const lines = printed([], { batches: 2 });
  expect(lines.find((line) => line.startsWith('SETTLEMENT'))).toMatch(/not confirmed yet$/);
});

test('as CSV each line says whether it was closed so, settled so, or is so now', () => {
  expect(batchCsv(reported(since, settled)).split('\r\n')).toEqual([
    'batch,part,row,type,brand,currency,count,amount',
    'System 1,closed,approved,sale,,USD,2,15.00',
    'System 1,closed,pending,sale,,USD,1,0.60',
    'System 1,closed,carried,sale,,USD,1,0.40',
    'System 1,closed,approved,refund,,USD,1,2.00',
    'System 1,closed,pending,refund,,USD,0,0.00',
    'System 1,closed,carried,refund,,USD,0,0.00',
    'System 1,closed,net,,,USD,,13.60',
    'System 1,settlement,not_agreed,,,,,',
    'System 1,settlement,settled,,,USD,,13.00',
    'System 1,settlement,differences,,,,3,',
    'System 1,settlement,declinedAfterClose,,,USD,1,0.60',
    'System 1,now,approved,sale,visa,USD,1,13.00',
    'System 1,now,net,,,USD,1,13.00',
    'System 1,now,forwardDeclined,,,USD,1,0.60',
    '',
  ]);
});
