/** The report of a batch on paper. */
import { expect, test } from 'vitest';
import { calendarOf } from '../../../agent/calendar.ts';
import { paperWidths } from '../../../agent/receipts/paper.ts';
import { batchSlipOf } from '../../../agent/reports/batch-slip.ts';
import { batchReport } from '../../../agent/reports/batch.ts';
import { filledLedger, usd, type Entered } from './filled-ledger.ts';

const printed = (entered: readonly Entered[], batches: number, width: 32 | 42 = 42) => {
  const { ledger } = filledLedger(entered, { batches });
  const report = batchReport(ledger, { name: 'System', number: 1 });
  if (report === undefined) throw new Error('There is no batch.');
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
  expect(printed(entered, 1)).toEqual([
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
  const lines = printed([], 2);
  expect(lines[0]).toContain('Z REPORT - BATCH CLOSED');
  expect(lines).toContain('Closed                 1970-01-02 01:00:01');
  expect(lines.join('\n')).toContain('nothing approved');
});

test.each(paperWidths)('it fits paper of %d columns', (width) => {
  const wide: Entered[] = [{ type: 'capture', charged: 9_999_999_999, brand: 'mastercard' }];
  for (const line of printed(wide, 1, width)) expect(line.length).toBeLessThanOrEqual(width);
});
