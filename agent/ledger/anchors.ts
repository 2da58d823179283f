/**
 * Anchors: where a log begins whose start was pruned. An anchor holds the number and the hash of the last
 * entry that went, so that the chain of what is kept can be walked from it (invariant I5).
 */
import type { Sqlite } from './sqlite.ts';

export const logNames = ['up', 'down'] as const;
export type LogName = (typeof logNames)[number];

export interface Anchor {
  readonly log: LogName;
  readonly epoch: number;
  /** The last entry that was pruned; all before it went too. */
  readonly seq: number;
  readonly hash: string;
  /** How many entries were pruned, in all: as many as its number says. */
  readonly count: number;
  /** When the last went, ms of trusted wall time. */
  readonly prunedAt: number;
}

export interface Anchors {
  find(log: LogName, epoch: number): Anchor | undefined;
  /** Moves an anchor forward, with how many entries went now; inside the commit that prunes them. */
  drop(anchor: Anchor): void;
}

export const anchorTable = (db: Sqlite): Anchors => {
  const one = db.prepare<[string, number], Anchor>(`${selection} WHERE log = ? AND epoch = ?`);
  const put = db.prepare<[Anchor]>(
    `INSERT INTO log_anchors (log, epoch, seq, hash, count, pruned_at)
     VALUES (@log, @epoch, @seq, @hash, @count, @prunedAt)
     ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash,
       count = count + excluded.count, pruned_at = excluded.pruned_at`,
  );
  return {
    find: (log, epoch) => one.get(log, epoch),
    drop: (anchor) => {
      put.run(anchor);
    },
  };
};

const selection = 'SELECT log, epoch, seq, hash, count, pruned_at AS prunedAt FROM log_anchors';

/** Every anchor of a ledger, by log and epoch. */
export const anchorsIn = (db: Sqlite): Anchor[] =>
  db.prepare<[], Anchor>(`${selection} ORDER BY log, epoch`).all();
