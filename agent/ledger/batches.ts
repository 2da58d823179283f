/** Batches: each a name and a running number; a transaction of a name that has none open opens the next. */
import type { Actor, BatchId, CloseTrigger, Settlement } from '../../contract/index.ts';
import type { Batch, Closed } from '../batches/batch.ts';
import type { Elapsed } from './elapsed.ts';
import type { Sqlite } from './sqlite.ts';

/** A batch as it is kept. Times are wall time, ms, but for those that say otherwise. */
export interface KeptBatch {
  /** Its place in the order in which batches were opened. */
  readonly place: number;
  readonly batch: BatchId;
  readonly state: Batch;
  readonly openedAt: number;
  /** Elapsed time when it was opened, and when its close was asked for. */
  readonly openedElapsedMs: number;
  readonly askedElapsedMs?: number;
  /** The local date whose schedule closed it. */
  readonly scheduledFor?: string;
  readonly closedAt?: number;
}

export interface Batches {
  /** The open batch of a name, opened now when there is none; inside a commit. */
  current(name: string, wallMs: number): BatchId;
  /** Makes sure a batch is there, as one that things are carried to; inside a commit. */
  ensure(batch: BatchId, wallMs: number): void;
  find(batch: BatchId): KeptBatch | undefined;
  /** Whether new follow-ups may still change what is in it. */
  isOpen(batch: BatchId): boolean;
  /** Whether the portal has settled it: nothing in it changes any more. */
  isSettled(batch: BatchId): boolean;
  /** The last one of a name. */
  last(name: string): KeptBatch | undefined;
  /** The last one that was closed, of whatever name. */
  lastClosed(): KeptBatch | undefined;
  /** Those that are open or closing, oldest first. */
  unfinished(): KeptBatch[];
  /** Newest first, those before a place. */
  list(page: { readonly before?: number; readonly limit: number }): KeptBatch[];
  /** Whether the schedule of a local date has closed one of this name. */
  wasScheduled(name: string, date: string): boolean;
  /** Takes a batch on; inside a commit. */
  move(batch: BatchId, then: Batch, wallMs: number, scheduledFor?: string): void;
}

interface Row {
  place: number;
  name: string;
  number: number;
  state: 'open' | 'closing' | 'closed';
  opened_at: number;
  opened_elapsed: number;
  trigger: CloseTrigger | null;
  asked_by: string | null;
  asked_elapsed: number | null;
  scheduled_for: string | null;
  closed_at: number | null;
  closed: string | null;
  settlement: string | null;
}

export const batchTable = (db: Sqlite, elapsed: Elapsed): Batches => ({
  ...opening(db, elapsed),
  ...reading(db),
  ...moving(db, elapsed),
});

const opening = (
  db: Sqlite,
  elapsed: Elapsed,
): Pick<Batches, 'current' | 'ensure' | 'isOpen' | 'isSettled'> => {
  const last = db.prepare<[string], Pick<Row, 'number' | 'state'>>(
    'SELECT number, state FROM batches WHERE name = ? ORDER BY number DESC LIMIT 1',
  );
  const insert = db.prepare(
    `INSERT INTO batches (name, number, state, opened_at, opened_elapsed) VALUES (?, ?, 'open', ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const settled = db.prepare<[string, number], unknown>(
    'SELECT 1 FROM batches WHERE name = ? AND number = ? AND settlement IS NOT NULL',
  );
  return {
    isSettled: ({ name, number }) => settled.get(name, number) !== undefined,
    isOpen: ({ name, number }) => {
      const found = last.get(name);
      return found?.number === number && found.state === 'open';
    },
    current: (name, wallMs) => {
      const { number = 0, state = 'closed' } = last.get(name) ?? {};
      if (state === 'open') return { name, number };
      insert.run(name, number + 1, wallMs, elapsed.now());
      return { name, number: number + 1 };
    },
    ensure: ({ name, number }, wallMs) => {
      insert.run(name, number, wallMs, elapsed.now());
    },
  };
};

const reading = (
  db: Sqlite,
): Omit<Batches, 'current' | 'ensure' | 'isOpen' | 'isSettled' | 'move'> => {
  const one = db.prepare<[string, number], Row>(
    'SELECT * FROM batches WHERE name = ? AND number = ?',
  );
  const last = db.prepare<[string], Row>(
    'SELECT * FROM batches WHERE name = ? ORDER BY number DESC LIMIT 1',
  );
  const lastClosed = db.prepare<[], Row>(
    "SELECT * FROM batches WHERE state = 'closed' ORDER BY place DESC LIMIT 1",
  );
  const unfinished = db.prepare<[], Row>(
    "SELECT * FROM batches WHERE state <> 'closed' ORDER BY place",
  );
  const page = db.prepare<[number, number], Row>(
    'SELECT * FROM batches WHERE place < ? ORDER BY place DESC LIMIT ? + 0',
  );
  const scheduled = db.prepare<[string, string], unknown>(
    'SELECT 1 FROM batches WHERE name = ? AND scheduled_for = ?',
  );
  return {
    find: ({ name, number }) => keptOf(one.get(name, number)),
    last: (name) => keptOf(last.get(name)),
    lastClosed: () => keptOf(lastClosed.get()),
    unfinished: () => unfinished.all().map(kept),
    list: ({ before = Number.MAX_SAFE_INTEGER, limit }) => page.all(before, limit).map(kept),
    wasScheduled: (name, date) => scheduled.get(name, date) !== undefined,
  };
};

const moving = (db: Sqlite, elapsed: Elapsed): Pick<Batches, 'move'> => {
  const ask = db.prepare(
    `UPDATE batches SET state = 'closing', trigger = @trigger, asked_by = @by,
       asked_elapsed = @elapsedMs, scheduled_for = @scheduledFor
     WHERE name = @name AND number = @number`,
  );
  const close = db.prepare(
    `UPDATE batches SET state = 'closed', closed_at = @wallMs, closed = @closed
     WHERE name = @name AND number = @number`,
  );
  const settle = db.prepare(
    'UPDATE batches SET settlement = @settlement WHERE name = @name AND number = @number',
  );
  return {
    move: (batch, then, wallMs, scheduledFor = undefined) => {
      switch (then.is) {
        case 'open':
          return;
        case 'closing': {
          const { trigger, by } = then;
          const asked = { trigger, by: by === undefined ? null : JSON.stringify(by) };
          const when = { elapsedMs: elapsed.now(), scheduledFor: scheduledFor ?? null };
          ask.run({ ...batch, ...asked, ...when });
          return;
        }
        case 'closed':
          close.run({ ...batch, wallMs, closed: JSON.stringify(then.closed) });
          return;
        case 'settled':
          settle.run({ ...batch, settlement: JSON.stringify(then.settlement) });
          return;
      }
    },
  };
};

const keptOf = (row: Row | undefined): KeptBatch | undefined =>
  row === undefined ? undefined : kept(row);

const kept = (row: Row): KeptBatch => ({
  place: row.place,
  batch: { name: row.name, number: row.number },
  state: stateOf(row),
  openedAt: row.opened_at,
  openedElapsedMs: row.opened_elapsed,
  ...(row.asked_elapsed === null ? {} : { askedElapsedMs: row.asked_elapsed }),
  ...(row.scheduled_for === null ? {} : { scheduledFor: row.scheduled_for }),
  ...(row.closed_at === null ? {} : { closedAt: row.closed_at }),
});

const stateOf = ({ state, trigger, asked_by, closed, settlement }: Row): Batch => {
  if (closed !== null) {
    const body = JSON.parse(closed) as Closed;
    if (settlement === null) return { is: 'closed', closed: body };
    return { is: 'settled', closed: body, settlement: JSON.parse(settlement) as Settlement };
  }
  if (state === 'open' || trigger === null) return { is: 'open' };
  const by = asked_by === null ? {} : { by: JSON.parse(asked_by) as Actor };
  return { is: 'closing', trigger, ...by };
};
