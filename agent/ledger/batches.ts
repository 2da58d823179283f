/** Batches: a name and a running number; the first transaction of a name opens number 1. */
import type { BatchId } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

export interface Batches {
  /** The open batch of a name, opened now when there is none. */
  current(name: string, wallMs: number): BatchId;
  /** Whether new follow-ups may still change what is in it. */
  isOpen(batch: BatchId): boolean;
}

export const batchTable = (db: Sqlite): Batches => {
  const last = db.prepare<[string], { number: number }>(
    'SELECT number FROM batches WHERE name = ? ORDER BY number DESC LIMIT 1',
  );
  const open = db.prepare('INSERT INTO batches VALUES (?, ?, ?)');
  return {
    isOpen: ({ name, number }) => last.get(name)?.number === number,
    current: (name, wallMs) => {
      const found = last.get(name);
      if (found !== undefined) return { name, number: found.number };
      open.run(name, 1, wallMs);
      return { name, number: 1 };
    },
  };
};
