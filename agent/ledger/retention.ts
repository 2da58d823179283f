/**
 * Retention: when what is past its time is pruned. Now and then, in small commits, while nobody waits for
 * anything and the clock is trusted; measured in trusted time alone (payments.md, Clocks).
 */
import type { World } from '../world.ts';
import type { Ledger } from './ledger.ts';
import type { Gone } from './pruning.ts';
import { storageFaultOf, type StorageFault } from './sqlite.ts';
import type { Stay } from './stay.ts';

/** How long after a start, and after the last time, it is looked whether anything is to go, ms. */
const firstAfterMs = 15 * 60_000;
const everyMs = 6 * 3_600_000;
/** How long to wait when somebody pays, the storage is in trouble or the clock is not trusted, ms. */
const againAfterMs = 5 * 60_000;
/** Between two commits, so that whoever comes is served first, ms. */
const pauseMs = 100;

const dayMs = 86_400_000;
/** As long as the longest: nothing goes before its months are over. */
const daysAMonth = 31;

export type RetentionNews =
  | ({ readonly is: 'pruned' } & Gone)
  /** Something is past its time and has to stay all the same. */
  | ({ readonly is: 'kept' } & Stay)
  | { readonly is: 'failed'; readonly fault: StorageFault };

export interface RetentionParts {
  readonly ledger: Ledger;
  readonly world: World;
  /** How long a record is kept after its last change, months. */
  readonly months: () => number;
  /** Whether nobody is served, and the storage is well. */
  readonly isQuiet: () => boolean;
  /** Called after every commit that removed something: it still stands in the write-ahead log. */
  readonly removed: () => void;
  readonly tell: (news: RetentionNews) => void;
}

/** Begins to prune; goes on until the clock of its world ends. */
export const keepRetention = (parts: RetentionParts): void => {
  const { world, tell } = parts;
  const sum = { entries: 0, words: 0, transactions: 0 };
  const rest = (stay?: Stay) => {
    if (sum.entries > 0) tell({ is: 'pruned', ...sum });
    if (stay !== undefined && !usual.has(stay.why)) tell({ is: 'kept', ...stay });
    Object.assign(sum, { entries: 0, words: 0, transactions: 0 });
    world.clock.after(everyMs, step);
  };
  const step = (): void => {
    if (!mayPrune(parts)) {
      world.clock.after(againAfterMs, step);
      return;
    }
    try {
      const { gone, stay } = prune(parts);
      sum.entries += gone.entries;
      sum.words += gone.words;
      sum.transactions += gone.transactions;
      if (gone.entries === 0) return rest(stay);
    } catch (error) {
      const fault = storageFaultOf(error);
      if (fault === undefined) throw error;
      tell({ is: 'failed', fault });
      return rest();
    }
    world.clock.after(pauseMs, step);
  };
  world.clock.after(firstAfterMs, step);
};

/** What every log comes to in the end. */
const usual: ReadonlySet<Stay['why']> = new Set(['too young', 'last entry']);

// A ledger the portal has seen more of is evidence, and keeps all it has.
const mayPrune = ({ ledger, isQuiet }: RetentionParts): boolean =>
  isQuiet() && ledger.clock.trust() === 'trusted' && ledger.meta.get('rolledBack') === undefined;

/** One commit, if there is anything to remove. */
const prune = (parts: RetentionParts): { gone: Gone; stay?: Stay | undefined } => {
  const { ledger, world, months, removed } = parts;
  const now = world.clock.wallMs();
  const due = ledger.pruning.due(now - months() * daysAMonth * dayMs);
  if (due.entries.length === 0) {
    return { gone: { entries: 0, words: 0, transactions: 0 }, stay: due.stay };
  }
  world.mark?.('before-prune');
  const gone = ledger.commit(() => {
    const done = ledger.pruning.remove(due, now);
    world.mark?.('after-prune');
    return done;
  });
  removed();
  return { gone };
};
