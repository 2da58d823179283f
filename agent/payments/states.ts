/**
 * The states of a payment, as a closed union, and what each of them means to whoever asks: the outcome a POS
 * may build on, whether it is final, whether it counts towards the offline totals, and what it charged.
 */
import {
  deliberateReasons,
  type Actor,
  type Amount,
  type MaskedCard,
  type Outcome,
  type RefusalCode,
  type ReversalReason,
  type TransactionType,
} from '../../contract/index.ts';
import type { Order } from './order.ts';

/** What is kept of a host's answer; a void that needed no host has no response code. */
export interface Answered {
  readonly attemptId: string;
  readonly responseCode?: string;
  readonly approvalCode?: string;
  readonly hostReference?: string;
}

/** A card that was read, and the attempt made with it. */
interface Tried {
  readonly attemptId: string;
  readonly card: MaskedCard;
}

/** A transaction that waits in the log for the host; `afterAttemptId` is being reversed ahead of it. */
interface Waiting extends Tried {
  readonly afterAttemptId?: string;
}

/** Something done to an approved transaction at the portal. */
export interface PortalChange {
  readonly kind: 'void' | 'refund' | 'adjustment';
  readonly amount: Amount;
  readonly by: Actor;
}

/** An approval, and what became of its amount since. */
export interface Approved extends Answered {
  readonly is: 'approved';
  readonly card: MaskedCard;
  /** The total, where it is no longer the one that was ordered: approved in part, or adjusted. */
  readonly amount?: Amount;
  readonly tipAmount?: Amount;
  readonly changes?: readonly PortalChange[];
}

export const givenUpReasons = [
  'cancelled_by_pos',
  'card_timeout',
  'card_unreadable',
  'card_not_encrypted',
  'card_not_accepted',
  'reader_lost',
  'interrupted',
] as const satisfies readonly RefusalCode[];
export type GivenUp = (typeof givenUpReasons)[number];

export type Payment =
  /** A follow-up that was entered; it is routed in the same commit. */
  | { readonly is: 'created'; readonly card: MaskedCard }
  | { readonly is: 'awaiting_card' }
  /** A gate suspects a repetition: the POS says whether it is meant. */
  | { readonly is: 'challenged'; readonly card: MaskedCard; readonly reason: RefusalCode }
  /** `chipWaits`: the card is in the reader still, and is told what the host says. */
  | ({ readonly is: 'sent'; readonly chipWaits?: true } & Tried)
  /** The host approved, and the chip has the last word. */
  | ({
      readonly is: 'completing';
      readonly amount?: Amount;
      readonly card: MaskedCard;
    } & Answered)
  | ({
      readonly is: 'partially_approved';
      readonly amount: Amount;
      readonly card: MaskedCard;
    } & Answered)
  | ({ readonly is: 'stored' } & Waiting)
  /** A follow-up in the log; `wasSent` when a live request for it got no answer. */
  | ({ readonly is: 'advised'; readonly wasSent: boolean } & Tried)
  /** A stored sale that is being voided; `answer` when the host approved it meanwhile. */
  | ({
      readonly is: 'void_pending';
      readonly voidedBy: string;
      readonly answer?: Answered;
    } & Waiting)
  | ({ readonly is: 'held'; readonly held: Held } & Waiting)
  | ({ readonly is: 'unknown'; readonly reason?: ReversalReason } & Tried)
  | Approved
  | {
      readonly is: 'declined';
      readonly by: 'host' | 'card' | 'agent';
      readonly reason: RefusalCode;
      readonly card: MaskedCard;
      readonly attemptId?: string;
      readonly responseCode?: string;
    }
  /** `reason`: why it had to be. */
  | ({ readonly is: 'reversed'; readonly reason?: ReversalReason } & Tried)
  /** By a void of ours, or (`by`) at the portal. */
  | ({ readonly is: 'voided'; readonly voidedBy?: string; readonly by?: Actor } & Tried)
  | ({ readonly is: 'forward_declined'; readonly card: MaskedCard } & Answered)
  | { readonly is: 'cancelled'; readonly reason: GivenUp };

/** What was parked, and by whom: a person, or the portal after so many tries. */
export interface Held {
  readonly was: 'stored' | 'advised';
  readonly wasSent?: boolean;
  readonly by?: Actor;
  readonly reason?: string;
}

/** Every state: the outcome a POS may build on, if there is one, and whether it ends there by itself. */
const meanings = {
  created: { outcome: undefined, final: false },
  awaiting_card: { outcome: undefined, final: false },
  challenged: { outcome: undefined, final: false },
  sent: { outcome: undefined, final: false },
  completing: { outcome: undefined, final: false },
  partially_approved: { outcome: 'partially_approved', final: false },
  stored: { outcome: 'approved_offline', final: false },
  advised: { outcome: 'approved_offline', final: false },
  void_pending: { outcome: 'void_pending', final: false },
  held: { outcome: 'held', final: false },
  unknown: { outcome: 'unknown', final: false },
  approved: { outcome: 'approved', final: true },
  declined: { outcome: 'declined', final: true },
  reversed: { outcome: 'reversed', final: true },
  voided: { outcome: 'voided', final: true },
  forward_declined: { outcome: 'forward_declined', final: true },
  cancelled: { outcome: 'cancelled', final: true },
} as const satisfies Record<Payment['is'], { outcome: Outcome | undefined; final: boolean }>;

/** The names of all states, in the order a payment goes through them. */
export const stateNames = Object.keys(meanings) as readonly Payment['is'][];

/** What a POS may build on; `undefined` while nothing can be said yet. */
export const outcomeOf = (payment: Payment): Outcome | undefined =>
  payment.is === 'advised' && payment.wasSent ? 'unknown' : meanings[payment.is].outcome;

/** Whether nothing will change any more by itself. */
export const isFinal = (payment: Payment): boolean => meanings[payment.is].final;

/** Whether somebody at the shop, or the host, has still to answer: no batch is closed over it. */
export const isUnderWay = (payment: Payment): boolean =>
  outcomeOf(payment) === undefined || payment.is === 'partially_approved';

/**
 * What counts of it towards the offline totals, in minor units: the host has not answered for that. Of an
 * adjustment and of a capture it is what they add to their original, which counts by itself.
 */
export const countedOf = (
  { type, amount, increase = 0 }: Pick<Order, 'type' | 'amount' | 'increase'>,
  payment: Payment,
): number => {
  if (type !== 'adjustment' && type !== 'capture') return isCounted(payment) ? amount.value : 0;
  return payment.is === 'advised' || payment.is === 'held' ? increase : 0;
};

const isCounted = (payment: Payment): boolean => {
  switch (payment.is) {
    case 'stored':
    case 'void_pending':
      return !isApprovedByCard(payment);
    case 'held':
      return payment.held.was === 'stored' && !isApprovedByCard(payment);
    case 'unknown':
      return !isUnwanted(payment);
    default:
      return false;
  }
};

/** Whether what is stored was approved by the card itself: its issuer answers for that, not the merchant. */
export const isApprovedByCard = (payment: Payment): boolean =>
  'card' in payment && payment.card.chip?.cryptogramType === 'TC';

/** Undone although its approval was known: rejected, not captured in time, refused by the chip. */
export const isUnwanted = ({ reason }: Extract<Payment, { is: 'unknown' }>): boolean =>
  deliberateReasons.some((each) => each === reason);

/** The total a transaction stands for now: what was ordered, approved in part, or adjusted. */
export const amountOf = (order: Pick<Order, 'amount'>, payment: Payment): Amount =>
  ('amount' in payment ? payment.amount : undefined) ?? order.amount;

/** What it adds to the merchant's net, in minor units; a refund is below 0. */
export const chargedOf = (order: Pick<Order, 'type' | 'amount'>, payment: Payment): number => {
  if (payment.is !== 'approved') return 0;
  const back = refundedAtPortal(payment);
  return signOf(order.type) * (amountOf(order, payment).value - back);
};

/** What was given back of it at the portal, in minor units. */
export const refundedAtPortal = ({ changes = [] }: Approved): number =>
  changes.reduce((sum, { kind, amount }) => (kind === 'refund' ? sum + amount.value : sum), 0);

const signOf = (type: TransactionType): -1 | 0 | 1 => {
  switch (type) {
    case 'sale':
    case 'capture':
      return 1;
    case 'refund':
      return -1;
    case 'authorization':
    case 'void':
    case 'adjustment':
      return 0;
  }
};
