/** What a POS is asked: whether a part will do, and whether it means what looks like a repetition. */
import { describe, expect, test } from 'vitest';
import { BusyTill, usd } from '../../rigs/busy-till.ts';
import { cardRead } from '../../rigs/scripted-reader.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const minuteMs = 60_000;

const isOver = async (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), Promise.resolve().then(() => false)]);

describe('a partial approval', () => {
  const partly = (type: 'sale' | 'authorization' = 'sale') => {
    const busy = new BusyTill(sound);
    const sale = busy.present({ type });
    busy.answer('approved', { responseCode: '10', approvedAmount: usd(2_000) });
    return { busy, sale };
  };

  test('is asked for where the settings allow it, and not for a refund', () => {
    const busy = new BusyTill(sound);
    busy.approved();
    expect(busy.till.host.last().body).toMatchObject({ partialApproval: true });
    busy.approved({ type: 'refund' });
    expect(busy.till.host.last().body).toMatchObject({ partialApproval: false });
    const strict = new BusyTill(sound, { settings: { 'partialApproval.enabled': false } });
    strict.approved();
    expect(strict.till.host.last().body).toMatchObject({ partialApproval: false });
  });

  test('is told with its part, charges nothing yet, and ends the wait of the POS', async () => {
    const busy = new BusyTill(sound);
    const sale = busy.present();
    const wait = busy.till.cashier.answered(sale, minuteMs);
    busy.answer('approved', { responseCode: '10', approvedAmount: usd(2_000) });
    await wait;
    expect(busy.payment(sale)).toMatchObject({ is: 'partially_approved', amount: usd(2_000) });
    expect(busy.fact(sale, 'transaction.partially_approved')).toMatchObject({
      ...{ approvedAmount: usd(2_000), responseCode: '10' },
    });
    expect([busy.net(), busy.counted()]).toEqual([0, [0, 0]]);
    expect(busy.try('refund', sale)).toMatchObject({ code: 'original_not_fit' });
  });

  test('that is accepted is approved for its part, and no more can be given back', () => {
    const { busy, sale } = partly();
    expect(busy.want('accept', sale)).toMatchObject({ is: 'settled' });
    expect(busy.payment(sale)).toMatchObject({ is: 'approved', amount: usd(2_000) });
    expect(busy.fact(sale, 'transaction.finished')).toMatchObject({ amount: usd(2_000) });
    expect(busy.net()).toBe(2_000);
    expect(busy.try('refund', sale, { amount: usd(2_001) })).toMatchObject({
      code: 'amount_exceeds_original',
    });
    busy.pass(2 * minuteMs);
    expect(busy.payment(sale).is).toBe('approved');
    expect(busy.want('reject', sale)).toMatchObject({ code: 'conflict' });
  });

  test('that is rejected is undone as a whole, and its approval never stands', () => {
    const { busy, sale } = partly();
    busy.want('reject', sale);
    expect(busy.payment(sale)).toMatchObject({ is: 'unknown', reason: 'partial_rejected' });
    expect(busy.fact(sale, 'reversal')).toMatchObject({ reason: 'partial_rejected' });
    expect(busy.ledger.attempts.reversing(9)).toMatchObject([{ reason: 'partial_rejected' }]);
    busy.decide(sale);
    expect(busy.payment(sale).is).toBe('unknown');
    busy.undo(sale);
    expect([busy.payment(sale).is, busy.net(), busy.counted()]).toEqual(['reversed', 0, [0, 0]]);
    expect(busy.want('accept', sale)).toMatchObject({ code: 'conflict' });
  });

  test('that nobody answers in time is rejected', () => {
    const { busy, sale } = partly();
    busy.pass(minuteMs - 1);
    expect(busy.payment(sale).is).toBe('partially_approved');
    busy.pass(1);
    expect(busy.payment(sale)).toMatchObject({ is: 'unknown', reason: 'partial_rejected' });
  });

  test('waits anew after a power cut, and is rejected then', () => {
    const { busy, sale } = partly();
    busy.pass(minuteMs - 1);
    busy.cutPower();
    busy.pass(minuteMs - 1);
    expect(busy.payment(sale).is).toBe('partially_approved');
    busy.pass(1);
    expect(busy.payment(sale).is).toBe('unknown');
  });

  test('can be accepted after a power cut', () => {
    const { busy, sale } = partly();
    busy.cutPower();
    busy.want('accept', sale);
    busy.pass(2 * minuteMs);
    expect([busy.payment(sale).is, busy.net()]).toEqual(['approved', 2_000]);
  });

  test('whose answer cannot be written is still asked for, until it can be', () => {
    const { busy, sale } = partly();
    const { db } = busy.till.opened;
    db.pragma('query_only = ON');
    expect(busy.want('accept', sale)).toMatchObject({ code: 'storage_unavailable' });
    busy.pass(minuteMs);
    expect(busy.payment(sale).is).toBe('partially_approved');
    db.pragma('query_only = OFF');
    busy.pass(minuteMs);
    expect(busy.payment(sale).is).toBe('unknown');
  });

  test('of an authorization holds its part, and no more is captured', () => {
    const { busy, sale } = partly('authorization');
    busy.want('accept', sale);
    const capture = busy.followed('capture', sale);
    expect([busy.found(capture).order.amount, busy.net()]).toEqual([usd(2_000), 2_000]);
  });

  test('of a card that paid in part is known when the same is bought again offline', () => {
    const busy = new BusyTill(sound);
    const sale = busy.present({}, 'the card');
    busy.answer('approved', { responseCode: '10', approvedAmount: usd(2_000) });
    busy.want('accept', sale);
    busy.till.host.online = false;
    expect(busy.payment(busy.present({}, 'the card')).is).toBe('challenged');
  });
});

describe('a suspected repetition', () => {
  const suspected = (settings = {}) => {
    const busy = new BusyTill(sound, { settings });
    busy.till.host.online = false;
    const first = busy.present({}, 'the card');
    const second = busy.present({}, 'the card');
    return { busy, first, second };
  };

  test('is asked about; nothing of it is stored, and the reader is free', () => {
    const { busy, second } = suspected();
    expect(busy.payment(second)).toMatchObject({ is: 'challenged', reason: 'duplicate_suspected' });
    expect(busy.facts(second)).toEqual(['transaction.created']);
    expect(busy.counted()).toEqual([1, 4_250]);
    expect(busy.till.posts[0]?.state().is).toBe('ready');
  });

  test('ends the wait of the POS, and every later one at once', async () => {
    const busy = new BusyTill(sound);
    busy.till.host.online = false;
    busy.present({}, 'the card');
    const second = busy.till.sell();
    const wait = busy.till.cashier.answered(second, minuteMs);
    busy.till.reader().read(cardRead('the card'));
    await wait;
    expect(busy.payment(second).is).toBe('challenged');
    expect(await isOver(busy.till.cashier.answered(second, minuteMs))).toBe(true);
  });

  test('that is meant is stored, as every gate but this one lets it', () => {
    const { busy, second } = suspected();
    expect(busy.want('accept', second)).toMatchObject({ is: 'settled' });
    expect([busy.payment(second).is, busy.counted()]).toEqual(['stored', [2, 8_500]]);
    const third = busy.present({}, 'the card');
    busy.want('accept', third);
    expect(busy.payment(third)).toMatchObject({ reason: 'offline_card_velocity_exceeded' });
  });

  test('that is meant goes to the host, if that is there by now', () => {
    const { busy, second } = suspected();
    busy.till.host.online = true;
    busy.want('accept', second);
    expect([busy.payment(second).is, busy.till.host.asked.length]).toEqual(['sent', 1]);
    busy.answer();
    expect([busy.payment(second).is, busy.net()]).toEqual(['approved', 4_250]);
  });

  test('that is meant is not asked about again, when it did not reach the host', () => {
    const { busy, second } = suspected();
    busy.till.host.online = true;
    busy.want('accept', second);
    busy.till.host.online = false;
    busy.reply({ is: 'not sent' });
    expect(busy.payment(second).is).toBe('stored');
  });

  test('that is meant may be stored behind its reversal', () => {
    const { busy, second } = suspected({ 'offline.afterUnknown': true });
    busy.till.host.online = true;
    busy.want('accept', second);
    busy.till.host.online = false;
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    expect(busy.payment(second)).toMatchObject({ is: 'stored' });
    expect(busy.payment(second)).toHaveProperty('afterAttemptId');
  });

  test('that is not meant is declined by the agent', () => {
    const { busy, second } = suspected();
    busy.want('reject', second);
    const reason = 'duplicate_suspected';
    expect(busy.payment(second)).toMatchObject({ is: 'declined', by: 'agent', reason });
    expect(busy.counted()).toEqual([1, 4_250]);
    expect(busy.want('accept', second)).toMatchObject({ code: 'conflict' });
  });

  test('nobody answers for in time is declined, and none sooner', () => {
    const { busy, second } = suspected();
    busy.pass(minuteMs - 1);
    expect(busy.payment(second).is).toBe('challenged');
    busy.pass(1);
    expect(busy.payment(second)).toMatchObject({ reason: 'duplicate_suspected' });
  });

  test('ends with a power cut, a cancellation or the closing: the card is gone', async () => {
    const cut = suspected();
    cut.busy.cutPower();
    expect(cut.busy.payment(cut.second)).toEqual({ is: 'cancelled', reason: 'interrupted' });
    const cancelled = suspected();
    expect(cancelled.busy.till.cashier.cancel(cancelled.second).is).toBe('cancelled');
    const closed = suspected();
    await closed.busy.till.cashier.close();
    expect(closed.busy.payment(closed.second)).toMatchObject({ reason: 'interrupted' });
    for (const { busy } of [cut, cancelled, closed]) expect(busy.findings()).toEqual([]);
  });

  test('whose answer cannot be written is not said to go on, and is ended when it can be', () => {
    const { busy, second } = suspected();
    const { db } = busy.till.opened;
    db.pragma('query_only = ON');
    expect(busy.want('accept', second)).toMatchObject({ code: 'storage_unavailable' });
    db.pragma('query_only = OFF');
    busy.pass(5_000);
    expect(busy.payment(second)).toEqual({ is: 'cancelled', reason: 'interrupted' });
    expect(busy.counted()).toEqual([1, 4_250]);
  });
});

test('what nobody asked cannot be answered', () => {
  const busy = new BusyTill(sound);
  const sale = busy.approved();
  for (const what of ['accept', 'reject'] as const) {
    expect(busy.want(what, sale)).toMatchObject({
      ...{ code: 'conflict', detail: 'The transaction is approved.' },
    });
    expect(busy.want(what, 'txn_none')).toEqual({ is: 'refused', code: 'not_found' });
  }
});
