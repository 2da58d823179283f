/**
 * A ledger that grows old: a back office whose portal vouches for the clock, has every fact, settles every
 * batch, and lets months go by.
 */
import type { Gone } from '../../agent/ledger/pruning.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Stay } from '../../agent/ledger/stay.ts';
import { BackOffice, settlementOf } from './back-office.ts';
import { openedLedger } from './open-ledger.ts';
import { quietWorld } from './quiet-world.ts';

/** Longer than any calendar's. */
export const monthMs = 31 * 86_400_000;

/** What was removed in all, and why no more was. */
export interface Pruned extends Gone {
  readonly commits: number;
  readonly stay: Stay | undefined;
}

export class AgedLedger extends BackOffice {
  constructor(path?: string) {
    const world = quietWorld();
    super({ world, opened: openedLedger(world, path) });
    this.ledger.clock.heardTime(world.clock.wallMs());
  }

  get db(): Sqlite {
    return this.opened.db;
  }

  /** The portal has all facts, or those through a number. */
  acknowledge(through: number = this.ledger.upLog.head().seq): void {
    this.ledger.commit(() => this.ledger.meta.set('acknowledged', through));
  }

  /** Every batch is closed and settled, and the portal has all of it. */
  settle(): void {
    for (const { batch } of this.ledger.batches.unfinished()) this.close(batch.number);
    for (const { batch, state } of this.ledger.batches.list({ limit: 99 })) {
      if (state.is === 'closed') this.say('settlement', settlementOf(batch.number));
    }
    this.acknowledge();
  }

  /** Nothing is in the way any more but time, and that passes too. */
  growOld(months = 14): this {
    this.settle();
    this.world.clock.advance(months * monthMs);
    return this;
  }

  /** Removes what is older than so many months, commit after commit, `most` of them. */
  prune(most = Infinity, months = 13): Pruned {
    const sum = { entries: 0, words: 0, transactions: 0 };
    const now = this.world.clock.wallMs();
    for (let commits = 0; ; commits += 1) {
      const due = this.ledger.pruning.due(now - months * monthMs);
      if (due.entries.length === 0 || commits === most) return { ...sum, commits, stay: due.stay };
      const gone = this.ledger.commit(() => this.ledger.pruning.remove(due, now));
      sum.entries += gone.entries;
      sum.words += gone.words;
      sum.transactions += gone.transactions;
    }
  }
}

/** An aged ledger of so many approved sales. */
export const soldLedger = (sales: number, path?: string): AgedLedger => {
  const aged = new AgedLedger(path);
  for (let number = 1; number <= sales; number += 1) aged.sell(number, 'approved');
  return aged;
};
