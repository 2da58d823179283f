/** Originals with what follows them, and what a judge says to one more follow-up. */
import { judge, type Entered, type Original, type Wish } from '../../agent/payments/account.ts';
import type { Order } from '../../agent/payments/order.ts';
import type { Payment } from '../../agent/payments/states.ts';
import { settingsWith } from './linked-ledger.ts';
import { standings, type StandingName } from '../fixtures/machine.ts';
import { orderOf } from '../fixtures/payments.ts';

export const usd = (value: number) => ({ value, currency: 'USD' });
export const at = (standing: StandingName): Payment => standings[standing].payment;

/** A follow-up that is there already. */
export const entered = (
  type: Order['type'],
  value: number,
  payment: Payment = at('approved'),
  tip?: number,
): Entered => ({
  order: orderOf(5, {
    ...{ type, amount: usd(value) },
    ...(tip === undefined ? {} : { tipAmount: usd(tip) }),
  }),
  payment,
});

/** A sale of 42.50, approved, in an open batch. */
export const original = (differently: Partial<Original> & { order?: Order } = {}): Original => ({
  ...{ order: orderOf(1), payment: at('approved'), followUps: [], batchIsOpen: true },
  ...differently,
});
export const typed = (type: Order['type'], differently: Partial<Original> = {}): Original =>
  original({ order: orderOf(1, { type }), ...differently });

export const judged = (
  wish: Wish,
  of: Original,
  settings: Readonly<Record<string, unknown>> = {},
) => judge(wish, of, settingsWith(settings));

/** The code it is refused with, or the amount and type that are allowed. */
export const outcome = (...asked: Parameters<typeof judged>): string | [string, number] => {
  const result = judged(...asked);
  return result.is === 'refused' ? result.code : [result.type, result.amount.value];
};
