/**
 * The pen: commits, and when the storage refuses, says so once and tries again until it writes.
 *
 * While it is in trouble no new work is begun; what was under way is ended, as after a power cut, by the
 * first thing that can be written.
 */
import type { World } from '../world.ts';
import type { Ledger } from './ledger.ts';
import { storageFaultOf, type StorageFault } from './sqlite.ts';

/** How long to wait before trying again to write, ms. */
const retryMs = 5_000;

export interface Pen {
  /** The result of the commit, or `undefined` when the storage refused it. Other errors are thrown. */
  write<R>(commit: () => R): R | undefined;
  inTrouble(): boolean;
}

export interface PenParts {
  readonly ledger: Ledger;
  readonly world: World;
  /** Called until it writes without a fault; must itself commit. */
  readonly catchUp: () => void;
  readonly tell: (news: { is: 'trouble'; fault: StorageFault } | { is: 'back' }) => void;
}

export const penOf = ({ ledger, world, catchUp, tell }: PenParts): Pen => {
  let trouble = false;
  const retry = () => {
    try {
      catchUp();
      trouble = false;
      tell({ is: 'back' });
    } catch (error) {
      if (storageFaultOf(error) === undefined) throw error;
      world.clock.after(retryMs, retry);
    }
  };
  return {
    inTrouble: () => trouble,
    write: (commit) => {
      try {
        return ledger.commit(commit);
      } catch (error) {
        const fault = storageFaultOf(error);
        if (fault === undefined) throw error;
        if (!trouble) {
          trouble = true;
          tell({ is: 'trouble', fault });
          world.clock.after(retryMs, retry);
        }
        return undefined;
      }
    },
  };
};
