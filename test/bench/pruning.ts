/**
 * Pruning: what it takes to let ten thousand sales go that are past their time, how long the longest of its
 * commits keeps a till waiting, and what becomes of the file: it is used again, and does not grow.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openLedger } from '../../agent/ledger/open.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import type { World } from '../../agent/world.ts';
import { till } from './keys.ts';
import { approve } from './long-ledger.ts';
import { rounded } from './rounds.ts';
import { unflushed } from './unflushed.ts';

const sales = 10_000;
const salesACommit = 1_000;
const yearMs = 14 * 31 * 86_400_000;
const mebibyte = 1_048_576;

export interface PruningMeasured {
  readonly transactions: number;
  readonly pruneMs: number;
  readonly commits: number;
  readonly longestCommitMs: number;
  /** The file with all sales, once they went, and once as many came again. */
  readonly fileMiB: readonly [full: number, pruned: number, refilled: number];
}

export const measurePruning = (directory: string): PruningMeasured => {
  const path = join(directory, 'pruning.sqlite');
  const mebibytes = () => rounded(statSync(path).size / mebibyte, 1);
  const now = nodeWorld(directory);
  fill(path, now, 1);
  const full = mebibytes();
  const taken = pruned(path, yearsOn(now));
  const empty = mebibytes();
  fill(path, now, sales + 1);
  return {
    transactions: sales,
    pruneMs: Math.round(taken.reduce((sum, ms) => sum + ms, 0)),
    commits: taken.length,
    longestCommitMs: rounded(Math.max(...taken), 1),
    fileMiB: [full, empty, mebibytes()],
  };
};

/** The same machine, more than a year later. */
const yearsOn = (world: World): World => ({
  ...world,
  clock: { ...world.clock, wallMs: () => world.clock.wallMs() + yearMs },
});

/** Sells, and has all of it told and settled. */
const fill = (path: string, world: World, from: number): void => {
  let db: Sqlite | undefined;
  const ledger = openLedger(() => (db = unflushed(path)), till(7), world);
  ledger.clock.heardTime(world.clock.wallMs());
  for (let sale = from; sale < from + sales; sale += salesACommit) {
    ledger.commit(() => {
      for (let i = 0; i < salesACommit; i += 1) approve(ledger, sale + i);
    });
  }
  ledger.commit(() => {
    ledger.batches.current('System', 0);
    db?.exec(`UPDATE batches SET state = 'closed', settlement = '{}'`);
    ledger.meta.set('acknowledged', ledger.upLog.head().seq);
  });
  ledger.checkpoint();
  ledger.close();
};

/** Prunes all there is, durably; what each commit took, in milliseconds, with the looking before it. */
const pruned = (path: string, world: World): number[] => {
  const ledger = openLedger(() => openSqlite(path), till(7), world);
  const taken: number[] = [];
  for (;;) {
    const began = performance.now();
    if (!prunedOnce(ledger, world)) break;
    taken.push(performance.now() - began);
  }
  ledger.checkpoint();
  ledger.close();
  return taken;
};

const prunedOnce = ({ pruning, commit }: Ledger, { clock }: World): boolean => {
  const due = pruning.due(clock.wallMs() - (yearMs * 13) / 14);
  if (due.entries.length === 0) return false;
  commit(() => pruning.remove(due, clock.wallMs()));
  return true;
};
