/** News: what the payments tell whoever narrates (the log, the demo, later the console). */
import type { ReaderPrompt } from '../../drivers/index.ts';
import type { StorageFault } from '../ledger/sqlite.ts';
import type { Order } from './order.ts';
import type { Payment } from './states.ts';
import type { Happening } from './step.ts';

/** What a cashier tells whoever narrates. */
export type CashierNews =
  | {
      readonly is: 'payment';
      readonly order: Order;
      readonly payment: Payment;
      readonly heard: Happening['is'];
    }
  | { readonly is: 'prompt'; readonly order: Order; readonly prompt: ReaderPrompt }
  | { readonly is: 'storage trouble'; readonly fault: StorageFault }
  | { readonly is: 'storage back' };

/** Which word of the portal makes a payment what it is. */
export const wordBehind = ({ is }: Payment): Happening['is'] => {
  switch (is) {
    case 'stored':
    case 'reversed':
      return 'reversal done';
    case 'voided':
      return 'voided';
    case 'held':
      return 'parked';
    default:
      return 'decided';
  }
};
