/**
 * Where a card that was read goes: to the host when it can be asked, else into the store if every gate lets
 * it.
 */
import { linkLimits, type MaskedCard } from '../../contract/index.ts';
import type { Settings } from '../../config/index.ts';
import { newId } from '../identity/identifiers.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { World } from '../world.ts';
import { firstClosedGate } from './gates.ts';
import type { HostLine } from './host-line.ts';
import type { Order } from './order.ts';
import type { Route, RouteWithoutHost } from './step.ts';
import { standingOf } from './standing.ts';
import type { SealedCard } from './vault.ts';

export interface RoutingParts {
  readonly ledger: Ledger;
  readonly world: World;
  readonly settings: Settings;
  readonly host: HostLine;
}

/** What is to be routed. */
export interface Carried {
  readonly order: Order;
  readonly card: MaskedCard;
  readonly sealed: SealedCard;
  /** The POS said that it means what looks like a repetition. */
  readonly repetitionMeant?: boolean;
}

export const routeOf = (parts: RoutingParts, carried: Carried): Route => {
  const { ledger, host, world } = parts;
  // What the card has approved itself needs no host; it is told of it (R14).
  const isApproved = carried.card.chip?.cryptogramType === 'TC';
  if (isApproved || !host.canAsk()) return routeWithoutHost(parts, carried);
  // Online work waits for its reversals rather than running ahead of them (link.md, Money over the log).
  if (ledger.attempts.reversingCount() > linkLimits.reversalsNamed) {
    return { to: 'nobody', refusal: 'pending_reversal' };
  }
  return { to: 'host', attemptId: newId('att', world) };
};

export const routeWithoutHost = (
  parts: RoutingParts,
  { order, card, sealed, repetitionMeant = false }: Carried,
): RouteWithoutHost => {
  const { type, amount, offline } = order;
  const ask = {
    ...{ type, amount, card, offline, repetitionMeant },
    onlinePin: card.chip?.verification === 'pin_online',
    approvedByCard: card.chip?.cryptogramType === 'TC',
  };
  const refusal = firstClosedGate(ask, standingOf(parts, order, sealed.cardHash), parts.settings);
  if (refusal === 'duplicate_suspected') return { to: 'pos', refusal };
  if (refusal !== undefined) return { to: 'nobody', refusal };
  const { keyId, digest } = sealed;
  return { to: 'store', attemptId: newId('att', parts.world), sealed: { keyId, digest } };
};
