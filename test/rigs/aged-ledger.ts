/** A ledger that grows old: its portal has all of it, its batches are settled, and months go by. */
import type { Ledger } from '../../agent/ledger/ledger.ts';
import type { Gone } from '../../agent/ledger/pruning.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Stay } from '../../agent/ledger/stay.ts';
import { openedLedger, type OpenedLedger } from './open-ledger.ts';
import { quietWorld, type QuietWorld } from './quiet-world.ts';

/** Longer than any calendar's. */
export const monthMs = 31 * 86_400_000;

/** What was removed in all, and why no more was. */
export interface Pruned extends Gone {
  readonly commits: number;
  readonly stay: Stay | undefined;
}

export interface AgedLedger extends OpenedLedger {
  readonly world: QuietWorld;
}

/** A ledger whose clock the portal vouches for. */
export const trustedLedger = (path?: string): AgedLedger => {
  const world = quietWorld();
  const opened = openedLedger(world, path);
  opened.ledger.clock.heardTime(world.clock.wallMs());
  return { ...opened, world };
};

/** The portal acknowledges everything there is. */
export const acknowledgeAll = (ledger: Ledger): void => {
  ledger.commit(() => ledger.meta.set('acknowledged', ledger.upLog.head().seq));
};

/** The portal settles every batch a transaction stands in. */
export const settleAll = ({ db, ledger }: { db: Sqlite; ledger: Ledger }): void => {
  ledger.commit(() => {
    const names = db.prepare<[], string>('SELECT DISTINCT batch_name FROM transactions').pluck();
    for (const name of names.all()) ledger.batches.current(name, 0);
    db.prepare("UPDATE batches SET settlement = '{}'").run();
  });
};

/** Nothing is in the way any more but time, and that passes too. */
export const grownOld = (aged: AgedLedger, months = 14): AgedLedger => {
  acknowledgeAll(aged.ledger);
  settleAll(aged);
  aged.world.clock.advance(months * monthMs);
  return aged;
};

/** Removes what is older than so many months, commit after commit, `most` of them. */
export const prune = ({ ledger, world }: AgedLedger, most = Infinity, months = 13): Pruned => {
  const sum = { entries: 0, words: 0, transactions: 0 };
  const now = world.clock.wallMs();
  for (let commits = 0; ; commits += 1) {
    const due = ledger.pruning.due(now - months * monthMs);
    if (due.entries.length === 0 || commits === most) return { ...sum, commits, stay: due.stay };
    const gone = ledger.commit(() => ledger.pruning.remove(due, now));
    sum.entries += gone.entries;
    sum.words += gone.words;
    sum.transactions += gone.transactions;
  }
};
