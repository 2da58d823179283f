/** The payment machine: each payment with everything that can be heard, and what holds for all of them. */
import { describe, expect, test } from 'vitest';
import { check, facts, type Fact } from '../../../contract/index.ts';
import { afterPowerCut, consequenceOf, next } from '../../../agent/payments/payment.ts';
import {
  countedOf,
  givenUpReasons,
  isFinal,
  isUnderWay,
  outcomeOf,
  stateNames,
  type Payment,
} from '../../../agent/payments/states.ts';
import type { Happening, Step } from '../../../agent/payments/step.ts';
import {
  first,
  happenings,
  ourVoid,
  second,
  standings,
  transactionId,
  type HappeningName,
  type StandingName,
} from '../../fixtures/machine.ts';
import { meanings } from '../../fixtures/meanings.ts';
import type { Meaning } from '../../fixtures/meaning.ts';
import { orderOf, visa } from '../../fixtures/payments.ts';

const standingNames = Object.keys(standings) as StandingName[];
const happeningNames = Object.keys(happenings) as HappeningName[];

const stepOf = (standing: StandingName, heard: HappeningName): Step | undefined =>
  next(standings[standing].order, standings[standing].payment, happenings[heard]);

const paymentOf = ([standing, , then]: Meaning): Payment => {
  if (then === 'stays') return standings[standing].payment;
  return typeof then === 'string' ? standings[then].payment : then;
};

test('no state and nothing that can be heard is missing from the table', () => {
  const sounds: Record<Happening['is'], true> = {
    ...{ 'card read': true, routed: true, 'given up': true, 'not sent': true, answered: true },
    ...{ refused: true, 'no answer': true, accepted: true, rejected: true, decided: true },
    ...{ 'reversal done': true, expired: true, parked: true, released: true },
    ...{ 'void asked': true, 'void done': true, 'void failed': true, voided: true },
    ...{ adjusted: true, changed: true, 'chip done': true },
  };
  const told = Object.values(standings).map(({ payment }) => payment.is);
  expect(new Set(told)).toEqual(new Set(stateNames));
  const heard = Object.values(happenings).map(({ is }) => is);
  expect(new Set(heard)).toEqual(new Set(Object.keys(sounds)));
});

test('no pair stands in the table twice', () => {
  const pairs = meanings.map(([standing, heard]) => `${standing} · ${heard}`);
  expect(pairs.filter((pair, place) => pairs.indexOf(pair) !== place)).toEqual([]);
});

test.each(meanings)('%s, hearing "%s"', (...meaning) => {
  const [standing, heard, , written, done] = meaning;
  const step = stepOf(standing, heard);
  expect(step?.then).toEqual(paymentOf(meaning));
  expect(step?.facts.map(({ type }) => type)).toEqual(written);
  expect(step?.do.map(({ is }) => is)).toEqual(done);
});

test.each(standingNames)('%s hears nothing else', (standing) => {
  const known = meanings.filter(([of]) => of === standing).map(([, heard]) => heard);
  const others = happeningNames.filter((heard) => !known.includes(heard));
  const understood = others.filter((heard) => stepOf(standing, heard) !== undefined);
  expect(understood).toEqual([]);
});

const isLegal = ({ type, body }: Fact) => check(facts[type].body, body);

describe('what is written', () => {
  test.each(meanings)('when %s hears "%s" fits the contract', (standing, heard) => {
    for (const fact of stepOf(standing, heard)?.facts ?? []) {
      expect(isLegal(fact)).toMatchObject({ ok: true });
      expect(fact.body).toMatchObject({ transactionId });
    }
  });

  test('names amount and batch, where money may move by it', () => {
    for (const [standing, heard] of meanings) {
      for (const { type, body } of stepOf(standing, heard)?.facts ?? []) {
        if (!['attempt.sent', 'transaction.stored', 'transaction.advised'].includes(type)) continue;
        const { amount, batch } = standings[standing].order;
        const { maskedPan } = visa;
        expect(body).toMatchObject({ amount, batch, card: { maskedPan } });
      }
    }
  });

  test('a reversal stands before the sale stored after it, and the sale names it', () => {
    const step = stepOf('sent', 'no answer, to the store');
    const { amount } = standings.sent.order;
    expect(step?.facts).toMatchObject([
      { type: 'reversal', body: { attemptId: first, amount, reason: 'bad_answer' } },
      { type: 'transaction.stored', body: { attemptId: second, afterAttemptId: first } },
    ]);
  });

  test('an advice is the request again: the same attempt, the same amounts, and why it comes', () => {
    const tip = { value: 250, currency: 'USD' };
    const order = { ...standings['capture sent'].order, tipAmount: tip };
    const { payment } = standings['capture sent'];
    for (const [heard, reason] of [
      ['no answer, to nobody', 'no_answer'],
      ['no answer, to the store', 'bad_answer'],
      ['not sent, to the log', 'no_host'],
    ] as const) {
      const { originalTransactionId, amount } = order;
      const body = { type: 'capture', attemptId: first, originalTransactionId, amount, reason };
      expect(next(order, payment, happenings[heard])?.facts).toMatchObject([
        { type: 'transaction.advised', body: { ...body, tipAmount: tip } },
      ]);
    }
  });

  test.each([
    ['sent', 'authorize'],
    ['authorization sent', 'authorize'],
    ['refund sent', 'refund'],
    ['void sent', 'void'],
    ['capture sent', 'capture'],
    ['adjustment sent', 'adjust'],
  ] as const)('what is %s is told as the kind %s', (standing, kind) => {
    const { order } = standings[standing];
    const route = { to: 'host', attemptId: first } as const;
    const step = next(order, { is: 'created', card: visa }, { is: 'routed', route });
    expect(step?.facts).toMatchObject([{ type: 'attempt.sent', body: { kind } }]);
  });

  test.each(givenUpReasons)('a sale given up for %s is cancelled for that reason', (reason) => {
    const { order, payment } = standings['awaiting card'];
    const step = next(order, payment, { is: 'given up', reason });
    expect(step?.facts).toMatchObject([{ body: { outcome: 'cancelled', reason } }]);
    expect(step?.facts.map(isLegal)).toMatchObject([{ ok: true }]);
  });

  test('an approval keeps what the host said, a decline its code, a part how much', () => {
    expect(stepOf('sent', 'own approved')?.facts).toMatchObject([
      { body: { outcome: 'approved', attemptId: first, approvalCode: 'A1B2C3', card: visa } },
    ]);
    expect(stepOf('sent', 'own declined')?.facts).toMatchObject([
      { body: { outcome: 'declined', declinedBy: 'host', responseCode: '05' } },
    ]);
    const approvedAmount = { value: 2_000, currency: 'USD' };
    expect(stepOf('sent', 'own approved in part')?.facts).toMatchObject([
      { body: { approvedAmount, responseCode: '10', attemptId: first } },
    ]);
    expect(stepOf('partial', 'accepted')?.facts).toMatchObject([
      { body: { outcome: 'approved', amount: approvedAmount, approvalCode: 'A1B2C3' } },
    ]);
  });

  test('a void done here names itself in the end of what it undid', () => {
    expect(stepOf('stored', 'void done')?.facts).toMatchObject([
      { body: { outcome: 'voided', voidTransactionId: ourVoid, attemptId: first } },
    ]);
  });
});

describe('promises', () => {
  const every = standingNames.map((name) => [name, standings[name].payment as Payment] as const);
  const reachedFrom = (standing: StandingName): Set<Payment['is']> =>
    new Set(
      happeningNames.map((heard) => (stepOf(standing, heard)?.then ?? { is: '-' }).is),
    ) as Set<Payment['is']>;

  test.each(['declined', 'refused here', 'voided', 'forward declined', 'cancelled'] as const)(
    '%s is the end: whatever is heard, it stays',
    (standing) => {
      const { payment } = standings[standing];
      for (const heard of happeningNames) {
        expect(stepOf(standing, heard)?.then ?? payment).toEqual(payment);
      }
    },
  );

  test('no answer to a payment is never a decline, whatever the route', () => {
    for (const [standing, heard] of meanings) {
      if (!heard.startsWith('no answer')) continue;
      expect(stepOf(standing, heard)?.then.is).not.toBe('declined');
    }
  });

  test('an approval that is known and not wanted stands against nothing', () => {
    expect(reachedFrom('given back')).not.toContain('approved');
  });

  test('exactly what the host has not answered for counts towards the offline totals', () => {
    const counted = Object.entries(standings)
      .filter(([, { order, payment }]) => countedOf({ ...order, increase: 750 }, payment) > 0)
      .map(([name]) => name);
    expect(counted).toEqual([
      ...['stored', 'stored after'],
      ...['void pending', 'void pending after', 'void pending, approved'],
      ...['held', 'held after', 'unknown'],
    ]);
  });

  test('what may be built on is said of every state, and at the merchant’s risk is never approved', () => {
    const outcomes = Object.fromEntries(
      every.map(([, payment]) => [payment.is, outcomeOf(payment)]),
    );
    expect(outcomes).toEqual({
      ...{ created: undefined, awaiting_card: undefined, challenged: undefined, sent: undefined },
      ...{ partially_approved: 'partially_approved', stored: 'approved_offline' },
      ...{ advised: 'unknown', void_pending: 'void_pending', held: 'held', unknown: 'unknown' },
      ...{ approved: 'approved', declined: 'declined', reversed: 'reversed', voided: 'voided' },
      ...{ forward_declined: 'forward_declined', cancelled: 'cancelled' },
    });
    expect(outcomeOf(standings.advised.payment)).toBe('approved_offline');
  });

  test('final is what has an end, and under way what somebody at the till has to end', () => {
    const open = every.filter(([, payment]) => !isFinal(payment)).map(([, { is }]) => is);
    expect(new Set(open)).toEqual(new Set(stateNames.slice(0, 11)));
    const underWay = every.filter(([, payment]) => isUnderWay(payment)).map(([, { is }]) => is);
    expect([...new Set(underWay)]).toEqual([
      ...['created', 'awaiting_card', 'challenged', 'sent', 'completing', 'partially_approved'],
    ]);
  });
});

describe('after a power cut', () => {
  test.each([
    ['created', 'cancelled', ['transaction.finished']],
    ['awaiting card', 'cancelled', ['transaction.finished']],
    ['challenged', 'cancelled', ['transaction.finished']],
    ['sent', 'unknown', ['reversal']],
    ['sent, chip waits', 'unknown', ['reversal']],
    ['completing', 'unknown', ['reversal']],
    ['authorization sent', 'unknown', ['reversal']],
    ['refund sent', 'unknown', ['reversal']],
    ['void sent', 'advised', ['transaction.advised']],
    ['capture sent', 'advised', ['transaction.advised']],
    ['adjustment sent', 'advised', ['transaction.advised']],
    ['void sent, or nothing', 'advised', ['transaction.advised']],
  ] as const)('%s becomes %s', (standing, becomes, written) => {
    const { order, payment } = standings[standing];
    const heard = afterPowerCut(payment);
    const step = heard === undefined ? undefined : next(order, payment, heard);
    expect(step?.then.is).toBe(becomes);
    expect(step?.facts.map(({ type }) => type)).toEqual(written);
    expect(step?.facts).toMatchObject([{ body: { reason: 'interrupted' } }]);
    // And a second power cut finds nothing to do.
    expect(afterPowerCut(step!.then)).toBeUndefined();
  });

  test('what has an outcome simply goes on, and everything else is ended', () => {
    // Recovery looks for the one to find the other.
    for (const { payment } of Object.values(standings)) {
      expect(afterPowerCut(payment) !== undefined).toBe(outcomeOf(payment) === undefined);
    }
  });
});

describe('what a follow-up does to its original', () => {
  const consequence = (type: 'void' | 'refund' | 'capture' | 'adjustment', then: StandingName) =>
    consequenceOf(orderOf(5, { type }), standings[then].payment)?.is;

  test.each([
    ['approved', 'void done'],
    ['advised', 'void asked'],
    ['advised, was sent', 'void asked'],
    ['declined', 'void failed'],
    ['refused here', 'void failed'],
    ['forward declined', 'void failed'],
    ['sent', undefined],
    ['held advice', undefined],
    ['cancelled', undefined],
  ] as const)('a void that is %s: %s', (then, expected) => {
    expect(consequence('void', then)).toBe(expected);
  });

  test('an adjustment changes it once it is approved, and not before', () => {
    for (const standing of standingNames) {
      const expected = standings[standing].payment.is === 'approved' ? 'adjusted' : undefined;
      expect(consequence('adjustment', standing)).toBe(expected);
    }
    const amount = { value: 5_000, currency: 'USD' };
    const tipAmount = { value: 750, currency: 'USD' };
    const order = orderOf(5, { type: 'adjustment', amount, tipAmount });
    const heard = consequenceOf(order, standings.approved.payment);
    expect(heard).toEqual({ is: 'adjusted', amount, tipAmount });
  });

  test('a refund and a capture leave it as it is', () => {
    for (const standing of standingNames) {
      expect(consequence('refund', standing)).toBeUndefined();
      expect(consequence('capture', standing)).toBeUndefined();
    }
  });
});
