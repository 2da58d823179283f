/**
 * Lockout: what failures to sign in cost a name. Pure; times are elapsed time, so that neither a moved clock
 * nor a restart ends a lock.
 */
import { signInLimits } from './limits.ts';

/** What is remembered of a name that failed. */
export interface Failures {
  /** Since the last lock. */
  readonly failures: number;
  readonly locks: number;
  /** Elapsed time; 0 when it was never locked. */
  readonly lockedUntil: number;
  readonly lastAt: number;
}

/** Milliseconds a name is still locked; 0 when it is not. */
export const lockedForMs = (known: Failures | undefined, now: number): number =>
  Math.max(0, (known?.lockedUntil ?? 0) - now);

/** Whether nothing of it counts any more. */
export const isForgotten = ({ lastAt, lockedUntil }: Failures, now: number): boolean =>
  now - Math.max(lastAt, lockedUntil) >= signInLimits.forgottenAfterMs;

/** What is remembered after one more failure. */
export const afterFailure = (known: Failures | undefined, now: number): Failures => {
  const before = known === undefined || isForgotten(known, now) ? unknown : known;
  const failures = before.failures + 1;
  if (failures < signInLimits.failuresUntilLocked) return { ...before, failures, lastAt: now };
  const { firstLockMs, longestLockMs } = signInLimits;
  const lockMs = Math.min(firstLockMs * 2 ** before.locks, longestLockMs);
  return { failures: 0, locks: before.locks + 1, lockedUntil: now + lockMs, lastAt: now };
};

const unknown: Failures = { failures: 0, locks: 0, lockedUntil: 0, lastAt: 0 };
