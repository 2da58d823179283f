/** Follow-ups at the till: what the host or a word makes of each, and what that does to its original. */
import { describe, expect, test } from 'vitest';
import { BusyTill, usd } from '../../rigs/busy-till.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const opened = (): BusyTill => new BusyTill(sound);

const types = ['void', 'refund', 'adjustment', 'capture'] as const;
type Type = (typeof types)[number];
const wishOf = (type: Type) => (type === 'adjustment' ? { tipAmount: usd(750) } : {});

/** An original of 42.50, and a follow-up of it that was sent. */
const sent = (type: Type) => {
  const busy = opened();
  const original = busy.approved({ type: type === 'capture' ? 'authorization' : 'sale' });
  const followUp = busy.follow(type, original, wishOf(type));
  return { busy, original, followUp };
};

/** What an original of 42.50 is once its follow-up is approved, and the merchant's net of both. */
const done = {
  void: [{ is: 'voided' }, 0],
  refund: [{ is: 'approved' }, 0],
  adjustment: [{ is: 'approved', amount: usd(5_000), tipAmount: usd(750) }, 5_000],
  capture: [{ is: 'approved' }, 4_250],
} as const;
const undone = { void: 4_250, refund: 4_250, adjustment: 4_250, capture: 0 } as const;

describe.each(types)('a %s', (type) => {
  test('that the host approves is done, in one commit with what it does to its original', () => {
    const { busy, original, followUp } = sent(type);
    const before = busy.ledger.upLog.head().seq;
    busy.answer();
    expect(busy.payment(followUp)).toMatchObject({ is: 'approved', approvalCode: 'A1B2C3' });
    expect(busy.payment(original)).toMatchObject(done[type][0]);
    expect(busy.net()).toBe(done[type][1]);
    const written = type === 'void' ? 2 : 1;
    expect(busy.ledger.upLog.head().seq - before).toBe(written);
  });

  test('that the host declines changes nothing', () => {
    const { busy, original, followUp } = sent(type);
    const before = busy.payment(original);
    busy.answer('declined');
    expect(busy.payment(followUp)).toMatchObject({
      is: 'declined',
      by: 'host',
      responseCode: '05',
    });
    expect(busy.payment(original)).toEqual(before);
    expect(busy.net()).toBe(undone[type]);
  });

  test('that the portal refuses before the host saw it changes nothing', () => {
    const { busy, original, followUp } = sent(type);
    const before = busy.payment(original);
    busy.reply({ is: 'refused', code: 'answer_refused' });
    expect(busy.payment(followUp)).toMatchObject({ is: 'declined', reason: 'answer_refused' });
    expect(busy.payment(original)).toEqual(before);
    expect(busy.try(type, original, wishOf(type)).is).toBe('begun');
  });

  test('that never left waits in the log, as the same attempt', () => {
    const { busy, original, followUp } = sent(type);
    const attemptId = busy.attemptOf(followUp);
    const before = busy.payment(original);
    busy.reply({ is: 'not sent' });
    expect(busy.payment(followUp)).toMatchObject({ is: 'advised', wasSent: false, attemptId });
    expect(busy.fact(followUp, 'transaction.advised')).toMatchObject({
      ...{ attemptId, type, originalTransactionId: original, reason: 'no_host' },
    });
    expect(busy.payment(original)).toEqual(before);
    expect(busy.counted()).toEqual(type === 'adjustment' ? [1, 750] : [0, 0]);
    busy.decide(followUp);
    expect(busy.payment(followUp)).toMatchObject({ is: 'approved', attemptId });
    expect(busy.payment(original)).toMatchObject(done[type][0]);
    expect(busy.net()).toBe(done[type][1]);
  });

  test('that waited in the log and is declined there is declined after all', () => {
    const { busy, original, followUp } = sent(type);
    const before = busy.payment(original);
    busy.reply({ is: 'not sent' });
    busy.decide(followUp, 'declined', { responseCode: '12', reason: 'original_not_captured' });
    expect(busy.payment(followUp)).toMatchObject({ is: 'forward_declined', responseCode: '12' });
    expect(busy.payment(original)).toEqual(before);
  });
});

describe.each(['void', 'adjustment', 'capture'] as const)('a %s without an answer', (type) => {
  const unanswered = () => {
    const all = sent(type);
    all.busy.reply({ is: 'no answer', reason: 'no_answer' });
    return all;
  };

  test('is advised: the same attempt again, until a word answers it', () => {
    const { busy, original, followUp } = unanswered();
    const { attemptId } = busy.till.host.last().body;
    expect(busy.payment(followUp)).toMatchObject({ is: 'advised', wasSent: true, attemptId });
    expect(busy.fact(followUp, 'transaction.advised')).toMatchObject({ reason: 'no_answer' });
    expect(busy.outcomes().at(-1)).toBe('unknown');
    expect(busy.ledger.attempts.reversingCount()).toBe(0);
    busy.decide(followUp);
    expect(busy.payment(followUp).is).toBe('approved');
    expect(busy.payment(original)).toMatchObject(done[type][0]);
    expect(busy.net()).toBe(done[type][1]);
  });

  test('is declined as if the host had answered, when the word says so', () => {
    const { busy, original, followUp } = unanswered();
    const before = busy.payment(original);
    busy.decide(followUp, 'declined');
    expect(busy.payment(followUp)).toMatchObject({
      is: 'declined',
      by: 'host',
      responseCode: '05',
    });
    expect(busy.payment(original)).toEqual(before);
  });

  test('keeps its late answer, and still waits for the word', () => {
    const { busy, followUp } = unanswered();
    const { transactionId, attemptId } = busy.till.host.last().body;
    const late = { transactionId, attemptId, result: 'approved', responseCode: '00' } as const;
    busy.till.cashier.heardLate(late);
    expect(busy.facts(followUp).at(-1)).toBe('answer.late');
    expect(busy.payment(followUp).is).toBe('advised');
  });

  test('is told once: nothing else follows its original before it is decided', () => {
    const { busy, original, followUp } = unanswered();
    const again = busy.try(type, original, wishOf(type));
    if (type === 'adjustment') {
      expect(again).toMatchObject({ is: 'begun', transaction: { payment: { is: 'advised' } } });
    } else {
      expect(again).toMatchObject({ is: 'refused', code: 'original_not_fit' });
    }
    busy.decide(followUp, 'declined');
    if (type !== 'adjustment') expect(busy.try(type, original).is).toBe('begun');
  });
});

describe('a refund without an answer', () => {
  const unanswered = () => {
    const all = sent('refund');
    all.busy.reply({ is: 'no answer', reason: 'bad_answer' });
    return all;
  };

  test('is reversed: money given back twice is gone', () => {
    const { busy, original, followUp } = unanswered();
    expect(busy.payment(followUp)).toMatchObject({ is: 'unknown', reason: 'bad_answer' });
    expect(busy.fact(followUp, 'reversal')).toMatchObject({ amount: usd(4_250) });
    expect(busy.try('refund', original, { amount: usd(1) })).toMatchObject({
      code: 'amount_exceeds_original',
    });
    busy.undo(followUp);
    expect(busy.payment(followUp).is).toBe('reversed');
    expect(busy.net()).toBe(4_250);
    expect(busy.try('refund', original).is).toBe('begun');
  });

  test('stands after all, when the portal holds its approval', () => {
    const { busy, followUp } = unanswered();
    busy.decide(followUp);
    expect([busy.payment(followUp).is, busy.net()]).toEqual(['approved', 0]);
  });
});

describe('a power cut while it was sent', () => {
  test.each(['void', 'adjustment', 'capture'] as const)('makes advice of a %s', (type) => {
    const { busy, original, followUp } = sent(type);
    const attemptId = busy.attemptOf(followUp);
    busy.cutPower();
    expect(busy.payment(followUp)).toMatchObject({ is: 'advised', wasSent: true, attemptId });
    expect(busy.fact(followUp, 'transaction.advised')).toMatchObject({ reason: 'interrupted' });
    busy.cutPower();
    expect(busy.facts(followUp).filter((fact) => fact === 'transaction.advised')).toHaveLength(1);
    busy.decide(followUp);
    expect(busy.payment(original)).toMatchObject(done[type][0]);
    expect(busy.net()).toBe(done[type][1]);
  });

  test('reverses a refund', () => {
    const { busy, followUp } = sent('refund');
    busy.cutPower();
    expect(busy.payment(followUp)).toMatchObject({ is: 'unknown', reason: 'interrupted' });
    busy.undo(followUp);
    expect(busy.net()).toBe(4_250);
  });
});

describe('a refund that needs no original', () => {
  test('begins with a card, and lowers the net', () => {
    const busy = opened();
    const refund = busy.approved({ type: 'refund' });
    expect(busy.till.host.asked.at(-1)).toMatchObject({ kind: 'refund', body: { type: 'refund' } });
    expect(busy.till.host.last().body).toMatchObject({ partialApproval: false });
    expect([busy.payment(refund).is, busy.net()]).toEqual(['approved', -4_250]);
  });

  test('is not given offline unless the settings say so, and then counts like a sale', () => {
    const busy = opened();
    const refused = busy.stored({ type: 'refund' });
    expect(busy.payment(refused)).toMatchObject({ reason: 'offline_refund_not_allowed' });
    const settings = { 'offline.unreferencedRefunds': true };
    const generous = new BusyTill(sound, { settings });
    const given = generous.stored({ type: 'refund' });
    expect(generous.payment(given).is).toBe('stored');
    expect(generous.counted()).toEqual([1, 4_250]);
    generous.decide(given);
    expect([generous.counted(), generous.net()]).toEqual([[0, 0], -4_250]);
  });

  test('is reversed without an answer', () => {
    const busy = opened();
    const refund = busy.present({ type: 'refund' });
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    busy.undo(refund);
    expect([busy.payment(refund).is, busy.net()]).toEqual(['reversed', 0]);
  });
});

describe('one after the other', () => {
  test('refunds add up to the sale, and their voids make room again', () => {
    const busy = opened();
    const sale = busy.approved();
    const first = busy.followed('refund', sale, { amount: usd(4_000) });
    busy.followed('refund', sale);
    expect(busy.net()).toBe(0);
    busy.followed('void', first);
    expect([busy.payment(first).is, busy.net()]).toEqual(['voided', 4_000]);
    busy.followed('refund', sale);
    expect(busy.net()).toBe(0);
  });

  test('a tip is added, changed and taken away, and the refund gives back what is charged then', () => {
    const busy = opened();
    const sale = busy.approved();
    for (const [tip, net] of [
      [750, 5_000],
      [1_000, 5_250],
      [0, 4_250],
      [250, 4_500],
    ] as const) {
      busy.followed('adjustment', sale, { tipAmount: usd(tip) });
      expect(busy.net()).toBe(net);
    }
    const refund = busy.followed('refund', sale);
    expect(busy.found(refund).order.amount).toEqual(usd(4_500));
    expect(busy.net()).toBe(0);
  });

  test('the later of two adjustments that waited counts, in whatever order they were asked for', () => {
    const busy = opened();
    const sale = busy.stored();
    const first = busy.advised('adjustment', sale, { tipAmount: usd(500) });
    const second = busy.advised('adjustment', sale, { tipAmount: usd(250) });
    busy.decide(sale);
    busy.decide(first);
    expect(busy.net()).toBe(4_750);
    busy.decide(second);
    expect([busy.net(), busy.payment(sale)]).toMatchObject([4_500, { tipAmount: usd(250) }]);
  });

  test('a word about a refund moves its sale nowhere, and nothing is told of it', () => {
    const busy = opened();
    const sale = busy.approved();
    const refund = busy.advised('refund', sale);
    const before = busy.till.news.length;
    busy.decide(refund);
    const told = busy.till.news.slice(before);
    expect(told).toMatchObject([{ is: 'payment', order: { transactionId: refund } }]);
  });
});
