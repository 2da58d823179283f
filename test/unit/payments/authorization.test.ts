/** Authorizations: how long they hold money, what takes it, and how it is given back, once. */
import { describe, expect, test } from 'vitest';
import { BusyTill, usd } from '../../rigs/busy-till.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const opened = (): BusyTill => new BusyTill(sound);
const authorize = (busy: BusyTill): string => busy.approved({ type: 'authorization' });

/** Authorizations that hold money now. */
const holding = ({ till }: BusyTill): unknown[] =>
  till.opened.db
    .prepare('SELECT transaction_id FROM transactions WHERE holding_since NOT NULL ORDER BY number')
    .pluck()
    .all();

describe('an authorization', () => {
  test('holds money from its approval on, and charges nothing', () => {
    const busy = opened();
    const first = busy.present({ type: 'authorization' });
    expect(holding(busy)).toEqual([]);
    busy.pass(1_000);
    busy.answer();
    expect([holding(busy), busy.net()]).toEqual([[first], 0]);
    busy.pass(1_000);
    const second = authorize(busy);
    expect(holding(busy)).toEqual([first, second]);
    const { transactions, elapsed } = busy.ledger;
    expect(transactions.holdingSince(elapsed.now() - 1_000, 99)).toHaveLength(1);
    expect(transactions.holdingSince(elapsed.now(), 1)).toHaveLength(1);
    expect(transactions.holdingSince(elapsed.now() - 1_001, 99)).toEqual([]);
  });

  test('that was stored holds it from its decision on', () => {
    const busy = opened();
    const [stored, declined] = [1, 2].map(() => busy.stored({ type: 'authorization' }));
    expect(holding(busy)).toEqual([]);
    busy.decide(stored!);
    busy.decide(declined!, 'declined');
    expect(holding(busy)).toEqual([stored]);
  });

  test('that is declined, unknown or a sale holds nothing', () => {
    const busy = opened();
    busy.approved();
    busy.present({ type: 'authorization' });
    busy.answer('declined');
    busy.present({ type: 'authorization' });
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    expect(holding(busy)).toEqual([]);
  });

  test('that is captured holds nothing, and its capture is what is charged', () => {
    const busy = opened();
    const authorization = authorize(busy);
    const capture = busy.followed('capture', authorization, { amount: usd(4_000) });
    expect([holding(busy), busy.net()]).toEqual([[], 4_000]);
    expect(busy.try('capture', authorization)).toMatchObject({ code: 'original_not_fit' });
    busy.followed('refund', capture, { amount: usd(1_000) });
    expect(busy.net()).toBe(3_000);
  });

  test('whose capture is declined, or waits, still holds it', () => {
    const busy = opened();
    const authorization = authorize(busy);
    busy.follow('capture', authorization);
    busy.answer('declined');
    expect(holding(busy)).toEqual([authorization]);
    const waiting = busy.advised('capture', authorization);
    expect(holding(busy)).toEqual([authorization]);
    busy.decide(waiting);
    expect([holding(busy), busy.net()]).toEqual([[], 4_250]);
  });

  test('whose capture is voided holds it again, and may be captured again', () => {
    const busy = opened();
    const authorization = authorize(busy);
    const capture = busy.followed('capture', authorization);
    busy.followed('void', capture);
    expect([holding(busy), busy.net()]).toEqual([[authorization], 0]);
    busy.followed('capture', authorization, { amount: usd(100) });
    expect([holding(busy), busy.net()]).toEqual([[], 100]);
  });

  test('that is voided, here or at the portal, holds nothing', () => {
    const busy = opened();
    const [here, there] = [authorize(busy), authorize(busy)];
    busy.followed('void', here);
    const by = { userId: 'vera' };
    busy.say('transaction.changed', { transactionId: there, kind: 'void', amount: usd(4_250), by });
    expect([holding(busy), busy.net()]).toEqual([[], 0]);
  });
});

describe('giving it back', () => {
  test('is one reversal, which no approval told before stands against', () => {
    const busy = opened();
    const authorization = authorize(busy);
    expect(busy.till.cashier.expire(authorization)).toBe(true);
    expect(busy.payment(authorization)).toMatchObject({
      ...{ is: 'unknown', reason: 'authorization_expired' },
    });
    expect([holding(busy), busy.counted(), busy.net()]).toEqual([[], [0, 0], 0]);
    const { attempts } = busy.ledger;
    expect(attempts.reversing(9)).toMatchObject([{ reason: 'authorization_expired' }]);
    expect(busy.till.cashier.expire(authorization)).toBe(false);
    expect(busy.facts(authorization).filter((fact) => fact === 'reversal')).toHaveLength(1);
    busy.decide(authorization);
    busy.undo(authorization);
    expect([busy.payment(authorization).is, attempts.reversingCount()]).toEqual(['reversed', 0]);
    expect(busy.try('capture', authorization)).toMatchObject({ code: 'original_not_fit' });
    sound(busy);
  });

  test('is an attempt to be reversed, also of one that was stored first', () => {
    const busy = opened();
    const authorization = busy.stored({ type: 'authorization' });
    busy.decide(authorization);
    busy.till.cashier.expire(authorization);
    expect(busy.ledger.attempts.reversing(9)).toMatchObject([{ transactionId: authorization }]);
    busy.present();
    expect(busy.till.host.last().body.reversals).toMatchObject([
      { transactionId: authorization, reason: 'authorization_expired' },
    ]);
    busy.undo(authorization);
    expect(busy.ledger.attempts.reversingCount()).toBe(0);
  });

  test('is never done to a sale, or to what holds nothing', () => {
    const busy = opened();
    const [sale, stored] = [busy.approved(), busy.stored({ type: 'authorization' })];
    const voided = authorize(busy);
    busy.followed('void', voided);
    for (const transactionId of [sale, stored, voided, 'txn_none']) {
      expect(busy.till.cashier.expire(transactionId)).toBe(false);
    }
    expect(busy.ledger.attempts.reversingCount()).toBe(0);
  });

  test('waits for a storage that refuses', () => {
    const busy = opened();
    const authorization = authorize(busy);
    const { db } = busy.till.opened;
    db.pragma('query_only = ON');
    expect(busy.till.cashier.expire(authorization)).toBe(false);
    db.pragma('query_only = OFF');
    expect([busy.payment(authorization).is, holding(busy)]).toEqual(['approved', [authorization]]);
    expect(busy.till.cashier.expire(authorization)).toBe(true);
  });

  test('stops no offline sale, however much was held', () => {
    const busy = opened();
    const authorization = busy.approved({ type: 'authorization', amount: usd(500_000) });
    busy.till.cashier.expire(authorization);
    expect(busy.payment(busy.stored()).is).toBe('stored');
  });
});
