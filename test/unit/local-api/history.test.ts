/** History: pages of transactions, narrowed by what they are, where they stand and when they were begun. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqlite } from '../../../agent/ledger/sqlite.ts';
import { enter } from '../../rigs/open-ledger.ts';
import { idOf, orderOf } from '../../fixtures/payments.ts';
import { openTill, type Till } from './till.ts';

let till: Till;
const minute = (number: number): string => `2026-11-22T10:0${number}:00.000Z`;

beforeAll(async () => {
  till = await openTill();
  enter(till.ledger, orderOf(1, { batch: { name: 'Bar', number: 1 } }));
  enter(till.ledger, orderOf(2, { type: 'authorization' }));
  const follows = { originalTransactionId: idOf('txn', 2) };
  enter(till.ledger, { ...orderOf(3, { type: 'capture' }), ...follows });
  enter(till.ledger, { ...orderOf(4, { type: 'refund' }), ...follows });
  enter(till.ledger, orderOf(5, { batch: { name: 'Bar', number: 2 } }));
  setTimes();
});
afterAll(() => till.close());

/** Each was begun in the minute of its number. */
const setTimes = (): void => {
  const db = openSqlite(join(till.directory, 'ledger.sqlite'));
  const set = db.prepare('UPDATE transactions SET created_at = ? WHERE number = ?');
  for (let number = 1; number <= 6; number += 1) set.run(Date.parse(minute(number)), number);
  db.close();
};

const page = async (query: Record<string, string>) => {
  const search = new URLSearchParams(query).toString();
  const { body } = await till.send(`/v1/transactions?${search}`);
  const rows = body['transactions'] as { transactionId: string }[] | undefined;
  const numbers = rows?.map(({ transactionId }) => Number(transactionId.slice(4)));
  return { numbers, next: body['nextCursor'] as string | null, code: body['code'] };
};

test.each<[Record<string, string>, number[]]>([
  [{ type: 'capture' }, [3]],
  [{ type: 'void' }, []],
  [{ batchName: 'Bar' }, [5, 1]],
  [{ batchName: 'Bar', batchNumber: '2' }, [5]],
  [{ batchNumber: '1' }, [4, 3, 2, 1]],
  [{ originalTransactionId: idOf('txn', 2) }, [4, 3]],
  [{ originalTransactionId: idOf('txn', 2), type: 'refund' }, [4]],
  [{ from: minute(4) }, [5, 4]],
  [{ to: minute(2) }, [1]],
  [{ from: minute(2), to: minute(4) }, [3, 2]],
  [{ from: '2026-11-22T11:04:00+01:00', batchName: 'System' }, [4]],
  [{ from: '2026-11-23T00:00:00Z' }, []],
])('narrowed to %j', async (query, numbers) => {
  expect((await page(query)).numbers).toEqual(numbers);
});

test('a narrowed list has pages too, and a new sale moves none of them', async () => {
  const query = { from: minute(1), to: minute(9), batchNumber: '1', limit: '2' };
  const first = await page(query);
  expect(first.numbers).toEqual([4, 3]);
  enter(till.ledger, orderOf(6));
  setTimes();
  const second = await page({ ...query, cursor: first.next ?? '' });
  expect([second.numbers, second.next]).toEqual([[2, 1], null]);
});

describe('is refused', () => {
  test.each([
    [{ from: '2026-02-30T00:00:00Z' }, 'period_invalid'],
    [{ to: '2026-11-22T25:00:00Z' }, 'period_invalid'],
    [{ from: minute(5), to: minute(4) }, 'period_invalid'],
    [{ from: '2026-11-22' }, 'malformed'],
    [{ type: 'gift' }, 'malformed'],
    [{ batchNumber: '0' }, 'malformed'],
    [{ since: minute(1) }, 'unknown_field'],
  ])('%j as %s', async (query, code) => {
    expect((await page(query as Record<string, string>)).code).toBe(code);
  });
});
