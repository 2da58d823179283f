/**
 * The chip's part: what a card decides by itself when it is read, and what it makes of its host's approval.
 *
 *   sent ─ the host approves, the chip waits ─▶ completing ─ it agrees ─▶ approved | partially_approved
 *                                                   └─ it refuses, or is gone ─▶ unknown, to be reversed
 */
import { lateIfOther } from './asking.ts';
import type { Order } from './order.ts';
import type { Payment } from './states.ts';
import type { ChipDone, Happening, Step } from './step.ts';
import { finishedFact, partialFact, reversalFact } from './told.ts';

export const whileCompleting = (
  order: Order,
  now: Extract<Payment, { is: 'completing' }>,
  heard: Happening,
): Step | undefined => {
  if (heard.is === 'answered') return lateIfOther(now, heard.answer);
  if (heard.is !== 'chip done') return undefined;
  const card = { ...now.card, ...(heard.chip === undefined ? {} : { chip: heard.chip }) };
  return heard.verdict === 'approved'
    ? agreed(order, { ...now, card })
    : refused(order, { ...now, card }, heard.verdict);
};

const agreed = (order: Order, now: Extract<Payment, { is: 'completing' }>): Step => {
  const { amount } = now;
  if (amount === undefined) {
    const then: Payment = { ...now, is: 'approved' };
    return { then, facts: [finishedFact(order, then)], do: [release] };
  }
  const then: Payment = { ...now, is: 'partially_approved', amount };
  return { then, facts: [partialFact(order, then)], do: [release] };
};

// The host has charged what the card does not stand for: it is undone before anything else (R8).
const refused = (
  order: Order,
  { attemptId, card }: Extract<Payment, { is: 'completing' }>,
  verdict: Exclude<ChipDone['verdict'], 'approved'>,
): Step => {
  const reason = reasons[verdict];
  const then: Payment = { is: 'unknown', attemptId, card, reason };
  return { then, facts: [reversalFact(order, attemptId, reason)], do: [release] };
};

const release = { is: 'release reader' } as const;

const reasons = {
  declined: 'chip_declined',
  card_removed: 'chip_not_completed',
  no_answer: 'chip_not_completed',
  interrupted: 'interrupted',
} as const;
