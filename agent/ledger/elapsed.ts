/**
 * Elapsed time that survives reboots: what every window of time is measured on.
 *
 * Saved with every commit. After a restart of the process on the same boot the gap is known from the
 * monotonic clock; over a reboot it is unknown and counts zero (payments.md, Clocks), so that no clock jump
 * reopens or expires a window.
 */
import type { World } from '../world.ts';
import type { MetaTable } from './meta.ts';

export interface Elapsed {
  /** Milliseconds this ledger has lived through, as far as is known. */
  now(): number;
  /** Writes it down; called inside every commit. */
  save(): void;
}

export const elapsedTime = (meta: MetaTable, { clock, bootId }: World): Elapsed => {
  const saved = meta.get('elapsedMs') ?? 0;
  const sameBoot = meta.get('elapsedBootId') === bootId;
  const savedAt = sameBoot
    ? (meta.get('elapsedAtMonotonicMs') ?? clock.monotonicMs())
    : clock.monotonicMs();
  const now = () => saved + Math.max(0, clock.monotonicMs() - savedAt);
  return {
    now,
    save: () => {
      meta.set('elapsedMs', now());
      meta.set('elapsedAtMonotonicMs', clock.monotonicMs());
      meta.set('elapsedBootId', bootId);
    },
  };
};
