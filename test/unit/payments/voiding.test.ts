/** Stored sales that are voided: at once where nobody has heard of them, else when the portal says so. */
import { describe, expect, test } from 'vitest';
import { BusyTill, usd } from '../../rigs/busy-till.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const opened = (): BusyTill => new BusyTill(sound);

const sealedOf = ({ till }: BusyTill, transactionId: string): unknown[] =>
  till.opened.db
    .prepare('SELECT bytes FROM sealed WHERE transaction_id = ? AND bytes IS NOT NULL')
    .all(transactionId);

describe('a stored sale nobody has heard of', () => {
  test('is voided on the spot: final, erased, and in no total', () => {
    const busy = opened();
    const sale = busy.stored();
    expect([sealedOf(busy, sale).length, busy.counted()]).toEqual([1, [1, 4_250]]);
    const { seq } = busy.ledger.upLog.head();
    const voided = busy.follow('void', sale);
    expect(busy.payment(sale)).toMatchObject({ is: 'voided', voidedBy: voided });
    expect(busy.payment(voided)).toMatchObject({ is: 'approved' });
    expect([sealedOf(busy, sale), busy.counted(), busy.net()]).toEqual([[], [0, 0], 0]);
    // Entered, approved, and what it did: three facts, one commit.
    expect(busy.ledger.upLog.head().seq - seq).toBe(3);
    expect(busy.fact(sale, 'transaction.finished')).toMatchObject({
      ...{ outcome: 'voided', voidTransactionId: voided },
    });
    expect(busy.fact(voided, 'transaction.finished')).toMatchObject({ outcome: 'approved' });
  });

  test('is voided by its full refund, which says what was asked for', () => {
    const busy = opened();
    const sale = busy.stored();
    const refund = busy.follow('refund', sale);
    expect(busy.found(refund).order).toMatchObject({ type: 'void', requestedType: 'refund' });
    expect([busy.payment(sale).is, busy.net()]).toEqual(['voided', 0]);
    expect(busy.fact(refund, 'transaction.created')).toMatchObject({
      ...{ type: 'void', requestedType: 'refund', amount: usd(4_250) },
    });
  });

  test('is voided while it is parked, too', () => {
    const busy = opened();
    const sale = busy.stored();
    busy.want('hold', sale);
    const voided = busy.follow('void', sale);
    expect([busy.payment(sale).is, busy.payment(voided).is]).toEqual(['voided', 'approved']);
    expect(busy.want('release', sale)).toMatchObject({ code: 'conflict' });
  });

  test('leaves the reversal before it to be done', () => {
    const busy = new BusyTill(sound, { settings: { 'offline.afterUnknown': true } });
    const sale = busy.present();
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    const { attemptId } = busy.till.host.last().body;
    expect(busy.payment(sale)).toMatchObject({ is: 'stored', afterAttemptId: attemptId });
    busy.follow('void', sale);
    expect([busy.payment(sale).is, busy.ledger.attempts.reversingCount()]).toEqual(['voided', 1]);
    busy.say('reversal.done', { transactionId: sale, attemptId, hostResult: 'reversed' });
    expect([busy.payment(sale).is, busy.ledger.attempts.reversingCount()]).toEqual(['voided', 0]);
  });

  test('and its void can be followed by nothing', () => {
    const busy = opened();
    const sale = busy.stored();
    const voided = busy.follow('void', sale);
    for (const type of ['void', 'refund', 'adjustment'] as const) {
      expect(busy.try(type, sale)).toMatchObject({ code: 'original_not_fit' });
      expect(busy.try(type, voided)).toMatchObject({ code: 'original_not_fit' });
    }
  });
});

describe('a stored sale that may have left', () => {
  const pending = (parked = false) => {
    const busy = opened();
    const sale = busy.stored();
    busy.publish();
    if (parked) busy.want('hold', sale);
    const voided = busy.follow('void', sale);
    return { busy, sale, voided };
  };

  test('is pending: counted and sealed until the portal has spoken', () => {
    const { busy, sale, voided } = pending();
    expect(busy.payment(sale)).toMatchObject({ is: 'void_pending', voidedBy: voided });
    expect(busy.payment(voided)).toMatchObject({ is: 'advised', wasSent: false });
    expect([busy.counted(), sealedOf(busy, sale).length]).toEqual([[1, 4_250], 1]);
    expect(busy.fact(voided, 'transaction.advised')).toMatchObject({
      ...{ type: 'void', originalTransactionId: sale, reason: 'original_open' },
    });
    expect(busy.facts(sale)).toEqual(['transaction.created', 'transaction.stored']);
  });

  test.each(['never_sent', 'undone'] as const)(
    'is voided when the portal says %s',
    (hostResult) => {
      const { busy, sale, voided } = pending();
      busy.say('voided', { transactionId: sale, voidTransactionId: voided, hostResult });
      expect([busy.payment(sale).is, busy.counted()]).toEqual(['voided', [0, 0]]);
      expect(sealedOf(busy, sale)).toEqual([]);
      busy.decide(voided);
      expect([busy.payment(voided).is, busy.net()]).toEqual(['approved', 0]);
      expect(busy.payment(sale)).toMatchObject({ is: 'voided', voidedBy: voided });
    },
  );

  test('is voided by the decision of its void alone', () => {
    const { busy, sale, voided } = pending();
    busy.decide(voided);
    expect([busy.payment(sale).is, busy.counted()]).toEqual(['voided', [0, 0]]);
  });

  test('that was approved first is still pending, and then undone', () => {
    const { busy, sale, voided } = pending();
    busy.decide(sale);
    expect([busy.payment(sale).is, busy.net()]).toEqual(['void_pending', 0]);
    expect([sealedOf(busy, sale), busy.counted()]).toEqual([[], [1, 4_250]]);
    const voidTransactionId = voided;
    busy.say('voided', { transactionId: sale, voidTransactionId, hostResult: 'undone' });
    busy.decide(voided);
    expect([busy.payment(sale).is, busy.net(), busy.counted()]).toEqual(['voided', 0, [0, 0]]);
  });

  test('that was declined first stays declined, and there was nothing to void', () => {
    const { busy, sale, voided } = pending();
    busy.decide(sale, 'declined');
    expect(busy.payment(sale).is).toBe('forward_declined');
    busy.decide(voided, 'declined', { responseCode: '12', reason: 'original_not_captured' });
    expect([busy.payment(sale).is, busy.payment(voided).is]).toEqual([
      ...['forward_declined', 'forward_declined'],
    ]);
    expect([busy.counted(), busy.net(), sealedOf(busy, sale)]).toEqual([[0, 0], 0, []]);
  });

  test.each([false, true])(
    'waits again when its void came to nothing; parked before: %s',
    (parked) => {
      const { busy, sale, voided } = pending(parked);
      busy.decide(voided, 'declined');
      expect([busy.payment(sale).is, busy.counted()]).toEqual(['stored', [1, 4_250]]);
      expect(sealedOf(busy, sale)).toHaveLength(1);
      busy.decide(sale);
      expect([busy.payment(sale).is, busy.net()]).toEqual(['approved', 4_250]);
    },
  );

  test('that was approved stands when its void came to nothing', () => {
    const { busy, sale, voided } = pending();
    busy.decide(sale);
    busy.decide(voided, 'declined');
    expect(busy.payment(sale)).toMatchObject({ is: 'approved', approvalCode: 'A1B2C3' });
    expect([busy.net(), busy.counted()]).toEqual([4_250, [0, 0]]);
    busy.followed('void', sale);
    expect(busy.net()).toBe(0);
  });

  test('goes on being pending over a power cut, and is asked for once', () => {
    const { busy, sale, voided } = pending();
    busy.cutPower();
    expect([busy.payment(sale).is, busy.payment(voided).is]).toEqual(['void_pending', 'advised']);
    expect(busy.try('void', sale)).toMatchObject({ code: 'original_not_fit' });
    expect(busy.try('refund', sale)).toMatchObject({ code: 'original_not_fit' });
    busy.decide(voided);
    expect(busy.payment(sale).is).toBe('voided');
  });

  test('hears its words twice without harm', () => {
    const { busy, sale, voided } = pending();
    for (const hostResult of ['undone', 'undone'] as const) {
      busy.say('voided', { transactionId: sale, voidTransactionId: voided, hostResult });
    }
    busy.decide(voided);
    const answer = { transactionId: voided, attemptId: busy.attemptOf(voided) };
    busy.say('transaction.decided', { ...answer, result: 'declined', responseCode: '05' });
    expect([busy.payment(sale).is, busy.payment(voided).is]).toEqual(['voided', 'approved']);
    expect(busy.counted()).toEqual([0, 0]);
  });

  test('is voided for good when this ledger has forgotten its void', () => {
    const busy = opened();
    const sale = busy.stored();
    const voidTransactionId = 'txn_00000000000000000000000077';
    busy.say('voided', { transactionId: sale, voidTransactionId, hostResult: 'undone' });
    expect(busy.payment(sale)).toMatchObject({ is: 'voided', voidedBy: voidTransactionId });
    expect([busy.counted(), sealedOf(busy, sale)]).toEqual([[0, 0], []]);
  });
});

describe('an approved sale', () => {
  test('whose void waits stands, and counts, until that is decided', () => {
    const busy = opened();
    const sale = busy.approved();
    const voided = busy.advised('void', sale);
    expect([busy.payment(sale).is, busy.net()]).toEqual(['approved', 4_250]);
    busy.decide(voided, 'declined', { responseCode: '12' });
    expect([busy.payment(sale).is, busy.net()]).toEqual(['approved', 4_250]);
    const second = busy.advised('void', sale);
    busy.decide(second);
    expect(busy.payment(sale)).toMatchObject({ is: 'voided', voidedBy: second });
    expect(busy.fact(sale, 'transaction.finished')).toMatchObject({ voidTransactionId: second });
    expect(busy.net()).toBe(0);
  });
});
