/**
 * How far the wall clock is trusted: `trusted` once the portal's time agreed with it and while it has not
 * jumped since, `untrusted` while it is below what is known to be past or the portal's time contradicts it,
 * else `bounded`. Every record says which.
 */
import type { ClockTrust } from '../../contract/index.ts';
import { release } from '../../firmware/index.ts';
import type { World } from '../world.ts';
import { agreementMs, lowerBound } from './clock-bound.ts';
import type { Elapsed } from './elapsed.ts';
import type { MetaTable } from './meta.ts';

/** After so many boots in a row without trusted time, offline approvals stop. */
export const bootsUntrustedMax = 3;

/** How old the portal's time gets before it is written down anew, and how far from the expected, ms. */
const renewEveryMs = 60_000;

export interface TrustedClock {
  trust(): ClockTrust;
  /** The portal said what time it is. */
  heardTime(portalWallMs: number): void;
  /** The portal signed something at this time. */
  heardSigned(issuedAtMs: number): void;
  /** The device's certificate is not good before this. */
  certifiedFrom(notBeforeMs: number): void;
  /** What the wall clock cannot be below, ms since 1970. */
  bound(): number;
  /** How far the wall clock is behind what is known; 0 when it is not below the bound. */
  behindMs(): number;
  /** How far it is ahead of the portal's time; 0 while that agrees, or has not been heard since a jump. */
  aheadMs(): number;
  /** What the wall clock would show less the monotonic one, were it right; known once the portal spoke. */
  rightOffsetMs(): number | undefined;
  /** Whether too many boots went by without trusted time. */
  doubtful(): boolean;
}

/** What the portal last said, against the clocks of that moment. */
interface Heard {
  readonly offsetMs: number;
  readonly rightOffsetMs: number;
}

export const trustedClock = (meta: MetaTable, elapsed: Elapsed, world: World): TrustedClock => {
  const { clock, bootId } = world;
  // Wall time is moved by people and by programs, monotonic time by nobody: a jump shows between them.
  const offset = () => clock.wallMs() - clock.monotonicMs();
  let heard: Heard | undefined;
  let certifiedMs = 0;
  if (meta.get('bootCounted') !== bootId) {
    meta.set('bootsUntrusted', (meta.get('bootsUntrusted') ?? 0) + 1);
    meta.set('bootCounted', bootId);
  }
  const portal = () => portalIn(meta);
  const bound = () =>
    lowerBound({
      ...{ builtAt: release.builtAt, certifiedMs, signedMs: meta.get('signedWallMs') },
      ...{ portal: portal(), elapsedMs: elapsed.now() },
    });
  const errorMs = (): number | undefined =>
    heard === undefined || Math.abs(offset() - heard.offsetMs) > agreementMs
      ? undefined
      : heard.offsetMs - heard.rightOffsetMs;
  return {
    trust: () => {
      if (clock.wallMs() < bound()) return 'untrusted';
      const error = errorMs();
      if (error === undefined) return 'bounded';
      return Math.abs(error) <= agreementMs ? 'trusted' : 'untrusted';
    },
    heardTime: (wallMs) => {
      heard = { offsetMs: offset(), rightOffsetMs: wallMs - clock.monotonicMs() };
      // The portal's word replaces its last one: had its clock been ahead, the bound would be wrong for ever.
      if ((meta.get('signedWallMs') ?? 0) > wallMs) meta.later('signedWallMs', wallMs);
      renew(meta, { wallMs, elapsedMs: elapsed.now() });
      if (Math.abs(wallMs - clock.wallMs()) <= agreementMs) meta.later('bootsUntrusted', 0);
    },
    heardSigned: (issuedAtMs) => {
      if (issuedAtMs > (meta.get('signedWallMs') ?? 0)) meta.later('signedWallMs', issuedAtMs);
    },
    certifiedFrom: (notBeforeMs) => {
      certifiedMs = notBeforeMs;
    },
    bound,
    behindMs: () => {
      const lowest = bound();
      if (clock.wallMs() >= lowest) return 0;
      const told = heard === undefined ? 0 : heard.rightOffsetMs + clock.monotonicMs();
      return Math.max(lowest, told) - clock.wallMs();
    },
    aheadMs: () => {
      const error = errorMs() ?? 0;
      return error > agreementMs ? error : 0;
    },
    rightOffsetMs: () => heard?.rightOffsetMs,
    doubtful: () => (meta.get('bootsUntrusted') ?? 0) > bootsUntrustedMax,
  };
};

interface PortalTime {
  readonly wallMs: number;
  readonly elapsedMs: number;
}

const portalIn = (meta: MetaTable): PortalTime | undefined => {
  const wallMs = meta.get('trustedWallMs');
  // An earlier release saved no elapsed time with it: all that has passed since counts zero.
  const elapsedMs = meta.get('trustedElapsedMs') ?? Infinity;
  return wallMs === undefined ? undefined : { wallMs, elapsedMs };
};

const renew = (meta: MetaTable, { wallMs, elapsedMs }: PortalTime): void => {
  const before = portalIn(meta);
  const sinceMs = elapsedMs - (before?.elapsedMs ?? 0);
  const isExpected =
    before !== undefined && Math.abs(wallMs - before.wallMs - sinceMs) < renewEveryMs;
  if (isExpected && sinceMs >= 0 && sinceMs < renewEveryMs) return;
  meta.later('trustedWallMs', wallMs);
  meta.later('trustedElapsedMs', elapsedMs);
};
