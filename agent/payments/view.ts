/** A transaction as people and programs see it, under the names of the portal. */
import type { Actor } from '../../contract/index.ts';
import { present } from '../present.ts';
import type { Order } from './order.ts';
import {
  amountOf,
  isFinal,
  outcomeOf,
  type Held,
  type Payment,
  type PortalChange,
} from './states.ts';
import type { Transaction } from '../ledger/transactions.ts';

/** The transaction as the local API answers it. Times are ISO 8601; `clock` says how far to trust them. */
export const transactionView = (
  { order, payment, createdAt, updatedAt, clock }: Transaction,
  deviceId: string,
) => ({
  transactionId: order.transactionId,
  type: order.type,
  state: payment.is,
  outcome: outcomeOf(payment) ?? null,
  final: isFinal(payment),
  ...amountsOf(order, payment),
  ...(order.requestedType === undefined ? {} : { requestedType: order.requestedType }),
  ...(order.originalTransactionId === undefined
    ? {}
    : { originalTransactionId: order.originalTransactionId }),
  ...('card' in payment ? { card: payment.card } : {}),
  ...detailOf(payment),
  batchName: order.batch.name,
  batchNumber: order.batch.number,
  ...present(order, 'configuration'),
  deviceAndPeripherals: {
    deviceId,
    peripheralId: peripheralsOf(order, payment),
  },
  offline: order.offline,
  ...(order.reference === undefined ? {} : { reference: order.reference }),
  ...(order.userDefinedFields === undefined ? {} : { userDefinedFields: order.userDefinedFields }),
  ...(order.echo === undefined ? {} : { echo: order.echo }),
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
  clock,
});

/** The reader that was named, or the one whose card came first. */
const peripheralsOf = ({ readerId }: Order, payment: Payment): string[] => {
  const used = ('card' in payment ? payment.card.readerId : undefined) ?? readerId;
  return used === undefined ? [] : [used];
};

export type TransactionView = ReturnType<typeof transactionView>;

/** What was asked for, and what of it stands once the host has spoken. */
const amountsOf = (order: Transaction['order'], payment: Payment) => {
  const { amount, surchargeAmount } = order;
  const isApproved = payment.is === 'approved' || payment.is === 'partially_approved';
  const tipAmount = (payment.is === 'approved' ? payment.tipAmount : undefined) ?? order.tipAmount;
  return {
    amount,
    ...(isApproved ? { approvedAmount: amountOf(order, payment) } : {}),
    ...(tipAmount === undefined ? {} : { tipAmount }),
    ...(surchargeAmount === undefined ? {} : { surchargeAmount }),
  };
};

/** What else a state says, under the portal's names. */
const detailOf = (payment: Payment): Detail => {
  const { held, hostReference, ...said } = payment as Partial<Said> & Payment;
  const named = ['reason', 'responseCode', 'approvalCode', 'voidedBy', 'changes'] as const;
  return {
    ...present(said as Said, ...named),
    ...(payment.is === 'voided' ? present(payment, 'by') : {}),
    ...(held === undefined ? {} : present(held, 'by', 'reason')),
    ...(hostReference === undefined ? {} : { referenceId: hostReference }),
    ...(payment.is === 'declined' ? { declinedBy: payment.by } : {}),
    ...(payment.is === 'forward_declined' ? { declinedBy: 'host' as const } : {}),
  };
};

interface Said {
  readonly held?: Held;
  readonly hostReference?: string;
  readonly reason?: string;
  readonly responseCode?: string;
  readonly approvalCode?: string;
  readonly voidedBy?: string;
  readonly changes?: readonly PortalChange[];
}

type Detail = Omit<Said, 'held' | 'hostReference'> & {
  readonly by?: Actor;
  readonly referenceId?: string;
  readonly declinedBy?: 'host' | 'card' | 'agent';
};

/** Milliseconds since 1970 as ISO 8601 in UTC; computed here, because a pure file has no Date. */
export const isoTime = (wallMs: number): string => {
  const days = Math.floor(wallMs / 86_400_000);
  const inDay = wallMs - days * 86_400_000;
  const { year, month, day } = civilDate(days);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const clock = [inDay / 3_600_000, (inDay / 60_000) % 60, (inDay / 1000) % 60].map((part) =>
    pad(Math.floor(part)),
  );
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock.join(':')}.${pad(inDay % 1000, 3)}Z`;
};

/** Days since 1970 to a date of the Gregorian calendar (Richards' algorithm for Julian day numbers). */
export const civilDate = (daysSince1970: number): { year: number; month: number; day: number } => {
  const julian = daysSince1970 + 2_440_588;
  const f = julian + 1401 + Math.floor((Math.floor((4 * julian + 274_277) / 146_097) * 3) / 4) - 38;
  const e = 4 * f + 3;
  const h = 5 * Math.floor((e % 1461) / 4) + 2;
  const day = Math.floor((h % 153) / 5) + 1;
  const month = ((Math.floor(h / 153) + 2) % 12) + 1;
  const year = Math.floor(e / 1461) - 4716 + Math.floor((14 - month) / 12);
  return { year, month, day };
};
