/**
 * Sealed account data, kept beside the log until its transaction is decided, then erased. That it was, when
 * and with which outcome, stays on record until the transaction is pruned.
 */
import type { Outcome } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

/**
 * Rows on either side of one that is removed among which none may hold sealed data. Where rows go, SQLite
 * may move others of the same page and its neighbours, and what it moves leaves copies that no erasure
 * reaches: some 35 rows a page, three pages, and as many rows again as may go in one commit.
 */
const reachRows = 400;

/** That sealed data was erased. */
export interface Erasure {
  readonly digest: string;
  readonly transactionId: string;
  /** Milliseconds of wall time. */
  readonly erasedAt: number;
  /** The outcome its transaction came to with that. */
  readonly erasedFor: Outcome;
}

export interface Sealed {
  keep(digest: string, transactionId: string, bytes: Uint8Array): void;
  /** The sealed bytes, or `undefined` once they are erased. */
  bytesOf(digest: string): Uint8Array | undefined;
  /** Erases all of a transaction with its outcome; the caller truncates the WAL soon after. */
  eraseOf(transactionId: string, at: number, outcome: Outcome | undefined): void;
  /** Erases all that is still kept, decided or not; the caller truncates the WAL before anything else. */
  eraseAll(at: number): void;
  /** Whether its record may be removed without moving sealed data that is still kept. */
  isAside(digest: string): boolean;
  /** Removes the record of an erasure; says whether there was one. */
  remove(digest: string): boolean;
  /**
   * Digests whose bytes are still kept although their transaction is final; always empty on a sound ledger.
   */
  overdue(): string[];
}

export const sealedTable = (db: Sqlite): Sealed => {
  const insert = db.prepare('INSERT INTO sealed (digest, transaction_id, bytes) VALUES (?, ?, ?)');
  const read = db.prepare<[string], { bytes: Buffer | null }>(
    'SELECT bytes FROM sealed WHERE digest = ?',
  );
  const erase = db.prepare(
    `UPDATE sealed SET bytes = NULL, erased_at = ?, erased_for = ?
     WHERE transaction_id = ? AND bytes IS NOT NULL`,
  );
  const eraseAll = db.prepare(
    `UPDATE sealed SET bytes = NULL, erased_at = ?, erased_for = coalesce(
       (SELECT outcome FROM transactions AS t WHERE t.transaction_id = sealed.transaction_id), 'unknown')
     WHERE bytes IS NOT NULL`,
  );
  const near = (side: string, order: string): string =>
    `SELECT 1 FROM (SELECT bytes FROM sealed WHERE rowid ${side}
       (SELECT rowid FROM sealed WHERE digest = @digest) ORDER BY rowid ${order} LIMIT ${reachRows})
     WHERE bytes IS NOT NULL`;
  const beside = db.prepare<[{ digest: string }], unknown>(
    `${near('>=', 'ASC')} UNION ALL ${near('<', 'DESC')} LIMIT 1`,
  );
  const remove = db.prepare('DELETE FROM sealed WHERE digest = ? AND bytes IS NULL');
  const late = db.prepare<[], { digest: string }>(
    `SELECT digest FROM sealed JOIN transactions USING (transaction_id)
     WHERE bytes IS NOT NULL AND final = 1`,
  );
  return {
    keep: (digest, transactionId, bytes) => {
      insert.run(digest, transactionId, bytes);
    },
    bytesOf: (digest) => read.get(digest)?.bytes ?? undefined,
    eraseOf: (transactionId, at, outcome) => {
      erase.run(at, outcome ?? null, transactionId);
    },
    eraseAll: (at) => {
      eraseAll.run(at);
    },
    isAside: (digest) => beside.get({ digest }) === undefined,
    remove: (digest) => remove.run(digest).changes > 0,
    overdue: () => late.all().map(({ digest }) => digest),
  };
};

/** Every erasure that is on record, in the order the data was sealed. */
export const erasuresIn = (db: Sqlite): IterableIterator<Erasure> =>
  db
    .prepare<[], Erasure>(
      `SELECT digest, transaction_id AS transactionId, erased_at AS erasedAt, erased_for AS erasedFor
       FROM sealed WHERE bytes IS NULL ORDER BY rowid`,
    )
    .iterate();
