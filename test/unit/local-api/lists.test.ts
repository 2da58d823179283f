import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTill, type Till } from './till.ts';

let till: Till;
const begun: unknown[] = [];

/** Begins a sale and ends it, so that the reader is free for the next. */
const sellAndCancel = async (key: string, fields: object = {}): Promise<unknown> => {
  const { body } = await till.sell(key, fields);
  await till.send(`/v1/transactions/${String(body['transactionId'])}/cancel`, { method: 'POST' });
  return body['transactionId'];
};

beforeAll(async () => {
  till = await openTill();
  for (let number = 1; number <= 7; number += 1) {
    const reference = number % 2 === 0 ? 'even' : 'odd & "quoted" 100%';
    begun.unshift(await sellAndCancel(`list-${number}`, { reference }));
  }
});
afterAll(() => till.close());

const page = async (query: string) => {
  const { status, body } = await till.send(`/v1/transactions?${query}`);
  expect(status).toBe(200);
  const rows = body['transactions'] as { transactionId: string; reference: string }[];
  return { ids: rows.map((row) => row.transactionId), next: body['nextCursor'] as string | null };
};

test('transactions are listed newest first', async () => {
  expect(await page('')).toEqual({ ids: begun, next: null });
});

test('pages follow each other without a gap while sales come in', async () => {
  const first = await page('limit=3');
  expect(first.ids).toEqual(begun.slice(0, 3));
  const newest = await sellAndCancel('in-between');
  const second = await page(`limit=3&cursor=${first.next}`);
  const third = await page(`limit=3&cursor=${second.next}`);
  expect([...second.ids, ...third.ids]).toEqual(begun.slice(3));
  expect(third.next).toBeNull();
  begun.unshift(newest);
  expect((await page('limit=1')).ids).toEqual([newest]);
});

test('a page that ends with the last transaction has no next one', async () => {
  expect((await page(`limit=${begun.length}`)).next).toBeNull();
});

test('a POS that crashed finds its sale by the reference', async () => {
  const { ids } = await page(`reference=${encodeURIComponent('odd & "quoted" 100%')}`);
  expect(ids).toHaveLength(4);
  expect((await page('reference=nobody')).ids).toEqual([]);
});

test('they can be narrowed to an outcome', async () => {
  expect((await page('outcome=cancelled')).ids).toEqual(begun);
  expect((await page('outcome=approved')).ids).toEqual([]);
});
