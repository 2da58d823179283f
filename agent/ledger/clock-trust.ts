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
import { raisesOf } from './clock-raise.ts';
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
  /** Where to look from when to when the device's certificate is good. */
  certifiedBy(life: () => CertifiedLife | undefined): void;
  /** What the wall clock cannot be below, ms since 1970. */
  bound(): number;
  /** How far the wall clock is behind what is known; 0 when it is not below the bound. */
  behindMs(): number;
  /** How far it is ahead of the portal's time; 0 while that agrees, or has not been heard since a jump. */
  aheadMs(): number;
  /** Whether it may be raised to a time: not past the end of the certificate, unless it was never set. */
  mayRaiseTo(wallMs: number): boolean;
  /** This agent has raised the clock by so much. */
  raised(byMs: number): void;
  /** Whether the clock is ahead of the portal's time because this agent raised it. */
  isOverRaised(): boolean;
  /**
   * A certificate the broker showed has expired. If this agent raised the clock, it is not believed any more
   * that it was right to: gives how far that has to be taken back, else 0.
   */
  doubtRaise(): number;
  /** What the wall clock would show less the monotonic one, were it right; known once the portal spoke. */
  rightOffsetMs(): number | undefined;
  /** Whether too many boots went by without trusted time. */
  doubtful(): boolean;
}

/** From when to when a certificate is good, ms since 1970. */
export interface CertifiedLife {
  readonly notBefore: number;
  readonly notAfter: number;
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
  const raises = raisesOf(meta, elapsed, world);
  let heard: Heard | undefined;
  let certified: () => CertifiedLife | undefined = () => undefined;
  if (meta.get('bootCounted') !== bootId) {
    meta.set('bootsUntrusted', (meta.get('bootsUntrusted') ?? 0) + 1);
    meta.set('bootCounted', bootId);
  }
  const isDoubted = () => meta.get('clockDoubted') === 1;
  const bound = () =>
    lowerBound({
      ...{ builtAt: release.builtAt, elapsedMs: elapsed.now() },
      ...(isDoubted() ? {} : rungsOfPortal(meta, certified())),
    });
  const errorMs = (): number | undefined =>
    heard === undefined || Math.abs(offset() - heard.offsetMs) > agreementMs
      ? undefined
      : heard.offsetMs - heard.rightOffsetMs;
  const aheadMs = () => {
    const error = errorMs() ?? 0;
    return error > agreementMs ? error : 0;
  };
  return {
    trust: () => {
      if (clock.wallMs() < bound()) return 'untrusted';
      const error = errorMs();
      if (error === undefined) return 'bounded';
      return Math.abs(error) <= agreementMs ? 'trusted' : 'untrusted';
    },
    heardTime: (wallMs) => {
      heard = { offsetMs: offset(), rightOffsetMs: wallMs - clock.monotonicMs() };
      if (isDoubted()) meta.later('clockDoubted', 0);
      // The portal's word replaces its last one: had its clock been ahead, the bound would be wrong for ever.
      renew(meta, { wallMs, elapsedMs: elapsed.now() });
      if (Math.abs(wallMs - clock.wallMs()) <= agreementMs) meta.later('bootsUntrusted', 0);
    },
    heardSigned: (issuedAtMs) => {
      if (issuedAtMs > (meta.get('signedWallMs') ?? 0)) meta.later('signedWallMs', issuedAtMs);
    },
    certifiedBy: (life) => {
      certified = life;
    },
    bound,
    behindMs: () => {
      const lowest = bound();
      if (clock.wallMs() >= lowest) return 0;
      const told = heard === undefined ? 0 : heard.rightOffsetMs + clock.monotonicMs();
      return Math.max(lowest, told) - clock.wallMs();
    },
    aheadMs,
    mayRaiseTo: (wallMs) =>
      clock.wallMs() < release.builtAt || wallMs < (certified()?.notAfter ?? Infinity),
    raised: (byMs) => raises.note(byMs),
    isOverRaised: () => raises.explains(aheadMs()),
    doubtRaise: () => {
      const byMs = raises.standing();
      // A clock that had never been set before was worse than any portal's word.
      if (byMs === 0 || clock.wallMs() - byMs < release.builtAt) return 0;
      meta.later('clockDoubted', 1);
      raises.forget();
      heard = undefined;
      return byMs;
    },
    rightOffsetMs: () => heard?.rightOffsetMs,
    doubtful: () => (meta.get('bootsUntrusted') ?? 0) > bootsUntrustedMax,
  };
};

/** What the portal said of the time, and did at a time. */
const rungsOfPortal = (meta: MetaTable, life: CertifiedLife | undefined) => ({
  certifiedMs: life?.notBefore,
  signedMs: meta.get('signedWallMs'),
  portal: portalIn(meta),
});

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
