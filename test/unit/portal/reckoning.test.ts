/** The reckoning of a batch, without a link: how large a settlement may become, and what totals say. */
import { describe, expect, test } from 'vitest';
import { batchLimits, check, linkLimits, words } from '../../../contract/index.ts';
import type { BatchRecord, BatchTotal } from '../../../contract/index.ts';
import { areSameTotals, reckon, type Standing } from '../../../simulator/portal/reckoning.ts';
import { batch, newSale } from './bench.ts';
import { record } from './close.ts';

const most = 9_999_999_999;
const records = (count: number, standing: BatchRecord['standing']) =>
  Array.from({ length: count }, () => record(newSale(most), standing));

const sides = { batch, isSound: true, changedSince: () => false };

test('a settlement of the largest kind fits a frame, and counts what it does not name', () => {
  const held = [...records(700, 'approved'), ...records(400, 'pending')];
  const own = new Map<string, Standing>(
    records(400, 'approved').map(({ transactionId, type, amount }) => [
      transactionId,
      { type, amount },
    ]),
  );
  const differing = held
    .slice(0, 100)
    .map(({ transactionId, type }): [string, Standing] => [
      transactionId,
      { type, amount: { value: most - 1, currency: 'USD' } },
    ]);
  const settlement = reckon({ ...sides, records: held, own: new Map([...own, ...differing]) });
  expect(check(words.settlement.body, settlement)).toMatchObject({ ok: true });
  expect(settlement.differenceCount).toBe(700 + 400);
  expect(settlement.declinedAfterClose).toHaveLength(batchLimits.differencesMost);
  // Base64 makes four bytes of three, and the frame and its signature need some.
  expect(JSON.stringify(settlement).length).toBeLessThan((linkLimits.frameBytes * 3) / 4 - 4_096);
});

describe('totals say what the records do', () => {
  const held = [record(newSale(500)), record(newSale(300), 'pending')];
  const none = { count: 0, value: 0 };
  const told: BatchTotal = {
    ...{ type: 'sale', currency: 'USD' },
    ...{ approved: { count: 1, value: 500 }, pending: { count: 1, value: 300 }, carried: none },
  };
  const nothing: BatchTotal = { ...told, type: 'refund', approved: none, pending: none };

  test.each<[string, BatchTotal[], boolean]>([
    ['alike', [told], true],
    ['with a line of nothing', [told, nothing], true],
    ['of another value', [{ ...told, approved: { count: 1, value: 501 } }], false],
    ['of another count', [{ ...told, carried: { count: 1, value: 0 } }], false],
    ['of another currency', [{ ...told, currency: 'EUR' }], false],
    ['not at all', [], false],
  ])('%s', (_, totals, isSame) => {
    expect(areSameTotals(held, totals)).toBe(isSame);
  });

  test('and those of holds, voids and adjustments have no value', () => {
    const hold: BatchRecord = {
      ...record(newSale(0), 'approved', 'authorization'),
      amount: { value: 700, currency: 'USD' },
    };
    const total = { ...told, type: 'authorization' as const, pending: none };
    expect(areSameTotals([hold], [{ ...total, approved: { count: 1, value: 0 } }])).toBe(true);
  });
});
