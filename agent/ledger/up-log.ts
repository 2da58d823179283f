/**
 * The up log: facts in order, without a gap, each with the hash of all before it. Only ever appended to, and
 * after their time pruned from the start; a new epoch begins a new chain beside the old one.
 */
import {
  canonical,
  chainHash,
  chainStart,
  linkLimits,
  type ClockTrust,
  type Entry,
  type Fact,
  type FactType,
  type Subject,
} from '../../contract/index.ts';
import { sha256 } from '../identity/digest.ts';
import { anchorTable } from './anchors.ts';
import type { MetaTable } from './meta.ts';
import type { Sealed } from './sealed.ts';
import type { Sqlite } from './sqlite.ts';

/**
 * Where the log stands: its epoch, the number and the hash of its last entry (0 and the start when empty).
 */
export interface Head {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
}

/** Where an entry stands. */
export interface Place {
  readonly epoch: number;
  readonly seq: number;
}

/** A run of entries to send, without the session. */
export interface Run {
  readonly from: number;
  readonly prev: string;
  readonly entries: readonly Entry[];
  /** What stood before was pruned. */
  readonly pruned?: true;
}

export interface Stamp {
  readonly id: string;
  readonly at: number;
  readonly clock: ClockTrust;
}

interface Row {
  seq: number;
  id: string;
  type: string;
  at: number;
  clock: ClockTrust;
  body: string;
  prev: string;
  hash: string;
}

/** Bytes an entry takes in a frame beside its body and attachment, with the longest of every other field. */
const entryOverheadBytes = 320;

export interface UpLog {
  head(): Head;
  append(fact: Fact, stamp: Stamp): void;
  /**
   * Entries from a number on, or from the first that is kept, as many as fit into one frame; `undefined` when
   * there are none.
   */
  run(from: number): Run | undefined;
  /** The hash of an entry of the current epoch, also of the last one pruned; `0` asks for the start. */
  hashAt(seq: number): string | undefined;
  /** The last entry of the current epoch that was pruned; 0 when all are kept. */
  prunedThrough(): number;
  /** Transactions with a fact behind a number of the current epoch, oldest first. */
  transactionsAfter(seq: number): string[];
  /** The facts of one transaction, oldest first. */
  historyOf(
    transactionId: string,
  ): { type: string; at: number; clock: ClockTrust; body: unknown }[];
  /** Where a transaction's first fact of a type stands: a later epoch may have told it again. */
  placeOf(transactionId: string, type: FactType): Place | undefined;
  /** The facts about batches and commands, of all epochs, oldest first. */
  beside(): { epoch: number; seq: number; fact: Fact }[];
  /** Begins a new chain; the next entry is number 1 of the epoch. */
  openEpoch(epoch: number): void;
  /** Drops the entries of an epoch through this one; inside a commit. */
  prune(through: Place & { readonly hash: string }, wallMs: number): void;
  /** Reads the head anew; called when a commit was rolled back. */
  forget(): void;
}

export const upLog = (db: Sqlite, meta: MetaTable, subject: Subject, sealed: Sealed): UpLog => {
  const { insert, last, one, some, history, after, place, drop, beside } = statementsOf(db);
  const anchors = anchorTable(db);

  const headOf = (epoch: number): Head => {
    const row = last.get(epoch);
    return { epoch, seq: row?.seq ?? 0, hash: row?.hash ?? chainStart(subject, epoch, sha256) };
  };
  // Kept in memory to spare a query a fact; read again whenever a commit was rolled back.
  let head: Head | undefined;
  const current = (): Head => (head ??= headOf(meta.get('epoch') ?? 1));
  const anchor = () => anchors.find('up', current().epoch);

  return {
    head: current,
    append: ({ type, body }, { id, at, clock }) => {
      const { epoch, seq: before, hash: prev } = current();
      const seq = before + 1;
      const hash = chainHash(prev, { seq, id, type, at, clock, body }, sha256);
      const transactionId = 'transactionId' in body ? body.transactionId : null;
      insert.run({
        epoch,
        seq,
        id,
        type,
        at,
        clock,
        body: canonical(body),
        prev,
        hash,
        transactionId,
      });
      head = { epoch, seq, hash };
    },
    run: (from) => {
      const run = fitting(some.iterate(current().epoch, from), sealed);
      const follows = run === undefined ? 0 : run.from - 1;
      return run !== undefined && follows > 0 && anchor()?.seq === follows
        ? { ...run, pruned: true }
        : run;
    },
    hashAt: (seq) => {
      const { epoch } = current();
      const start = anchor();
      if (seq === (start?.seq ?? 0)) return start?.hash ?? chainStart(subject, epoch, sha256);
      return one.get(epoch, seq)?.hash;
    },
    prunedThrough: () => anchor()?.seq ?? 0,
    transactionsAfter: (seq) => after.all(current().epoch, seq).map(({ id }) => id),
    historyOf: (transactionId) => history.all(transactionId).map(told),
    placeOf: (transactionId, type) => place.get(transactionId, type),
    beside: () => beside.all().map(factAt),
    openEpoch: (epoch) => {
      meta.set('epoch', epoch);
      meta.set('acknowledged', 0);
      head = headOf(epoch);
    },
    prune: ({ epoch, seq, hash }, wallMs) => {
      const count = drop.run(epoch, seq).changes;
      anchors.drop({ log: 'up', epoch, seq, hash, count, prunedAt: wallMs });
    },
    forget: () => {
      head = undefined;
    },
  };
};

/** As many entries as fit into one frame, but always one; `undefined` when there are none. */
const fitting = (rows: Iterable<Row>, sealed: Sealed): Run | undefined => {
  const entries: Entry[] = [];
  let start: { from: number; prev: string } | undefined;
  let bytes = entryOverheadBytes;
  for (const row of rows) {
    const entry = entryOf(row, sealed);
    bytes += Buffer.byteLength(row.body) + (entry.sealed?.length ?? 0) + entryOverheadBytes;
    if (entries.length > 0 && bytes > linkLimits.frameBytes) break;
    start ??= { from: row.seq, prev: row.prev };
    entries.push(entry);
  }
  return start === undefined ? undefined : { ...start, entries };
};

const told = ({ type, at, clock, body }: Row) => ({
  ...{ type, at, clock },
  body: JSON.parse(body) as unknown,
});

const factAt = ({ epoch, seq, type, body }: Row & { epoch: number }) => ({
  ...{ epoch, seq },
  fact: { type, body: JSON.parse(body) as unknown } as Fact,
});

const entryOf = ({ seq, id, type, at, clock, body, hash }: Row, sealed: Sealed): Entry => {
  const parsed = JSON.parse(body) as { sealed?: { digest: string } };
  const entry = { seq, id, type, at, clock, body: parsed, hash };
  if (parsed.sealed === undefined) return entry;
  const bytes = sealed.bytesOf(parsed.sealed.digest);
  return bytes === undefined
    ? { ...entry, erased: true }
    : { ...entry, sealed: Buffer.from(bytes).toString('base64') };
};

const statementsOf = (db: Sqlite) => {
  const insert = db.prepare(
    'INSERT INTO up_log VALUES (@epoch, @seq, @id, @type, @at, @clock, @body, @prev, @hash, @transactionId)',
  );
  const last = db.prepare<[number], Row>(
    'SELECT * FROM up_log WHERE epoch = ? ORDER BY seq DESC LIMIT 1',
  );
  const one = db.prepare<[number, number], { hash: string }>(
    'SELECT hash FROM up_log WHERE epoch = ? AND seq = ?',
  );
  const some = db.prepare<[number, number], Row>(
    `SELECT * FROM up_log WHERE epoch = ? AND seq >= ? ORDER BY seq LIMIT ${linkLimits.entriesPerFrame}`,
  );
  const history = db.prepare<[string], Row>(
    'SELECT * FROM up_log WHERE transaction_id = ? ORDER BY epoch, seq',
  );
  const after = db.prepare<[number, number], { id: string }>(
    `SELECT transaction_id AS id FROM up_log WHERE epoch = ? AND seq > ? AND transaction_id IS NOT NULL
     GROUP BY transaction_id ORDER BY min(seq)`,
  );
  const place = db.prepare<[string, string], Place>(
    `SELECT epoch, seq FROM up_log WHERE transaction_id = ? AND type = ?
     ORDER BY epoch, seq LIMIT 1`,
  );
  const drop = db.prepare('DELETE FROM up_log WHERE epoch = ? AND seq <= ?');
  const beside = db.prepare<[], Row & { epoch: number }>(
    `SELECT * FROM up_log WHERE type IN ('batch.records', 'batch.closed', 'command.finished')
     ORDER BY epoch, seq`,
  );
  return { insert, last, one, some, history, after, place, drop, beside };
};
