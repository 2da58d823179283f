/** Batches: a name and a running number; the first transaction of a name opens number 1. */
import type { BatchId } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

export interface Batches {
  /** The open batch of a name, opened now when there is none. */
  current(name: string, wallMs: number): BatchId;
  /** Whether the portal has settled it: nothing in it changes any more. */
  isSettled(batch: BatchId): boolean;
  /** Whether new follow-ups may still change what is in it. */
  isOpen(batch: BatchId): boolean;
}

export const batchTable = (db: Sqlite): Batches => {
  const last = db.prepare<[string], { number: number }>(
    'SELECT number FROM batches WHERE name = ? ORDER BY number DESC LIMIT 1',
  );
  const open = db.prepare('INSERT INTO batches (name, number, opened_at) VALUES (?, ?, ?)');
  const settled = db.prepare<[string, number], unknown>(
    'SELECT 1 FROM batches WHERE name = ? AND number = ? AND settlement IS NOT NULL',
  );
  return {
    isSettled: ({ name, number }) => settled.get(name, number) !== undefined,
    isOpen: ({ name, number }) => last.get(name)?.number === number,
    current: (name, wallMs) => {
      const found = last.get(name);
      if (found !== undefined) return { name, number: found.number };
      open.run(name, 1, wallMs);
      return { name, number: 1 };
    },
  };
};
