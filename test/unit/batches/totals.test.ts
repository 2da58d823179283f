/** Totals: what of a transaction counts, where, and with how much. */
import { expect, test } from 'vitest';
import {
  transactionTypes,
  type RecordStanding,
  type TransactionType,
} from '../../../contract/index.ts';
import { fullBy } from '../../../agent/batches/fullness.ts';
import { isUndecided, standingOf, type State } from '../../../agent/batches/standing.ts';
import {
  countOf,
  digestOf,
  netOf,
  pagesOf,
  recordsOf,
  totalsOf,
  totalsSoFar,
  type Entered,
} from '../../../agent/batches/totals.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { idOf } from '../../fixtures/payments.ts';

const entered = (number: number, state: string, differently: Partial<Entered> = {}): Entered => ({
  ...{ transactionId: idOf('txn', number), type: 'sale', currency: 'USD' },
  ...{ state: state as State, amount: 1_000, charged: state === 'approved' ? 1_000 : 0 },
  ...differently,
});

test.each([
  ['created', 'under way', false],
  ['awaiting_card', 'under way', false],
  ['challenged', 'under way', false],
  ['sent', 'under way', false],
  ['partially_approved', 'under way', false],
  ['stored', 'pending', true],
  ['advised', 'pending', true],
  ['void_pending', 'pending', true],
  ['unknown', 'carried', true],
  ['held', 'carried', false],
  ['approved', 'approved', false],
  ['declined', 'none', false],
  ['reversed', 'none', false],
  ['voided', 'none', false],
  ['cancelled', 'none', false],
  ['forward_declined', 'none', false],
] as const)('%s stands as %s; a close waits a while for it: %s', (state, standing, waits) => {
  expect([standingOf(state), isUndecided(state)]).toEqual([standing, waits]);
});

test('an approved transaction counts with what it stands for, an open one with what was ordered', () => {
  const records = recordsOf([
    entered(1, 'approved', { amount: 1_000, charged: 600 }),
    entered(2, 'approved', { type: 'refund', charged: 300 }),
    entered(3, 'stored', { amount: 250 }),
    entered(4, 'unknown', { type: 'capture', amount: 90 }),
  ]);
  expect(records.map(({ standing, amount }) => [standing, amount.value])).toEqual([
    ...[
      ['approved', 600],
      ['approved', 300],
      ['pending', 250],
      ['carried', 90],
    ],
  ]);
});

test.each(['authorization', 'void', 'adjustment'] as const)(
  'an %s is counted, with an amount of nothing',
  (type) => {
    const entries = ['approved', 'advised', 'unknown'].map((state, place) =>
      entered(place, state, { type, amount: 500, charged: 0 }),
    );
    const [total] = totalsOf(recordsOf(entries));
    const one = { count: 1, value: 0 };
    expect(total).toEqual({ type, currency: 'USD', approved: one, pending: one, carried: one });
  },
);

test('totals are by type and currency, in the order of the types', () => {
  const types: TransactionType[] = ['refund', 'sale', 'sale', 'void'];
  const entries = types.map((type, place) =>
    entered(place, 'approved', { type, currency: place === 2 ? 'EUR' : 'USD' }),
  );
  const totals = totalsOf(recordsOf(entries));
  expect(totals.map(({ type, currency }) => `${type} ${currency}`)).toEqual([
    ...['sale EUR', 'sale USD', 'refund USD', 'void USD'],
  ]);
  expect(countOf(totals)).toBe(4);
});

test('what a batch comes to is sales and captures less refunds, approved and pending', () => {
  const of = (number: number, type: TransactionType, state: string, value: number) =>
    entered(number, state, { type, amount: value, charged: state === 'approved' ? value : 0 });
  const totals = totalsOf(
    recordsOf([
      of(1, 'sale', 'approved', 1_000),
      of(2, 'capture', 'stored', 200),
      of(3, 'refund', 'advised', 1_500),
      of(4, 'sale', 'unknown', 9_999),
      of(5, 'authorization', 'approved', 700),
    ]),
  );
  expect(netOf(totals)).toEqual([{ value: -300, currency: 'USD' }]);
});

test('added up in portions the totals are the same as one by one', () => {
  const states = ['approved', 'stored', 'unknown', 'declined', 'sent', 'held'];
  const entries = transactionTypes.flatMap((type, place) =>
    states.map((state, number) => entered(place * 10 + number, state, { type })),
  );
  const portions = entries.map((entry) => ({ ...entry, count: 1 }));
  expect(totalsSoFar(portions)).toEqual(totalsOf(recordsOf(entries)));
});

const recordsIn = (...standings: RecordStanding[]) =>
  standings.map((standing, place) => ({
    ...{ transactionId: idOf('txn', 9 - place), type: 'sale' as const, standing },
    amount: { value: 1, currency: 'USD' },
  }));

test('the digest is over the sorted ids of what is approved or pending, each ended by a line feed', () => {
  const records = recordsIn('approved', 'carried', 'pending');
  expect(digestOf(records, sha256)).toBe(sha256(`${idOf('txn', 7)}\n${idOf('txn', 9)}\n`));
  expect(digestOf([], sha256)).toBe(sha256(''));
});

test.each([
  [0, []],
  [1, [1]],
  [300, [300]],
  [301, [300, 1]],
  [900, [300, 300, 300]],
])('%i records travel in pages of %j', (count, pages) => {
  const records = Array.from({ length: count }, () => recordsIn('approved')).flat();
  expect(pagesOf(records).map(({ length }) => length)).toEqual(pages);
});

test.each([
  ['never, without limits', 0, {}, undefined],
  ['at its count, inclusive', 3, {}, 'count'],
  ['not below its count', 4, {}, undefined],
  ['at its amount, inclusive', 0, { USD: '30.00' }, 'amount'],
  ['not below its amount', 0, { USD: '30.01' }, undefined],
  ['not by the amount of another currency', 0, { EUR: '1.00' }, undefined],
  ['by the amount of every other currency', 0, { EUR: '99.00', default: '30.00' }, 'amount'],
  ['not at an amount of nothing', 0, { default: '0' }, undefined],
] as const)('a batch is full %s', (_when, closeAtCount, closeAtAmount, full) => {
  const states = ['approved', 'approved', 'stored', 'unknown', 'held', 'declined', 'sent'];
  const portions = states.map((state, place) => ({ ...entered(place, state), count: 1 }));
  const limits = { 'batch.closeAtCount': closeAtCount, 'batch.closeAtAmount': closeAtAmount };
  expect(fullBy(portions, limits)).toBe(full);
});
