/**
 * How far the wall clock is trusted: `trusted` once the portal's time agreed with it and while it has not
 * jumped since, `bounded` while it is not below anything known to be past, else `untrusted`. Every record
 * says which.
 */
import type { ClockTrust } from '../../contract/index.ts';
import { release } from '../../firmware/index.ts';
import type { World } from '../world.ts';
import type { MetaTable } from './meta.ts';

/** How far the wall clock may be from the portal's time and still be called trusted. */
const agreementMs = 5 * 60_000;

/** After so many boots in a row without trusted time, offline approvals stop. */
export const bootsUntrustedMax = 3;

export interface TrustedClock {
  trust(): ClockTrust;
  /** The portal said what time it is. */
  heardTime(portalWallMs: number): void;
  /** Whether too many boots went by without trusted time. */
  doubtful(): boolean;
}

export const trustedClock = (meta: MetaTable, { clock, bootId }: World): TrustedClock => {
  // Wall time is moved by people and by programs, monotonic time by nobody: a jump shows between them.
  const offset = () => clock.wallMs() - clock.monotonicMs();
  let agreedAt: number | undefined;
  if (meta.get('bootCounted') !== bootId) {
    meta.set('bootsUntrusted', (meta.get('bootsUntrusted') ?? 0) + 1);
    meta.set('bootCounted', bootId);
  }
  return {
    trust: () => {
      const lowest = Math.max(release.builtAt, meta.get('trustedWallMs') ?? 0);
      if (clock.wallMs() < lowest) return 'untrusted';
      const holds = agreedAt !== undefined && Math.abs(offset() - agreedAt) <= agreementMs;
      return holds ? 'trusted' : 'bounded';
    },
    heardTime: (portalWallMs) => {
      const agrees = Math.abs(portalWallMs - clock.wallMs()) <= agreementMs;
      agreedAt = agrees ? offset() : undefined;
      if (!agrees) return;
      meta.later('bootsUntrusted', 0);
      meta.later('trustedWallMs', Math.max(clock.wallMs(), meta.get('trustedWallMs') ?? 0));
    },
    doubtful: () => (meta.get('bootsUntrusted') ?? 0) > bootsUntrustedMax,
  };
};
