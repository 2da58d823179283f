/** Parked transactions, and what is done to approved ones at the portal. */
import { describe, expect, test } from 'vitest';
import { BusyTill, usd } from '../../rigs/busy-till.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const opened = (): BusyTill => new BusyTill(sound);
const by = { userId: 'vera', role: 'manager' };

const park = (busy: BusyTill, transactionId: string): void => {
  const attemptId = busy.attemptOf(transactionId);
  busy.say('transaction.parked', { transactionId, attemptId, responseCode: '91', tries: 10 });
};

describe('a stored sale', () => {
  test('is parked by a person: told, counted, and not decided from here', () => {
    const busy = opened();
    const sale = busy.stored();
    expect(busy.till.cashier.hold(sale, by, 'looks odd')).toMatchObject({ is: 'settled' });
    expect(busy.payment(sale)).toMatchObject({ is: 'held', held: { was: 'stored', by } });
    expect(busy.fact(sale, 'transaction.held')).toMatchObject({ by, reason: 'looks odd' });
    expect([busy.counted(), busy.outcomes()]).toEqual([[1, 4_250], ['held']]);
    busy.want('release', sale);
    expect(busy.payment(sale).is).toBe('stored');
    expect(busy.fact(sale, 'transaction.released')).toMatchObject({ by: { userId: 'local' } });
    busy.decide(sale);
    expect([busy.counted(), busy.net()]).toEqual([[0, 0], 4_250]);
  });

  test('is parked by the portal after so many tries, and released here', () => {
    const busy = opened();
    const sale = busy.stored();
    park(busy, sale);
    const reason = 'the host answered 91 10 times';
    expect(busy.payment(sale)).toMatchObject({ is: 'held', held: { was: 'stored', reason } });
    expect(busy.facts(sale)).toEqual(['transaction.created', 'transaction.stored']);
    expect(busy.counted()).toEqual([1, 4_250]);
    busy.want('release', sale);
    expect(busy.facts(sale).at(-1)).toBe('transaction.released');
    busy.decide(sale, 'declined');
    expect([busy.payment(sale).is, busy.counted()]).toEqual(['forward_declined', [0, 0]]);
  });

  test('is decided while it is parked, if the decision was on its way', () => {
    const busy = opened();
    const sale = busy.stored();
    busy.want('hold', sale);
    busy.decide(sale);
    expect([busy.payment(sale).is, busy.counted(), busy.net()]).toEqual([
      'approved',
      [0, 0],
      4_250,
    ]);
    expect(busy.want('release', sale)).toMatchObject({ code: 'conflict' });
  });

  test('stays parked over a power cut, again and again', () => {
    const busy = opened();
    const sale = busy.stored();
    for (const what of ['hold', 'release', 'hold'] as const) {
      busy.want(what, sale);
      busy.cutPower();
    }
    expect(busy.payment(sale).is).toBe('held');
  });

  test('holds the offline window open: it is the oldest all the same', () => {
    const busy = opened();
    const sale = busy.stored();
    busy.want('hold', sale);
    busy.pass(24 * 3_600_000 + 1);
    expect(busy.payment(busy.stored())).toMatchObject({ reason: 'offline_window_expired' });
  });
});

describe('a follow-up in the log', () => {
  test('is parked and released, and what is unclear of it stays unclear', () => {
    const busy = opened();
    const sale = busy.approved();
    const refund = busy.advised('refund', sale, { amount: usd(1_000) });
    busy.want('hold', refund);
    expect(busy.payment(refund)).toMatchObject({ held: { was: 'advised', wasSent: false } });
    expect(busy.counted()).toEqual([0, 0]);
    busy.want('release', refund);
    expect(busy.payment(refund)).toMatchObject({ is: 'advised', wasSent: false });
    const adjusted = busy.approved();
    const adjustment = busy.follow('adjustment', adjusted, { tipAmount: usd(500) });
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    park(busy, adjustment);
    expect(busy.payment(adjustment)).toMatchObject({ held: { was: 'advised', wasSent: true } });
    busy.decide(adjustment, 'declined');
    expect(busy.payment(adjustment)).toMatchObject({ is: 'declined', by: 'host' });
  });

  test('still counts for its original while it is parked', () => {
    const busy = opened();
    const sale = busy.approved();
    busy.want('hold', busy.advised('refund', sale, { amount: usd(4_000) }));
    expect(busy.try('refund', sale, { amount: usd(251) })).toMatchObject({
      code: 'amount_exceeds_original',
    });
  });
});

test('nothing else can be parked, or released', () => {
  const busy = opened();
  const approved = busy.approved();
  const unknown = busy.present();
  busy.reply({ is: 'no answer', reason: 'no_answer' });
  const sent = busy.present();
  for (const transactionId of [approved, unknown, sent]) {
    for (const what of ['hold', 'release'] as const) {
      expect(busy.want(what, transactionId)).toMatchObject({ code: 'conflict', transactionId });
    }
  }
  expect(busy.want('hold', 'txn_none')).toEqual({ is: 'refused', code: 'not_found' });
});

describe('at the portal', () => {
  test('a sale is voided, and says by whom', () => {
    const busy = opened();
    const sale = busy.approved();
    const change = { transactionId: sale, kind: 'void', amount: usd(4_250), by } as const;
    busy.say('transaction.changed', change);
    expect(busy.payment(sale)).toMatchObject({ is: 'voided', by });
    expect(busy.net()).toBe(0);
    expect(busy.try('refund', sale)).toMatchObject({ code: 'original_not_fit' });
  });

  test('a sale is refunded in parts, and each counts', () => {
    const busy = opened();
    const sale = busy.approved();
    const refund = { transactionId: sale, kind: 'refund', amount: usd(1_000), by } as const;
    busy.say('transaction.changed', refund);
    busy.say('transaction.changed', refund);
    expect(busy.payment(sale)).toMatchObject({
      ...{ is: 'approved', changes: [{ kind: 'refund', amount: usd(1_000), by }, { by }] },
    });
    expect(busy.net()).toBe(2_250);
    expect(busy.try('refund', sale, { amount: usd(2_251) })).toMatchObject({
      code: 'amount_exceeds_original',
    });
    busy.followed('refund', sale);
    expect(busy.net()).toBe(0);
  });

  test('a sale is adjusted, also after it was adjusted here', () => {
    const busy = opened();
    const sale = busy.approved();
    busy.followed('adjustment', sale, { tipAmount: usd(750) });
    const change = { transactionId: sale, kind: 'adjustment', amount: usd(3_000), by } as const;
    busy.say('transaction.changed', change);
    expect(busy.payment(sale)).toMatchObject({ amount: usd(3_000), changes: [{ by }] });
    expect(busy.net()).toBe(3_000);
    const refund = busy.followed('refund', sale);
    expect([busy.found(refund).order.amount, busy.net()]).toEqual([usd(3_000), 0]);
  });

  test('nothing is done to what is not approved, or in another currency', () => {
    const busy = opened();
    const [stored, sale] = [busy.stored(), busy.approved()];
    const amount = { value: 100, currency: 'EUR' };
    busy.say('transaction.changed', { transactionId: stored, kind: 'void', amount: usd(1), by });
    busy.say('transaction.changed', { transactionId: sale, kind: 'refund', amount, by });
    expect([busy.payment(stored).is, busy.net()]).toEqual(['stored', 4_250]);
    const told = busy.ledger.upLog.run(1)?.entries.filter(({ type }) => type === 'word.taken');
    expect(told?.map(({ body }) => body)).toMatchObject([
      { applied: false, note: 'without meaning while stored' },
      { applied: false, note: 'without meaning while approved' },
    ]);
  });
});
