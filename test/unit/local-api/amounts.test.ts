/** Amounts over the local API: the same edges in every field of every type. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Till } from './till.ts';

let till: Till;
let number = 0;
/** A sale of 42.50 that was approved. */
let sold = '';
const usd = (value: number) => ({ value, currency: 'USD' });
beforeAll(async () => {
  till = await openTill({ storage: { reserveMiB: 1 } });
  const selling = till.sell('the-original', { amount: usd(4_250) }, { Prefer: 'wait=30' });
  await until('the reader is armed', () => till.post.state().is === 'busy');
  till.post.tap();
  sold = String((await selling).body['transactionId']);
});
afterAll(() => till.close());

const sell = (value: unknown, currency: unknown) => {
  number += 1;
  return till.sell(`amount-${number}`, { amount: { value, currency } });
};

test.each([
  [1, 'USD'],
  [1, 'JPY'],
  [1_001, 'KWD'],
  [9_999_999_999, 'USD'],
  [9_999_999_999, 'JPY'],
])('%d minor units of %s can be charged', async (value, currency) => {
  const reply = await sell(value, currency);
  expect(reply.status).toBe(202);
  expect(reply.body['amount']).toEqual({ value, currency });
  await till.send(`${reply.headers['location']}/cancel`, { method: 'POST' });
});

test.each([0, -1, -4_250, 10_000_000_000, 1e300])('%d is no amount to charge', async (value) => {
  const reply = await sell(value, 'USD');
  expect([reply.status, reply.body['code']]).toEqual([422, 'amount_invalid']);
  expect(reply.body['detail']).toContain('amount.value');
});

const fields = ['amount', 'tipAmount', 'surchargeAmount'] as const;
const types = ['sale', 'authorization', 'refund', 'capture', 'adjustment', 'void'] as const;

/** A request of a type with an amount in one of its fields, under a key of its own. */
const ask = (type: (typeof types)[number], field: (typeof fields)[number], amount: object) => {
  number += 1;
  const whole = type === 'sale' || type === 'authorization' ? { amount: usd(4_250) } : {};
  const follows = whole.amount === undefined ? { originalTransactionId: sold } : {};
  const headers = { 'Idempotency-Key': `field-${number}` };
  const body = { type, ...whole, ...follows, [field]: amount };
  return till.send('/v1/transactions', { method: 'POST', body, headers });
};

describe.each(types.flatMap((type) => fields.map((field) => [type, field] as const)))(
  'of a %s, %s',
  (type, field) => {
    test.each([
      ...[-1, -4_250, 42.5, 0.1, 1e-7, 10_000_000_000, 1e300, '4250', '42.50', null, true, [1]],
      ...[{}],
    ])('may not be %j, and the answer names it', async (value) => {
      const reply = await ask(type, field, { value, currency: 'USD' });
      expect([reply.status, reply.body['code']]).toEqual([422, 'amount_invalid']);
      expect(reply.body['detail']).toContain(`${field}.value`);
    });

    test.each([
      [12.5, 'JPY'],
      [1.001, 'KWD'],
      [10_000_000_000, 'JPY'],
      [10_000_000_000, 'KWD'],
    ])('may not be %d of %s: minor units are whole', async (value, currency) => {
      const reply = await ask(type, field, { value, currency });
      expect([reply.status, reply.body['code']]).toEqual([422, 'amount_invalid']);
    });

    test.each(['XTS', 'usd', 'EURO', '', '840'])('has no currency "%s"', async (currency) => {
      const reply = await ask(type, field, { value: 100, currency });
      expect([reply.status, reply.body['code']]).toEqual([422, 'currency_unsupported']);
    });
  },
);

test.each(types)('an amount of nothing is none: %s', async (type) => {
  const reply = await ask(type, 'amount', usd(0));
  expect([reply.status, reply.body['code']]).toEqual([422, 'amount_invalid']);
});

test.each([
  ['refund', 'tipAmount'],
  ['void', 'tipAmount'],
  ...(['refund', 'void', 'capture', 'adjustment'] as const).map(
    (type) => [type, 'surchargeAmount'] as const,
  ),
] as const)('a %s takes no %s, be it 0', async (type, field) => {
  const reply = await ask(type, field, usd(0));
  expect([reply.status, reply.body['code']]).toEqual([422, 'amount_invalid']);
  expect(reply.body['detail']).toContain(`${field} is sent with`);
});

test('the most there is is an amount of every field, and then more than there is to give', async () => {
  for (const [type, field, code] of [
    ['refund', 'amount', 'amount_exceeds_original'],
    ['adjustment', 'amount', 'amount_exceeds_original'],
    ['adjustment', 'tipAmount', 'amount_invalid'],
    ['sale', 'tipAmount', 'amount_invalid'],
    ['sale', 'surchargeAmount', 'amount_invalid'],
  ] as const) {
    const reply = await ask(type, field, usd(9_999_999_999));
    expect([type, field, reply.body['code']]).toEqual([type, field, code]);
  }
});

test.each(['XTS', 'usd', 'EURO', '', '840', 'ABC'])('"%s" is no currency', async (currency) => {
  const reply = await sell(100, currency);
  expect([reply.status, reply.body['code']]).toEqual([422, 'currency_unsupported']);
});

test('nothing that was refused is in the ledger, and its key is free', async () => {
  const outcomes = till.ledger.transactions.countByOutcome();
  expect(outcomes).toEqual([
    { outcome: 'approved', count: 1 },
    { outcome: 'cancelled', count: 5 },
  ]);
  expect((await till.sell('same', { amount: { value: 0, currency: 'USD' } })).status).toBe(422);
  expect((await till.sell('same')).status).toBe(202);
});
