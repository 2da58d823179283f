/** Money at risk: what a follow-up that cannot ask the host has to pass, and what of it counts (I4). */
import { describe, expect, test } from 'vitest';
import { bootsUntrustedMax } from '../../../agent/ledger/clock-trust.ts';
import { BusyTill, usd } from '../../rigs/busy-till.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const opened = (settings: Readonly<Record<string, unknown>> = {}): BusyTill =>
  new BusyTill(sound, { settings });
const hourMs = 3_600_000;

/** What became of a follow-up: the reason it was refused with, or its state. */
const fateOf = (busy: BusyTill, transactionId: string): string => {
  const payment = busy.payment(transactionId);
  return payment.is === 'declined' ? payment.reason : payment.is;
};

const types = ['refund', 'adjustment', 'capture', 'void'] as const;
type Type = (typeof types)[number];
const wishOf = (type: Type) => (type === 'adjustment' ? { tipAmount: usd(500) } : {});
const originalOf = (busy: BusyTill, type: Type): string =>
  busy.approved({ type: type === 'capture' ? 'authorization' : 'sale' });

/** Settings under which a gate is closed, and what has to happen before it is. */
const closing: readonly (readonly [string, object, (busy: BusyTill) => void])[] = [
  ['offline_disabled', { 'offline.enabled': false }, () => undefined],
  [
    'offline_window_expired',
    { 'offline.windowHours': 1 },
    (busy) => {
      busy.stored();
      busy.pass(hourMs + 1);
    },
  ],
  [
    'reader_stale',
    { 'offline.staleAfterDays': 1 },
    (busy) => {
      busy.pass(24 * hourMs + 1);
    },
  ],
];

describe.each(closing)('while it is %s', (gate, settings, happens) => {
  test.each(['refund', 'adjustment', 'capture'] as const)(
    'a %s that cannot ask the host is refused, and tells its original nothing',
    (type) => {
      const busy = opened(settings as Readonly<Record<string, unknown>>);
      const original = originalOf(busy, type);
      const before = busy.payment(original);
      happens(busy);
      const counted = busy.counted();
      const followUp = busy.advised(type, original, wishOf(type));
      expect(fateOf(busy, followUp)).toBe(gate);
      expect(busy.facts(followUp)).toEqual(['transaction.created', 'transaction.finished']);
      expect([busy.payment(original), busy.counted()]).toEqual([before, counted]);
    },
  );

  test.each(['refund', 'adjustment', 'capture'] as const)('so is a %s that never left', (type) => {
    const busy = opened(settings as Readonly<Record<string, unknown>>);
    const original = originalOf(busy, type);
    happens(busy);
    const followUp = busy.follow(type, original, wishOf(type));
    busy.reply({ is: 'not sent' });
    expect(fateOf(busy, followUp)).toBe(gate);
  });

  test.each(['adjustment', 'capture', 'void'] as const)(
    'a %s that was sent and got no answer is told again all the same',
    (type) => {
      const busy = opened(settings as Readonly<Record<string, unknown>>);
      const original = originalOf(busy, type);
      happens(busy);
      const followUp = busy.follow(type, original, wishOf(type));
      busy.reply({ is: 'no answer', reason: 'no_answer' });
      expect(busy.payment(followUp)).toMatchObject({ is: 'advised', wasSent: true });
    },
  );

  test('a void passes: it lowers what is at risk', () => {
    const busy = opened(settings as Readonly<Record<string, unknown>>);
    const original = originalOf(busy, 'void');
    happens(busy);
    expect(fateOf(busy, busy.advised('void', original))).toBe('advised');
  });

  test.each(types)('a %s asks the host as ever, where that can be asked', (type) => {
    const busy = opened(settings as Readonly<Record<string, unknown>>);
    const original = originalOf(busy, type);
    happens(busy);
    expect(fateOf(busy, busy.follow(type, original, wishOf(type)))).toBe('sent');
  });
});

describe('the gates of a follow-up', () => {
  test('are tried in the order of the contract', () => {
    const settings = { 'offline.enabled': false, 'offline.staleAfterDays': 1 };
    const busy = opened(settings);
    const sale = busy.approved();
    busy.pass(24 * hourMs + 1);
    expect(fateOf(busy, busy.advised('refund', sale, { offline: 'forbid' }))).toBe(
      'offline_disabled',
    );
    const open = opened({ 'offline.staleAfterDays': 1 });
    const other = open.approved();
    open.pass(24 * hourMs + 1);
    expect(fateOf(open, open.advised('refund', other, { offline: 'forbid' }))).toBe(
      'offline_forbidden',
    );
  });

  test('look at the clock', () => {
    const busy = opened();
    const sale = busy.approved();
    busy.ledger.commit(() => busy.ledger.meta.set('bootsUntrusted', bootsUntrustedMax + 1));
    expect(busy.ledger.clock.doubtful()).toBe(true);
    expect(fateOf(busy, busy.advised('refund', sale))).toBe('clock_untrusted');
  });

  test('stop what waits behind a stored sale too, the host being there', () => {
    const busy = opened({ 'offline.windowHours': 1 });
    const sale = busy.stored();
    busy.pass(hourMs);
    const first = busy.follow('adjustment', sale, { tipAmount: usd(100) });
    expect(fateOf(busy, first)).toBe('advised');
    busy.pass(1);
    const second = busy.follow('adjustment', sale, { tipAmount: usd(200) });
    expect(fateOf(busy, second)).toBe('offline_window_expired');
  });

  test('leave out what was looked at when the card was read', () => {
    const settings = {
      ...{ 'offline.countLimit': 0, 'offline.entryModes': ['chip'], 'offline.excludedBins': ['4'] },
      'offline.brandAmountLimit': { visa: { default: '0.00' } },
    };
    const busy = opened(settings);
    const sale = busy.approved();
    expect(fateOf(busy, busy.advised('adjustment', sale, { tipAmount: usd(500) }))).toBe('advised');
  });
});

describe('the money an adjustment adds', () => {
  const limits = (amount: string, total: string) => ({
    ...{ 'offline.amountLimit': { default: amount }, 'offline.totalLimit': { default: total } },
    ...{ 'offline.cardVelocity': 99, 'tip.limitPercent': 1_000 },
  });

  test.each([
    ['all of the limit', 5_750, 'advised'],
    ['one more', 5_751, 'offline_total_exceeded'],
  ] as const)('of %s, with what the sale has at risk itself', (_what, tip, fate) => {
    const busy = opened(limits('100.00', '100.00'));
    const sale = busy.stored();
    expect(busy.counted()).toEqual([1, 4_250]);
    const adjustment = busy.advised('adjustment', sale, { tipAmount: usd(tip) });
    expect(fateOf(busy, adjustment)).toBe(fate);
    expect(busy.counted()).toEqual(fate === 'advised' ? [2, 10_000] : [1, 4_250]);
  });

  test.each([
    [2_000, 'advised'],
    [2_001, 'offline_amount_exceeded'],
  ] as const)('of %i is measured by itself, not with the sale', (tip, fate) => {
    const busy = opened(limits('20.00', '1000.00'));
    const sale = busy.approved();
    expect(fateOf(busy, busy.advised('adjustment', sale, { tipAmount: usd(tip) }))).toBe(fate);
  });

  test('leaves no room for another sale', () => {
    const busy = opened(limits('100.00', '100.00'));
    const sale = busy.approved();
    busy.advised('adjustment', sale, { tipAmount: usd(6_000) });
    expect(busy.counted()).toEqual([1, 6_000]);
    expect(fateOf(busy, busy.stored())).toBe('offline_total_exceeded');
    expect(fateOf(busy, busy.stored({ amount: usd(4_000) }))).toBe('stored');
  });

  test.each(['approved', 'declined'] as const)('counts until it is %s', (result) => {
    const busy = opened();
    const sale = busy.approved();
    const adjustment = busy.advised('adjustment', sale, { tipAmount: usd(500) });
    expect(busy.counted()).toEqual([1, 500]);
    busy.want('hold', adjustment);
    expect(busy.counted()).toEqual([1, 500]);
    busy.want('release', adjustment);
    busy.decide(adjustment, result);
    expect(busy.counted()).toEqual([0, 0]);
  });

  test('counts also where its answer never came, and after a power cut', () => {
    const busy = opened();
    const sale = busy.approved();
    busy.follow('adjustment', sale, { tipAmount: usd(500) });
    expect(busy.counted()).toEqual([0, 0]);
    busy.cutPower();
    expect(busy.counted()).toEqual([1, 500]);
  });

  test('one after the other is no more than the most it may come to', () => {
    const busy = opened();
    const sale = busy.stored();
    for (const [tip, total] of [
      [500, 4_750],
      [800, 5_050],
      [800, 5_050],
      [200, 5_050],
    ] as const) {
      busy.advised('adjustment', sale, { tipAmount: usd(tip) });
      expect(busy.counted()[1]).toBe(total);
    }
  });

  test('is nothing where it makes the sale smaller: limits that are reached do not stop it', () => {
    const busy = opened({ 'offline.totalLimit': { default: '42.50' } });
    const sale = busy.stored();
    const smaller = busy.advised('adjustment', sale, { amount: usd(4_000) });
    expect([fateOf(busy, smaller), busy.counted()]).toEqual(['advised', [1, 4_250]]);
  });
});

describe('the money of a capture', () => {
  test('counts only beyond what is held', () => {
    const busy = opened({ 'authorization.captureTolerancePercent': 20 });
    const authorization = busy.approved({ type: 'authorization' });
    const capture = busy.advised('capture', authorization, { amount: usd(4_500) });
    expect(busy.counted()).toEqual([1, 250]);
    busy.decide(capture);
    expect([busy.counted(), busy.net()]).toEqual([[0, 0], 4_500]);
  });

  test('is not counted twice where its hold is only stored', () => {
    const busy = opened();
    const authorization = busy.stored({ type: 'authorization' });
    const capture = busy.advised('capture', authorization);
    expect([fateOf(busy, capture), busy.counted()]).toEqual(['advised', [1, 4_250]]);
    busy.decide(authorization);
    expect(busy.counted()).toEqual([0, 0]);
  });

  test('beyond what is held may not pass the limits', () => {
    const busy = opened({
      'offline.totalLimit': { default: '2.49' },
      'authorization.captureTolerancePercent': 20,
    });
    const authorization = busy.approved({ type: 'authorization' });
    const wish = { amount: usd(4_500) };
    expect(fateOf(busy, busy.advised('capture', authorization, wish))).toBe(
      'offline_total_exceeded',
    );
    expect(fateOf(busy, busy.advised('capture', authorization))).toBe('advised');
  });
});

test('a refund that waits counts nothing, and lowers nothing', () => {
  const busy = opened({ 'offline.totalLimit': { default: '42.50' } });
  busy.stored();
  const sale = busy.approved();
  const refund = busy.advised('refund', sale);
  expect([fateOf(busy, refund), busy.counted()]).toEqual(['advised', [1, 4_250]]);
});
