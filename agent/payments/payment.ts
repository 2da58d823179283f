/**
 * A payment: where one transaction stands, as a pure machine.
 *
 *   awaiting_card ─ card ─▶ sent ─ answer ─▶ approved | declined | partially_approved
 *        │  │  │             └─ no answer ─▶ unknown ─ reversal done ─▶ reversed
 *        │  │  └─ looks like a repetition ─▶ challenged ─ accepted ─▶ sent | stored
 *        │  └─ no way to the host, gates pass ─▶ stored ─ decided ─▶ approved | forward_declined
 *        └─ given up ─▶ cancelled            (a gate refuses ─▶ declined by the agent)
 *
 * A chip that waits has the last word on an approval: sent ─▶ completing ─▶ approved | unknown (`chip.ts`).
 *
 * A follow-up needs no card: created ─▶ sent, or advised in the log ─ decided ─▶ approved | forward_declined.
 * What it does to its original is a happening there: voided, adjusted, expired (`consequenceOf`).
 * And for a ledger that was restored: unknown | reversed ─ decided: approved ─▶ approved.
 *
 * `next(order, now, heard)` gives the state that follows, the facts to write first, and then the effects; or
 * `undefined` when what was heard has no meaning in this state.
 */
import { onceFinal, whileApproved, whileUnknown } from './afterwards.ts';
import { whileAwaitingCard, whileChallenged, whileCreated, whileSent } from './asking.ts';
import { whileAdvised, whileHeld, whileStored, whileVoidPending } from './forwarding.ts';
import { whileCompleting } from './chip.ts';
import type { Order } from './order.ts';
import { whilePartial } from './partial.ts';
import type { Payment } from './states.ts';
import type { Happening, Step } from './step.ts';

type While<S extends Payment['is']> = (
  order: Order,
  now: Extract<Payment, { is: S }>,
  heard: Happening,
) => Step | undefined;

const whiles: { readonly [S in Payment['is']]: While<S> } = {
  created: whileCreated,
  awaiting_card: whileAwaitingCard,
  challenged: whileChallenged,
  sent: whileSent,
  completing: whileCompleting,
  partially_approved: whilePartial,
  stored: whileStored,
  advised: whileAdvised,
  void_pending: whileVoidPending,
  held: whileHeld,
  unknown: whileUnknown,
  approved: whileApproved,
  declined: onceFinal,
  reversed: onceFinal,
  voided: onceFinal,
  forward_declined: onceFinal,
  cancelled: onceFinal,
};

/** The step that follows what was heard, or `undefined` when it has no meaning here. */
export const next = (order: Order, now: Payment, heard: Happening): Step | undefined =>
  (whiles[now.is] as While<Payment['is']>)(order, now, heard);

/** What a step of a follow-up does to its original; `undefined` when it leaves it alone. */
export const consequenceOf = (followUp: Order, then: Payment): Happening | undefined => {
  const { transactionId, amount, tipAmount } = followUp;
  if (followUp.type === 'adjustment' && then.is === 'approved') {
    return { is: 'adjusted', amount, ...(tipAmount === undefined ? {} : { tipAmount }) };
  }
  if (followUp.type !== 'void') return undefined;
  switch (then.is) {
    case 'approved':
      return { is: 'void done', voidedBy: transactionId };
    case 'advised':
      return { is: 'void asked', voidedBy: transactionId };
    case 'declined':
    case 'forward_declined':
      return { is: 'void failed', voidedBy: transactionId };
    default:
      return undefined;
  }
};

/** What a payment that was under way when the power failed becomes; `undefined` when it simply goes on. */
export const afterPowerCut = (payment: Payment): Happening | undefined => {
  switch (payment.is) {
    case 'created':
    case 'awaiting_card':
    case 'challenged':
      return { is: 'given up', reason: 'interrupted' };
    case 'sent':
      return {
        is: 'no answer',
        reason: 'interrupted',
        route: { to: 'nobody', refusal: 'interrupted' },
      };
    case 'completing':
      return { is: 'chip done', verdict: 'interrupted' };
    default:
      return undefined;
  }
};
