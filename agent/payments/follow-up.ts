/** Where a follow-up goes: to the host, into the log, or nowhere: nobody has heard of what it voids. */
import { linkLimits, type FollowUpType } from '../../contract/index.ts';
import { newId } from '../identity/identifiers.ts';
import type { Transaction } from '../ledger/transactions.ts';
import type { Entered } from './account.ts';
import type { Order } from './order.ts';
import type { RoutingParts } from './routing.ts';
import type { FollowUpRoute } from './step.ts';

/** What is followed, and what follows it already. */
export interface Followed {
  readonly original: Transaction;
  readonly followUps: readonly Entered[];
}

/** It waits in the log, parked or not; nothing that comes later may overtake it. */
const isQueued = ({ payment }: Entered): boolean =>
  payment.is === 'advised' || payment.is === 'held';

export const routeOfFollowUp = (
  { ledger, host, world }: RoutingParts,
  order: Order,
  { original, followUps }: Followed,
): FollowUpRoute => {
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
  if (order.offline === 'forbid') return { to: 'nobody', refusal: 'offline_forbidden' };
  return { to: 'log', attemptId, reason: mustQueue ? 'original_open' : 'no_host' };
};
