/** Payments that have an outcome: what may still change it, and what only looks as if it did. */
import { answeredOf, lateIfOther } from './asking.ts';
import type { Order } from './order.ts';
import { type Approved, type Payment, type PortalChange } from './states.ts';
import { late, stepTo, type Happening, type Step } from './step.ts';
import { finishedFact, reversalFact } from './told.ts';

/** Changes made at the portal that one transaction takes; one more is not understood. */
const changesMax = 100;

export const whileUnknown = (
  _order: Order,
  now: Extract<Payment, { is: 'unknown' }>,
  heard: Happening,
): Step | undefined => {
  switch (heard.is) {
    case 'answered':
      return late(now, heard.answer);
    case 'reversal done':
      return heard.attemptId === now.attemptId ? stepTo({ ...now, is: 'reversed' }) : undefined;
    case 'decided':
      return now.reason === 'authorization_expired' ? undefined : approvedAfterAll(now, heard);
    default:
      return undefined;
  }
};

/**
 * The portal holds an approval of this very sale, and lets it stand: the ledger was restored from before it.
 * Nothing else takes a sale out of `unknown` but its reversal, and nothing else out of `reversed`.
 */
const approvedAfterAll = (
  { card }: Extract<Payment, { is: 'unknown' | 'reversed' }>,
  { answer }: Extract<Happening, { is: 'decided' }>,
): Step | undefined =>
  answer.result === 'approved'
    ? stepTo({
        ...{ is: 'approved', card, ...answeredOf(answer) },
        ...(answer.approvedAmount === undefined ? {} : { amount: answer.approvedAmount }),
      })
    : undefined;

export const whileApproved = (order: Order, now: Approved, heard: Happening): Step | undefined => {
  switch (heard.is) {
    case 'void done': {
      const { attemptId, card } = now;
      const then: Payment = { is: 'voided', attemptId, card, voidedBy: heard.voidedBy };
      return { then, facts: [finishedFact(order, then)], do: [] };
    }
    case 'voided': {
      const { attemptId, card } = now;
      return stepTo({ is: 'voided', attemptId, card, voidedBy: heard.voidedBy });
    }
    // Given back before, in a life this ledger was restored from before.
    case 'reversal done': {
      const { attemptId, card } = now;
      return heard.attemptId === attemptId
        ? stepTo({ is: 'reversed', attemptId, card })
        : undefined;
    }
    case 'adjusted': {
      const { amount, tipAmount } = heard;
      return stepTo({ ...now, amount, ...(tipAmount === undefined ? {} : { tipAmount }) });
    }
    case 'expired': {
      if (order.type !== 'authorization') return undefined;
      const { attemptId, card } = now;
      const reason = 'authorization_expired';
      const then: Payment = { is: 'unknown', attemptId, card, reason };
      return { then, facts: [reversalFact(order, attemptId, reason)], do: [] };
    }
    case 'changed':
      return changed(order, now, heard.change);
    case 'answered':
      return lateIfOther(now, heard.answer);
    default:
      return undefined;
  }
};

const changed = (order: Order, now: Approved, change: PortalChange): Step | undefined => {
  const { attemptId, card, changes = [] } = now;
  if (change.amount.currency !== order.amount.currency) return undefined;
  if (change.kind === 'void') return stepTo({ is: 'voided', attemptId, card, by: change.by });
  if (changes.length >= changesMax) return undefined;
  const then: Approved = { ...now, changes: [...changes, change] };
  return stepTo(change.kind === 'adjustment' ? { ...then, amount: change.amount } : then);
};

// A repeat of what is known is not even late; for what is reversed, its own answer is.
export const onceFinal = (_order: Order, now: Payment, heard: Happening): Step | undefined => {
  if (now.is === 'reversed' && heard.is === 'decided') return approvedAfterAll(now, heard);
  if (heard.is !== 'answered') return undefined;
  return now.is === 'reversed' ? late(now, heard.answer) : lateIfOther(now, heard.answer);
};
