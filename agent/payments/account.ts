/**
 * The account of an original: what was taken, given back and undone by its follow-ups, and so what one more
 * may do (R20, R21). Pure; a follow-up that may still succeed counts as if it had.
 */
import {
  amountValueMax,
  formatAmount,
  type Amount,
  type FollowUpType,
  type RefusalCode,
} from '../../contract/index.ts';
import type { Settings } from '../../config/index.ts';
import { aOrAn } from '../article.ts';
import { present } from '../present.ts';
import type { Order } from './order.ts';
import { amountOf, isFinal, refundedAtPortal, type Payment } from './states.ts';

/** A transaction of the ledger, as far as an account looks at it. */
export interface Entered {
  readonly order: Order;
  readonly payment: Payment;
}

export interface Original extends Entered {
  /** What follows it already, in order. */
  readonly followUps: readonly Entered[];
  /** Whether its batch is open; an authorization stands in none that matters. */
  readonly batchIsOpen: boolean;
}

/** What a follow-up asks for; what it leaves out is what there is. */
export interface Wish {
  readonly type: FollowUpType;
  readonly amount?: Amount;
  readonly tipAmount?: Amount;
}

/** What is ordered: a full refund of what was never decided is a void. */
export interface Allowed {
  readonly is: 'allowed';
  readonly type: FollowUpType;
  readonly amount: Amount;
  readonly tipAmount?: Amount;
  readonly surchargeAmount?: Amount;
  /** What it takes beyond what its original takes without it, in minor units. */
  readonly increase?: number;
}

export interface NotAllowed {
  readonly is: 'refused';
  readonly code: RefusalCode;
  readonly detail?: string;
}

/** What the wish comes to, or why it may not be. */
export const judge = (wish: Wish, original: Original, settings: Settings): Allowed | NotAllowed => {
  const closed = unfit(wish, original);
  if (closed !== undefined) return closed;
  switch (wish.type) {
    case 'void':
      return voidOf(wish, original);
    case 'refund':
      return refundOf(wish, original);
    case 'capture':
      return captureOf(wish, original, settings);
    case 'adjustment':
      return adjustmentOf(wish, original, settings);
  }
};

const refused = (code: RefusalCode, detail?: string): NotAllowed => ({
  ...{ is: 'refused', code },
  ...(detail === undefined ? {} : { detail }),
});

const follows: Readonly<Record<FollowUpType, readonly Order['type'][]>> = {
  void: ['sale', 'authorization', 'capture', 'refund'],
  refund: ['sale', 'capture'],
  capture: ['authorization'],
  adjustment: ['sale', 'capture'],
};

const unfit = (wish: Wish, original: Original): NotAllowed | undefined => {
  const { order, payment, followUps } = original;
  const name = `The ${order.type} ${order.transactionId}`;
  if (!follows[wish.type].includes(order.type)) {
    const why = `${aOrAn(wish.type, 'A')} cannot follow ${aOrAn(order.type)}.`;
    return refused('original_not_fit', why);
  }
  if (payment.is !== 'approved' && !isUndecided(payment)) {
    return refused('original_not_fit', `${name} is ${payment.is}.`);
  }
  const voids = followUps.find((each) => each.order.type === 'void' && isAlive(each));
  if (voids !== undefined) {
    return refused('original_not_fit', `${name} is being voided by ${voids.order.transactionId}.`);
  }
  for (const named of [wish.amount, wish.tipAmount]) {
    if (named !== undefined && named.currency !== order.amount.currency) {
      return refused('amount_invalid', `${name} is in ${order.amount.currency}.`);
    }
  }
  return undefined;
};

/** It waits in the log, and may still be approved. */
const isUndecided = (payment: Payment): boolean =>
  payment.is === 'stored' || (payment.is === 'held' && payment.held.was === 'stored');

/** It stands, or may come to stand. */
const isAlive = ({ payment }: Entered): boolean => !isFinal(payment) || payment.is === 'approved';

const alive = ({ followUps }: Original, type: FollowUpType): readonly Entered[] =>
  followUps.filter((each) => each.order.type === type && isAlive(each));

const valueOf = ({ order, payment }: Entered): number => amountOf(order, payment).value;

/** What is charged as it stands, and its tip. */
const chargedNow = (original: Original): { value: number; tip: number } => {
  const { order, payment } = original;
  const tip = payment.is === 'approved' ? (payment.tipAmount ?? order.tipAmount) : order.tipAmount;
  return { value: valueOf(original), tip: tip?.value ?? 0 };
};

/** What is charged if all that is under way succeeds. An adjustment that is approved stands already. */
const chargeOf = (original: Original): { value: number; tip: number } => {
  const { value, tip } = chargedNow(original);
  const last = alive(original, 'adjustment').findLast(({ payment }) => !isFinal(payment))?.order;
  return { value: last?.amount.value ?? value, tip: last?.tipAmount?.value ?? tip };
};

const givenBackOf = (original: Original): number => {
  const { payment } = original;
  const atPortal = payment.is === 'approved' ? refundedAtPortal(payment) : 0;
  return alive(original, 'refund').reduce((sum, each) => sum + valueOf(each), atPortal);
};

const voidOf = (wish: Wish, original: Original): Allowed | NotAllowed => {
  const { order, batchIsOpen } = original;
  if (!batchIsOpen && order.type !== 'authorization') return refused('batch_closed');
  if (givenBackOf(original) > 0 || alive(original, 'capture').length > 0) {
    const detail = `Void what follows ${order.transactionId} first.`;
    return refused('original_not_fit', detail);
  }
  const amount = amountIn(original, chargeOf(original).value);
  if (wish.amount !== undefined && wish.amount.value !== amount.value) {
    const detail = `A void undoes the whole, ${formatAmount(amount)}; give a part back by a refund.`;
    return refused('amount_invalid', detail);
  }
  return { is: 'allowed', type: 'void', amount };
};

const refundOf = (wish: Wish, original: Original): Allowed | NotAllowed => {
  const { value } = chargeOf(original);
  // The portal may have made the charge smaller than what was given back before.
  const left = Math.max(0, value - givenBackOf(original));
  const amount = wish.amount ?? amountIn(original, left);
  if (amount.value === 0 || amount.value > left) {
    const most = formatAmount(amountIn(original, left));
    return refused(
      'amount_exceeds_original',
      `Of ${original.order.transactionId} ${most} is left to refund.`,
    );
  }
  const isWhole = amount.value === value && original.batchIsOpen;
  const type = isUndecided(original.payment) && isWhole ? 'void' : 'refund';
  return { is: 'allowed', type, amount };
};

const captureOf = (wish: Wish, original: Original, settings: Settings): Allowed | NotAllowed => {
  if (alive(original, 'capture').length > 0) {
    return refused('original_not_fit', `${original.order.transactionId} was captured before.`);
  }
  const held = valueOf(original);
  const most = withPercent(held, settings['authorization.captureTolerancePercent']);
  const amount = wish.amount ?? amountIn(original, held);
  if (amount.value === 0 || amount.value > most) {
    const detail = `At most ${formatAmount(amountIn(original, most))} may be captured.`;
    return refused('amount_exceeds_original', detail);
  }
  const { tipAmount } = wish;
  const tip = tipAmount?.value ?? 0;
  if (tip > percentOf(amount.value - tip, settings['tip.limitPercent'])) {
    return refused('tip_exceeds_limit');
  }
  return {
    ...{ is: 'allowed', type: 'capture', amount, increase: Math.max(0, amount.value - held) },
    ...(tipAmount === undefined ? {} : { tipAmount }),
  };
};

const adjustmentOf = (wish: Wish, original: Original, settings: Settings): Allowed | NotAllowed => {
  if (!original.batchIsOpen) return refused('batch_closed');
  if (givenBackOf(original) > 0) {
    return refused(
      'original_not_fit',
      `${original.order.transactionId} was refunded, and takes no tip any more.`,
    );
  }
  const stands = chargedNow(original);
  const now = chargeOf(original);
  const tip = wish.tipAmount?.value ?? now.tip;
  const total = wish.amount?.value ?? now.value - now.tip + tip;
  const surcharge = original.order.surchargeAmount?.value ?? 0;
  const base = total - tip - surcharge;
  const charged = stands.value - stands.tip - surcharge;
  const most = withPercent(charged, settings['adjustment.amountTolerancePercent']);
  if (total > amountValueMax) return refused('amount_invalid');
  if (base < 0 || total === 0 || base > most) {
    const detail = `Without tip and surcharge at most ${formatAmount(amountIn(original, most))}.`;
    return refused('amount_exceeds_original', detail);
  }
  if (tip > percentOf(base, settings['tip.limitPercent'])) return refused('tip_exceeds_limit');
  return {
    ...{ is: 'allowed', type: 'adjustment', amount: amountIn(original, total) },
    increase: Math.max(0, total - now.value),
    ...{ tipAmount: amountIn(original, tip), ...present(original.order, 'surchargeAmount') },
  };
};

const amountIn = ({ order }: Entered, value: number): Amount => ({
  value,
  currency: order.amount.currency,
});

/** So many percent, in whole minor units. */
export const percentOf = (value: number, percent: number): number =>
  Math.floor((value * percent) / 100);

const withPercent = (value: number, percent: number): number => value + percentOf(value, percent);
