/** Follow-ups at the host: each needs an original that stands, and does to it what it says, once. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TransactionType } from '../../../contract/index.ts';
import { openHost, type Host, type HostRequest } from '../../../simulator/portal/host.ts';
import { newSale, world } from './bench.ts';

let host: Host;
beforeEach(() => {
  host = openHost({ database: ':memory:', clock: world.clock });
});
afterEach(() => host.close());

const device = 'c/d';

const begin = (type: TransactionType, value: number): HostRequest => ({
  ...{ device, transactionId: newSale().transactionId, attemptId: newSale().attemptId, type },
  ...{ amount: { value, currency: 'USD' }, way: 'live', partialApproval: false },
});

const about = (type: TransactionType, on: HostRequest, value: number): HostRequest => ({
  ...begin(type, value),
  originalTransactionId: on.transactionId,
});

const approved = (request: HostRequest): HostRequest => {
  expect(host.decide(request)).toMatchObject({ is: 'approved' });
  return request;
};

const declined = (request: HostRequest, responseCode: string): void => {
  expect(host.decide(request)).toMatchObject({ is: 'declined', responseCode });
};

const net = () => host.totals().netByCurrency['USD'] ?? 0;

const notCaptured = { is: 'declined', responseCode: '12', reason: 'original_not_captured' };

describe('the merchant’s money', () => {
  test('is sales and captures less refunds; holds, voids and adjustments add none', () => {
    const [sale, hold] = [approved(begin('sale', 1_000)), approved(begin('authorization', 700))];
    approved(about('capture', hold, 800));
    const refund = approved(about('refund', sale, 300));
    approved(begin('refund', 200));
    expect(net()).toBe(1_000 + 800 - 300 - 200);
    const values = host
      .transactions(9)
      .map(({ transactionId, netApprovedValue }) => [transactionId, netApprovedValue] as const);
    expect(new Map(values).get(refund.transactionId)).toBe(-300);
    expect(new Map(values).get(hold.transactionId)).toBe(0);
  });

  test('is what an adjustment says, and the transaction shows both values', () => {
    const sale = approved(begin('sale', 1_000));
    const adjustment = about('adjustment', sale, 1_200);
    approved(adjustment);
    approved(adjustment);
    expect(net()).toBe(1_200);
    const shown = host.transactions(9).find((one) => one.transactionId === sale.transactionId);
    expect(shown?.attempts).toMatchObject([{ approvedValue: 1_000, standingValue: 1_200 }]);
  });
});

describe('without an original that stands approved', () => {
  const types = ['capture', 'refund', 'void', 'adjustment'] as const;
  test.each(types)('a %s is declined, and says why, however often it is asked', (type) => {
    const [unheard, refused] = [begin('sale', 100), begin('sale', 105)];
    host.decide(refused);
    const first = about(type, unheard, 100);
    expect(host.decide(first)).toMatchObject(notCaptured);
    expect(host.decide(about(type, refused, 100))).toMatchObject(notCaptured);
    host.decide({ ...unheard });
    expect(host.decide(first)).toMatchObject(notCaptured);
  });

  const rows: [TransactionType, TransactionType][] = [
    ['capture', 'sale'],
    ['refund', 'authorization'],
    ['adjustment', 'authorization'],
    ['adjustment', 'refund'],
    ['refund', 'refund'],
  ];
  test.each(rows)('a %s is not about a %s', (type, of) => {
    expect(host.decide(about(type, approved(begin(of, 100)), 100))).toMatchObject(notCaptured);
  });

  test('of another device nothing is touched', () => {
    const sale = approved(begin('sale', 100));
    const theft = { ...about('refund', sale, 100), device: 'c/other' };
    expect(host.decide(theft)).toMatchObject(notCaptured);
    expect(net()).toBe(100);
  });
});

describe('a refund', () => {
  test('never sums past what stands', () => {
    const sale = approved(begin('sale', 1_000));
    approved(about('refund', sale, 600));
    declined(about('refund', sale, 401), '61');
    approved(about('refund', sale, 400));
    declined(about('refund', sale, 1), '61');
    expect(net()).toBe(0);
  });

  test('that is reversed leaves room for another', () => {
    const sale = approved(begin('sale', 1_000));
    const refund = approved(about('refund', sale, 1_000));
    expect(host.reverse(device, refund)).toBe('reversed');
    approved(about('refund', sale, 1_000));
    expect(net()).toBe(0);
  });

  test('goes with its sale when that is reversed', () => {
    const sale = approved(begin('sale', 1_000));
    approved(about('refund', sale, 300));
    expect(host.reverse(device, sale)).toBe('reversed');
    expect(net()).toBe(0);
  });

  test('in another currency is declined', () => {
    const sale = approved(begin('sale', 1_000));
    declined({ ...about('refund', sale, 10), amount: { value: 10, currency: 'JPY' } }, '58');
  });

  test('leaves no room for an adjustment below it', () => {
    const sale = approved(begin('sale', 1_000));
    approved(about('refund', sale, 600));
    declined(about('adjustment', sale, 599), '61');
    approved(about('adjustment', sale, 600));
  });
});

describe('a capture', () => {
  test.each([
    [120, '00'],
    [121, '61'],
    [1, '00'],
  ])('of %i percent of the hold is answered with %s', (percent, code) => {
    const hold = approved(begin('authorization', 10_000));
    expect(host.decide(about('capture', hold, percent * 100))).toMatchObject({
      responseCode: code,
    });
  });

  test('of half that was approved counts from the half', () => {
    const hold = { ...begin('authorization', 1_010), partialApproval: true };
    expect(host.decide(hold)).toMatchObject({ approved: { value: 505 } });
    declined(about('capture', hold, 1_000), '61');
    approved(about('capture', hold, 606));
  });

  test('stands once for each hold; reversed or voided, it makes room', () => {
    const hold = approved(begin('authorization', 1_000));
    const first = approved(about('capture', hold, 1_000));
    declined(about('capture', hold, 1_000), '58');
    host.reverse(device, first);
    const second = approved(about('capture', hold, 900));
    approved(about('void', second, 900));
    approved(about('capture', hold, 800));
    expect(net()).toBe(800);
  });

  test('stands when its hold is given up afterwards', () => {
    const hold = approved(begin('authorization', 1_000));
    approved(about('capture', hold, 1_000));
    expect(host.reverse(device, hold)).toBe('reversed');
    expect(net()).toBe(1_000);
  });
});

describe('a void', () => {
  const types = ['sale', 'authorization', 'refund'] as const;
  test.each(types)('undoes a %s, once, whatever the amount ends in', (type) => {
    const on = approved(begin(type, 1_000));
    const undo = about('void', on, 1_005);
    expect(host.decide(undo)).toEqual(host.decide(undo));
    expect(host.decide(undo)).toMatchObject({ is: 'approved', responseCode: '00' });
    expect(host.stateOf(device, on.attemptId)).toBe('voided');
    expect(host.decide(on)).toEqual({ is: 'undone' });
    expect(host.reverse(device, on)).toBe('reversed');
    expect(host.decide(about('void', on, 1_000))).toMatchObject(notCaptured);
    expect(net()).toBe(0);
  });

  test('of a sale with a refund on it is refused, and of a hold that was captured', () => {
    const [sale, hold] = [approved(begin('sale', 900)), approved(begin('authorization', 700))];
    const refund = approved(about('refund', sale, 100));
    approved(about('capture', hold, 700));
    declined(about('void', sale, 900), '58');
    declined(about('void', hold, 700), '58');
    approved(about('void', refund, 100));
    approved(about('void', sale, 900));
    expect(net()).toBe(700);
  });

  test('is not undone by a reversal: it is asked for again until it is answered', () => {
    const sale = approved(begin('sale', 900));
    const undo = approved(about('void', sale, 900));
    expect(host.reverse(device, undo)).toBe('not_approved');
    expect(net()).toBe(0);
  });
});

describe('a stored transaction that is taken back', () => {
  test('before it came is never approved any more', () => {
    const sale = begin('sale', 500);
    expect([host.withdraw(device, sale), host.withdraw(device, sale)]).toEqual([
      ...['never_sent', 'never_sent'],
    ]);
    expect(host.decide(sale)).toEqual({ is: 'undone' });
  });

  test('after it was approved is undone, with what was given back of it', () => {
    const sale = approved(begin('sale', 500));
    approved(about('refund', sale, 200));
    expect([host.withdraw(device, sale), host.withdraw(device, sale)]).toEqual([
      ...['undone', 'undone'],
    ]);
    expect(net()).toBe(0);
  });
});

describe('the test amounts', () => {
  const types = ['capture', 'refund', 'adjustment'] as const;
  test.each(types)('decide a %s too, and never approve half of it', (type) => {
    const of = () => approved(begin(type === 'capture' ? 'authorization' : 'sale', 10_000));
    declined(about(type, of(), 9_951), '51');
    declined({ ...about(type, of(), 9_910), partialApproval: true }, '10');
    expect(host.decide({ ...about(type, of(), 9_991), way: 'forwarded' })).toMatchObject({
      is: 'try again',
    });
  });

  test('approve half of a hold when the request takes that', () => {
    const hold = { ...begin('authorization', 1_010), partialApproval: true };
    expect(host.decide(hold)).toMatchObject({ is: 'approved', approved: { value: 505 } });
    expect(host.decide({ ...begin('refund', 1_010), partialApproval: true })).toMatchObject({
      is: 'declined',
    });
  });
});
