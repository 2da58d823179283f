/** Random days at a till: whatever is done in whatever order, the books agree after every step. */
import { expect, test } from 'vitest';
import fc from 'fast-check';
import type { Transaction } from '../../../agent/ledger/transactions.ts';
import { amountOf, chargedOf, countedOf, isFinal } from '../../../agent/payments/states.ts';
import { seed } from '../../fixtures/seed.ts';
import { BusyTill, usd } from '../../rigs/busy-till.ts';

const by = { userId: 'vera', role: 'manager' };

/** What may be done; `id` is one of the transactions there are, `value` an amount. */
const acts = {
  sell: (busy, _id, value) => void busy.present({ amount: usd(value) }),
  authorize: (busy, _id, value) => void busy.present({ type: 'authorization', amount: usd(value) }),
  refund: (busy, id, value) => void busy.try('refund', id, { amount: usd(value) }),
  'refund all': (busy, id) => void busy.try('refund', id),
  void: (busy, id) => void busy.try('void', id),
  capture: (busy, id, value) => void busy.try('capture', id, { amount: usd(value) }),
  tip: (busy, id, value) => void busy.try('adjustment', id, { tipAmount: usd(value) }),
  approve: (busy) => answer(busy, 'approved'),
  'approve a part': (busy) => answer(busy, 'approved', 'in part'),
  decline: (busy) => answer(busy, 'declined'),
  'not sent': (busy) => reply(busy, { is: 'not sent' }),
  lose: (busy) => reply(busy, { is: 'no answer', reason: 'no_answer' }),
  'decide for': (busy, id) => decide(busy, id, 'approved'),
  'decide against': (busy, id) => decide(busy, id, 'declined'),
  undo: (busy, id) => {
    if (busy.payment(id).is === 'unknown') busy.undo(id);
  },
  'say voided': (busy, id) => {
    const payment = busy.payment(id);
    if (payment.is !== 'void_pending') return;
    const named = { transactionId: id, voidTransactionId: payment.voidedBy };
    busy.say('voided', { ...named, hostResult: 'undone' });
  },
  park: (busy, id) => {
    const { is } = busy.payment(id);
    if (is !== 'stored' && is !== 'advised') return;
    const named = { transactionId: id, attemptId: busy.attemptOf(id) };
    busy.say('transaction.parked', { ...named, responseCode: '91', tries: 10 });
  },
  hold: (busy, id) => void busy.want('hold', id),
  release: (busy, id) => void busy.want('release', id),
  accept: (busy, id) => void busy.want('accept', id),
  reject: (busy, id) => void busy.want('reject', id),
  expire: (busy, id) => void busy.till.cashier.expire(id),
  'void at the portal': (busy, id, value) =>
    busy.say('transaction.changed', { transactionId: id, kind: 'void', amount: usd(value), by }),
  'go offline': (busy) => void (busy.till.host.online = false),
  'come online': (busy) => void (busy.till.host.online = true),
  publish: (busy) => busy.publish(),
  'cut the power': (busy) => busy.cutPower(),
  'open an epoch': (busy) => busy.openEpoch(),
  'pass a minute': (busy) => busy.pass(60_000),
} as const satisfies Record<string, (busy: BusyTill, id: string, value: number) => void>;

const asked = ({ till }: BusyTill): boolean => {
  const last = till.host.asked.at(-1)?.body.transactionId;
  return last !== undefined && till.opened.ledger.transactions.find(last)?.payment.is === 'sent';
};
const reply = (busy: BusyTill, said: Parameters<BusyTill['reply']>[0]): void => {
  if (asked(busy)) busy.reply(said);
};
const answer = (busy: BusyTill, result: 'approved' | 'declined', part?: 'in part'): void => {
  if (!asked(busy)) return;
  const { body } = busy.till.host.last();
  const isPart = part !== undefined && 'partialApproval' in body && body.partialApproval;
  const half = { responseCode: '10', approvedAmount: usd(Math.ceil(body.amount.value / 2)) };
  busy.answer(result, isPart && body.amount.value > 1 ? half : {});
};
/** As a portal does it: what waits is decided, a follow-up once its original is final. */
const decide = (busy: BusyTill, id: string, result: 'approved' | 'declined'): void => {
  const { order, payment } = busy.found(id);
  if (!['stored', 'advised', 'void_pending', 'held'].includes(payment.is)) return;
  const original =
    order.originalTransactionId === undefined
      ? undefined
      : busy.payment(order.originalTransactionId);
  const waits = original !== undefined && !isFinal(original) && original.is !== 'void_pending';
  if (!waits) busy.decide(id, result);
};

const walk = fc.array(
  fc.record({
    what: fc.constantFrom(...(Object.keys(acts) as (keyof typeof acts)[])),
    which: fc.nat({ max: 11 }),
    value: fc.integer({ min: 1, max: 9_000 }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** What is counted offline, as the rows have it themselves. */
const summed = (all: readonly Transaction[]): [number, number] =>
  all
    .map(({ order, payment }) => countedOf(order, payment))
    .reduce(([count, sum], value) => [count + Number(value > 0), sum + value], [0, 0]);

const neverTooMuchBack = (busy: BusyTill, { order, payment }: Transaction): void => {
  if (payment.is !== 'approved' || !['sale', 'capture'].includes(order.type)) return;
  const { value } = amountOf(order, payment);
  const back = busy.ledger.transactions
    .followUpsOf(order.transactionId)
    .filter((each) => each.order.type === 'refund')
    .reduce((sum, each) => sum - chargedOf(each.order, each.payment), 0);
  expect(back).toBeLessThanOrEqual(value);
};

test(`books agree after every step of a random day (seed ${seed})`, () => {
  fc.assert(
    fc.property(walk, (steps) => {
      const settings = {
        ...{ 'offline.countLimit': 100, 'offline.totalLimit': { default: '10000.00' } },
        'offline.unreferencedRefunds': true,
      };
      const busy = new BusyTill(undefined, { settings });
      for (const { what, which, value } of steps) {
        const all = busy.ledger.transactions.list({ limit: 100 });
        const id = all[which % Math.max(1, all.length)]?.order.transactionId;
        if (id === undefined) busy.present({ amount: usd(value) });
        else acts[what](busy, id, value);
        expect(busy.findings()).toEqual([]);
        const now = busy.ledger.transactions.list({ limit: 100 });
        expect(busy.counted()).toEqual(summed(now));
        for (const each of now) neverTooMuchBack(busy, each);
      }
    }),
    { seed, numRuns: 60 },
  );
});
