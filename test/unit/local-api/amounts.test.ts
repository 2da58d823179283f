import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTill, type Till } from './till.ts';

let till: Till;
let number = 0;
beforeAll(async () => {
  till = await openTill();
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

test.each([42.5, 0.1, '4250', null, true, [1]])('%j is malformed', async (value) => {
  const reply = await sell(value, 'USD');
  expect([reply.status, reply.body['code']]).toEqual([400, 'malformed']);
  expect(reply.body['detail']).toContain('amount.value');
});

test.each(['XTS', 'usd', 'EURO', '', '840', 'ABC'])('"%s" is no currency', async (currency) => {
  const reply = await sell(100, currency);
  expect([reply.status, reply.body['code']]).toEqual([422, 'currency_unsupported']);
});

test('nothing that was refused is in the ledger, and its key is free', async () => {
  const outcomes = till.ledger.transactions.countByOutcome();
  expect(outcomes).toEqual([{ outcome: 'cancelled', count: 5 }]);
  expect((await till.sell('same', { amount: { value: 0, currency: 'USD' } })).status).toBe(422);
  expect((await till.sell('same')).status).toBe(202);
});
