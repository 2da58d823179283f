/**
 * Erasure to the last byte: what a commit erased still stands in the write-ahead log until that is truncated.
 * Done within a minute of an erasure (invariant I6), and once at every start.
 */
import type { Clock } from '../world.ts';
import type { Ledger } from './ledger.ts';
import { storageFaultOf } from './sqlite.ts';

/** How long after an erasure the WAL is truncated, ms; gathers the erasures of a whole forwarding run. */
const truncateAfterMs = 20_000;
/** How long to wait before trying again when the storage refuses or somebody reads, ms. */
const retryMs = 10_000;

const truncated = (ledger: Ledger): boolean => {
  try {
    return ledger.checkpoint();
  } catch (error) {
    if (storageFaultOf(error) === undefined) throw error;
    return false;
  }
};

/** Gives what is to be called after every commit that erased something. */
export const walTruncation = (ledger: Ledger, clock: Clock): (() => void) => {
  let due = false;
  const truncate = () => {
    due = !truncated(ledger);
    if (due) clock.after(retryMs, truncate);
  };
  return () => {
    if (due) return;
    due = true;
    clock.after(truncateAfterMs, truncate);
  };
};
