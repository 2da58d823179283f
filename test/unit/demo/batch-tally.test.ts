/** The batch of the demo's day: both sides tallied alike, and whatever differs between them said. */
import { expect, test } from 'vitest';
import type { BatchAnswer } from '../../../agent/local-api/batches.ts';
import {
  batchDifferences,
  batchOfAgent,
  batchOfPortal,
} from '../../../simulator/demo/batch-tally.ts';

const sum = (count: number, value: number) => ({ count, value });
const closed: BatchAnswer = {
  ...{ batchId: 'System-3', batchName: 'System', batchNumber: 3 },
  ...{ state: 'closed', outcome: 'agreed', count: 4, openedAt: '2026-11-22T08:00:00.000Z' },
  net: [{ currency: 'USD', value: 4_000 }],
  totals: [
    {
      ...{ type: 'refund', currency: 'USD', approved: sum(1, 500) },
      ...{ pending: sum(0, 0), carried: sum(0, 0) },
    },
    {
      ...{ type: 'sale', currency: 'USD', approved: sum(1, 3_500) },
      ...{ pending: sum(1, 1_000), carried: sum(1, 900) },
    },
  ],
};
const batch = { name: 'System', number: 3 };
const settled = {
  ...{ device: 'shop/till', closed: null },
  settlement: {
    ...{ batch, outcome: 'agreed' as const, settled: [{ currency: 'USD', value: 4_000 }] },
    ...{ differences: [], differenceCount: 0, declinedAfterClose: [] },
  },
  own: [
    { type: 'sale' as const, currency: 'USD', count: 2, value: 4_500 },
    { type: 'refund' as const, currency: 'USD', count: 1, value: 500 },
  ],
};

test('both sides count what is approved or pending, and not what was carried', () => {
  const tally = {
    ...{ outcome: 'agreed', number: 3, amounts: { USD: 4_000 } },
    counts: { sale: 2, refund: 1 },
  };
  expect(batchOfAgent(closed)).toEqual(tally);
  expect(batchOfPortal(settled)).toEqual(tally);
  expect(batchDifferences(tally, tally)).toEqual([]);
});

test.each([
  ['outcome', { outcome: 'not_agreed' }, 'batch outcome: agent agreed, portal not_agreed'],
  ['number', { number: 4 }, 'batch number: agent 3, portal 4'],
  ['counts', { counts: { sale: 1 } }, /^batch counts: agent .+, portal \[\["sale",1\]\]$/],
  ['amounts', { amounts: {} }, /^batch amounts: agent .+, portal \[\]$/],
])('another %s is a difference', (_, differently, said) => {
  const agent = batchOfAgent(closed);
  const differences = batchDifferences(agent, { ...batchOfPortal(settled), ...differently });
  expect(differences).toEqual([expect.stringMatching(said)]);
});

test('a batch both sides do not agree about, or nobody has settled, is a difference', () => {
  const disagreed = { ...batchOfAgent(closed), outcome: 'not_agreed' };
  expect(batchDifferences(disagreed, disagreed)).toEqual(['the batch is not_agreed']);
  expect(batchOfPortal(undefined)).toMatchObject({ outcome: null, counts: {} });
});
