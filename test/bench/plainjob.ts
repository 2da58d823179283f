/**
 * The door to plainjob: the job queue on better-sqlite3 a Node developer would take, made as durable as the
 * ledger.
 */
import { better, defineQueue } from 'plainjob';
import { openSqlite } from '../../agent/ledger/sqlite.ts';

export interface JobQueue {
  /** Adds jobs, each in a commit of its own. */
  add(count: number, job: unknown): void;
  close(): void;
}

const quiet = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

export const jobQueue = (path: string): JobQueue => {
  const db = openSqlite(path);
  const queue = defineQueue({ connection: better(db), logger: quiet });
  // It sets synchronous=NORMAL, under which a power cut takes the last commits back.
  db.pragma('synchronous = FULL');
  return {
    add: (count, job) => {
      for (let i = 0; i < count; i += 1) queue.add('sale', job);
    },
    close: () => queue.close(),
  };
};
