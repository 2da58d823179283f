/** Where a follow-up goes: to the host, into the log, or nowhere: nobody has heard of what it voids. */
import {
  linkLimits,
  type FollowUpType,
  type MaskedCard,
  type RefusalCode,
} from '../../contract/index.ts';
import { newId } from '../identity/identifiers.ts';
import type { Transaction } from '../ledger/transactions.ts';
import type { Entered } from './account.ts';
import { firstGateClosedToFollowUp } from './gates.ts';
import type { Order } from './order.ts';
import type { RoutingParts } from './routing.ts';
import { standingOf } from './standing.ts';
import type { FollowUpRoute, RouteUnsent } from './step.ts';

/** What is followed, and what follows it already. */
export interface Followed {
  readonly original: Transaction;
  readonly followUps: readonly Entered[];
}

/** It waits in the log, parked or not; nothing that comes later may overtake it. */
const isQueued = ({ payment }: Entered): boolean =>
  payment.is === 'advised' || payment.is === 'held';

export const routeOfFollowUp = (
  parts: RoutingParts,
  order: Order,
  { original, followUps, card }: Followed & { readonly card: MaskedCard },
): FollowUpRoute => {
  const { ledger, host, world } = parts;
  const attemptId = newId('att', world);
  // What an older ledger believes of its originals may not be true any more.
  if (ledger.meta.get('rolledBack') !== undefined) {
    return { to: 'nobody', refusal: 'ledger_rolled_back' };
  }
  const isOpen = original.payment.is !== 'approved';
  const type = order.type as FollowUpType;
  const storedAt = ledger.upLog.placeOf(original.order.transactionId, 'transaction.stored');
  if (type === 'void' && isOpen && followUps.length === 0 && !ledger.published.mayHold(storedAt)) {
    return { to: 'here', attemptId };
  }
  const mustQueue = isOpen || followUps.some(isQueued);
  if (!mustQueue && host.canAsk()) {
    return ledger.attempts.reversingCount() > linkLimits.reversalsNamed
      ? { to: 'nobody', refusal: 'pending_reversal' }
      : { to: 'host', attemptId };
  }
  const refusal = closedGate(parts, order, card);
  if (refusal !== undefined) return { to: 'nobody', refusal };
  return { to: 'log', attemptId, reason: mustQueue ? 'original_open' : 'no_host' };
};

/** Where one goes whose request never left. */
export const routeOfUnsent = (parts: RoutingParts, order: Order, card: MaskedCard): RouteUnsent => {
  const refusal = closedGate(parts, order, card);
  return refusal === undefined ? { to: 'log' } : { to: 'nobody', refusal };
};

/** Why it may not be approved without the host. A void lowers the risk: only its request forbids it. */
const closedGate = (
  parts: RoutingParts,
  order: Order,
  card: MaskedCard,
): RefusalCode | undefined => {
  const { type, amount, increase = 0, offline } = order;
  if (type === 'void') return offline === 'forbid' ? 'offline_forbidden' : undefined;
  const ask = {
    ...{ type, amount: { ...amount, value: increase }, card, offline },
    ...{ onlinePin: false, approvedByCard: false, repetitionMeant: true },
  };
  return firstGateClosedToFollowUp(ask, standingOf(parts, order), parts.settings);
};
