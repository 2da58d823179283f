/** The facts a payment writes, built from its order and its states. */
import type {
  CardType,
  Fact,
  FollowUpType,
  MaskedCard,
  MoneyKind,
  ReversalReason,
  SealedRef,
  TransactionType,
} from '../../contract/index.ts';
import { chargeOf, type Order } from './order.ts';
import { amountOf, outcomeOf, type Payment } from './states.ts';

/** What a live request for a type asks the host to do. */
export const kindOf = (type: TransactionType): MoneyKind => {
  switch (type) {
    case 'sale':
    case 'authorization':
      return 'authorize';
    case 'adjustment':
      return 'adjust';
    case 'capture':
    case 'refund':
    case 'void':
      return type;
  }
};

/** One attempt, and the card it is made with. */
interface Attempt {
  readonly attemptId: string;
  readonly card: MaskedCard;
}

export const sentFact = (order: Order, { attemptId, card }: Attempt): Fact => {
  const { transactionId, type, batch } = order;
  const kind = kindOf(type);
  return {
    type: 'attempt.sent',
    body: { transactionId, attemptId, kind, ...chargeOf(order), card, batch },
  };
};

export const storedFact = (
  order: Order,
  { attemptId, card, afterAttemptId }: Attempt & { readonly afterAttemptId?: string },
  sealed: SealedRef,
): Fact => {
  const { transactionId, batch } = order;
  const type = order.type as CardType;
  const after = afterAttemptId === undefined ? {} : { afterAttemptId };
  return {
    type: 'transaction.stored',
    body: { transactionId, attemptId, type, ...chargeOf(order), card, batch, sealed, ...after },
  };
};

/** Why a follow-up goes into the log. */
export type AdviceReason = Extract<Fact, { type: 'transaction.advised' }>['body']['reason'];

export const advisedFact = (
  order: Order,
  { attemptId, card }: Attempt,
  reason: AdviceReason,
): Fact => {
  const { transactionId, originalTransactionId = transactionId, batch } = order;
  const type = order.type as FollowUpType;
  const named = { transactionId, attemptId, type, originalTransactionId };
  return {
    type: 'transaction.advised',
    body: { ...named, ...chargeOf(order), card, batch, reason },
  };
};

export const reversalFact = (
  { transactionId, amount }: Order,
  attemptId: string,
  reason: ReversalReason,
): Fact => ({ type: 'reversal', body: { transactionId, attemptId, amount, reason } });

export const partialFact = (
  { transactionId, batch }: Order,
  { attemptId, responseCode = '10', amount, card }: Extract<Payment, { is: 'partially_approved' }>,
): Fact => ({
  type: 'transaction.partially_approved',
  body: { transactionId, attemptId, approvedAmount: amount, responseCode, card, batch },
});

/** The fact that ends a payment on the device's own account. */
export const finishedFact = (order: Order, then: Payment): Fact => ({
  type: 'transaction.finished',
  body: {
    transactionId: order.transactionId,
    outcome: outcomeOf(then) ?? 'unknown',
    amount: amountOf(order, then),
    batch: order.batch,
    ...('attemptId' in then && then.attemptId !== undefined ? { attemptId: then.attemptId } : {}),
    ...('card' in then ? { card: then.card } : {}),
    ...('responseCode' in then && then.responseCode !== undefined
      ? { responseCode: then.responseCode }
      : {}),
    ...(then.is === 'approved' && then.approvalCode !== undefined
      ? { approvalCode: then.approvalCode }
      : {}),
    ...(then.is === 'declined' ? { declinedBy: then.by, reason: then.reason } : {}),
    ...(then.is === 'cancelled' ? { reason: then.reason } : {}),
    ...(then.is === 'voided' && then.voidedBy !== undefined
      ? { voidTransactionId: then.voidedBy }
      : {}),
  },
});
