/** A partial approval: the host took less than was asked for, and the POS says whether that will do (R22). */
import { lateIfOther } from './asking.ts';
import type { Order } from './order.ts';
import type { Payment } from './states.ts';
import { stepTo, type Happening, type Step } from './step.ts';
import { finishedFact, reversalFact } from './told.ts';

export const whilePartial = (
  order: Order,
  now: Extract<Payment, { is: 'partially_approved' }>,
  heard: Happening,
): Step | undefined => {
  switch (heard.is) {
    case 'accepted': {
      const then: Payment = { ...now, is: 'approved' };
      return { then, facts: [finishedFact(order, then)], do: [] };
    }
    // Rejected, or not answered in time: the whole of what was approved is undone.
    case 'rejected': {
      const { attemptId, card } = now;
      const reason = 'partial_rejected';
      const then: Payment = { is: 'unknown', attemptId, card, reason };
      return { then, facts: [reversalFact(order, attemptId, reason)], do: [] };
    }
    // Rejected before, in a life this ledger was restored from before.
    case 'reversal done': {
      const { attemptId, card } = now;
      return heard.attemptId === attemptId
        ? stepTo({ is: 'reversed', attemptId, card })
        : undefined;
    }
    case 'answered':
      return lateIfOther(now, heard.answer);
    default:
      return undefined;
  }
};
