/** A value is checked against its schema, and what is wrong is said by its place. */
import { expect, test } from 'vitest';
import { Ack, Amount, check } from '../../../contract/index.ts';

test('a value that fits comes back as it was', () => {
  const amount = { value: 4250, currency: 'USD' };
  const found = check(Amount, amount);
  expect(found.ok && found.value).toBe(amount);
});

test('a fault is named by its place', () => {
  const found = check(Amount, { value: -1, currency: 'USD' });
  expect(found).toMatchObject({ ok: false, path: '/value' });
  expect(found.ok ? '' : found.why).toMatch(/^\/value must be/);
});

test('a missing field is a fault', () => {
  expect(check(Ack, { session: 1, epoch: 1, through: 0 }).ok).toBe(false);
});

test.each([null, undefined, 'text', 7, []])('%j is no amount', (value) => {
  expect(check(Amount, value)).toMatchObject({ ok: false, path: '' });
});

test('an amount takes no field it does not know', () => {
  expect(check(Amount, { value: 1, currency: 'USD', cents: 1 }).ok).toBe(false);
});
