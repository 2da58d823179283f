/** Transactions as people see them, and dates without a Date. */
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { civilDate, isoTime, transactionView } from '../../../agent/payments/view.ts';
import type { Payment } from '../../../agent/payments/states.ts';
import { idOf, orderOf, visa } from '../../fixtures/payments.ts';
import { seed } from '../../fixtures/seed.ts';

test('times are written as JavaScript’s own Date writes them', () => {
  const ms = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) });
  fc.assert(
    fc.property(ms, (wallMs) => {
      expect(isoTime(wallMs)).toBe(new Date(wallMs).toISOString());
    }),
    { seed },
  );
});

test('dates are those of the Gregorian calendar, leap years too', () => {
  expect(civilDate(0)).toEqual({ year: 1970, month: 1, day: 1 });
  for (const date of ['2000-02-29', '2024-02-29', '2026-12-31', '2027-01-01', '2100-03-01']) {
    const { year, month, day } = civilDate(Date.parse(date) / 86_400_000);
    expect(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`).toBe(date);
  }
});

const view = (payment: Payment) =>
  transactionView(
    {
      number: 1,
      order: orderOf(1, {
        ...{ reference: 'table 4', echo: 'x', userDefinedFields: { clerk: '7' } },
        batch: { name: 'Bar', number: 7 },
      }),
      payment,
      createdAt: 0,
      updatedAt: 1_500,
      clock: 'bounded',
    },
    'dev-1',
  );

const attemptId = idOf('att', 1);

test.each<[Payment, object]>([
  [{ is: 'awaiting_card' }, { outcome: null, final: false }],
  [
    { is: 'sent', attemptId, card: visa },
    { outcome: null, final: false, card: visa },
  ],
  [
    { is: 'stored', attemptId, card: visa },
    { outcome: 'approved_offline', final: false },
  ],
  [
    { is: 'unknown', attemptId, card: visa },
    { outcome: 'unknown', final: false },
  ],
  [
    { is: 'approved', attemptId, card: visa, responseCode: '00', hostReference: 'r' },
    { outcome: 'approved', final: true, responseCode: '00', referenceId: 'r' },
  ],
  [
    { is: 'declined', by: 'agent', reason: 'card_expired', card: visa },
    { outcome: 'declined', declinedBy: 'agent', reason: 'card_expired' },
  ],
  [
    { is: 'forward_declined', attemptId, card: visa, responseCode: '51' },
    { outcome: 'forward_declined', final: true, declinedBy: 'host', responseCode: '51' },
  ],
  [
    { is: 'reversed', attemptId, card: visa },
    { outcome: 'reversed', final: true },
  ],
  [
    { is: 'cancelled', reason: 'card_timeout' },
    { outcome: 'cancelled', reason: 'card_timeout' },
  ],
])('$is is shown under the portal’s names', (payment, shown) => {
  expect(view(payment)).toMatchObject({ state: payment.is, ...shown });
});

test('what the client application sent comes back as it came', () => {
  expect(view({ is: 'awaiting_card' })).toMatchObject({
    ...{ batchName: 'Bar', batchNumber: 7, reference: 'table 4', echo: 'x' },
    userDefinedFields: { clerk: '7' },
    deviceAndPeripherals: { deviceId: 'dev-1', peripheralId: ['counter'] },
    ...{ createdAt: '1970-01-01T00:00:00.000Z', updatedAt: '1970-01-01T00:00:01.500Z' },
  });
});
