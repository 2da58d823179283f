/**
 * A hold: somebody at the device keeps versions from taking effect for a while, as before the evening's rush.
 * It survives a restart, counts in elapsed time, and always ends.
 */
import type { Ledger } from '../ledger/ledger.ts';

/** The longest a hold lasts, minutes. */
export const holdMinutesMost = 720;

export interface Hold {
  readonly why: string;
  /** How long it still lasts, ms. */
  readonly leftMs: number;
}

/** The hold there is. */
export const holdOf = ({ meta, elapsed }: Pick<Ledger, 'meta' | 'elapsed'>): Hold | undefined => {
  const leftMs = (meta.get('heldUntilElapsedMs') ?? 0) - elapsed.now();
  return leftMs > 0 ? { why: meta.get('heldWhy') ?? '', leftMs } : undefined;
};

/** Begins a hold, or ends the one there is with none; a commit of its own. */
export const putHold = (ledger: Ledger, minutes: number, why: string): void =>
  ledger.commit(() => {
    ledger.meta.set('heldUntilElapsedMs', ledger.elapsed.now() + minutes * 60_000);
    ledger.meta.set('heldWhy', why);
  });
