/**
 * The up log: facts in order, without a gap, each with the hash of all before it. Only ever appended to; a
 * new epoch begins a new chain beside the old one.
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
  /** Entries from a number on, as many as fit into one frame; `undefined` when there are none. */
  run(from: number): Run | undefined;
  /** The hash of an entry of the current epoch; `0` asks for the start. */
  hashAt(seq: number): string | undefined;
  /** Transactions with a fact behind a number of the current epoch, oldest first. */
  transactionsAfter(seq: number): string[];
  /** The facts of one transaction, oldest first. */
  historyOf(
    transactionId: string,
  ): { type: string; at: number; clock: ClockTrust; body: unknown }[];
  /** Where a transaction's first fact of a type stands: a later epoch may have told it again. */
  placeOf(transactionId: string, type: FactType): Place | undefined;
  /** Begins a new chain; the next entry is number 1 of the epoch. */
  openEpoch(epoch: number): void;
  /** Reads the head anew; called when a commit was rolled back. */
  forget(): void;
}

export const upLog = (db: Sqlite, meta: MetaTable, subject: Subject, sealed: Sealed): UpLog => {
  const { insert, last, one, some, history, after, place } = statementsOf(db);

  const headOf = (epoch: number): Head => {
    const row = last.get(epoch);
    return { epoch, seq: row?.seq ?? 0, hash: row?.hash ?? chainStart(subject, epoch, sha256) };
  };
  // Kept in memory to spare a query a fact; read again whenever a commit was rolled back.
  let head: Head | undefined;
  const current = (): Head => (head ??= headOf(meta.get('epoch') ?? 1));

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
      const { epoch } = current();
      const entries: Entry[] = [];
      let prev: string | undefined;
      let bytes = entryOverheadBytes;
      for (const row of some.iterate(epoch, from)) {
        const entry = entryOf(row, sealed);
        bytes += Buffer.byteLength(row.body) + (entry.sealed?.length ?? 0) + entryOverheadBytes;
        if (entries.length > 0 && bytes > linkLimits.frameBytes) break;
        prev ??= row.prev;
        entries.push(entry);
      }
      return prev === undefined ? undefined : { from, prev, entries };
    },
    hashAt: (seq) => {
      const { epoch } = current();
      return seq === 0 ? chainStart(subject, epoch, sha256) : one.get(epoch, seq)?.hash;
    },
    transactionsAfter: (seq) => after.all(current().epoch, seq).map(({ id }) => id),
    historyOf: (transactionId) =>
      history.all(transactionId).map(({ type, at, clock, body }) => ({
        type,
        at,
        clock,
        body: JSON.parse(body) as unknown,
      })),
    placeOf: (transactionId, type) => place.get(transactionId, type),
    openEpoch: (epoch) => {
      meta.set('epoch', epoch);
      meta.set('acknowledged', 0);
      head = headOf(epoch);
    },
    forget: () => {
      head = undefined;
    },
  };
};

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
  return { insert, last, one, some, history, after, place };
};
