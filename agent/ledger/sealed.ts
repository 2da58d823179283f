/** Sealed account data, kept beside the log until its transaction is decided, then erased. */
import type { Sqlite } from './sqlite.ts';

export interface Sealed {
  keep(digest: string, transactionId: string, bytes: Uint8Array): void;
  /** The sealed bytes, or `undefined` once they are erased. */
  bytesOf(digest: string): Uint8Array | undefined;
  /** Erases all of a transaction; the caller truncates the WAL soon after. */
  eraseOf(transactionId: string, at: number): void;
  /**
   * Digests whose bytes are still kept although their transaction is final; always empty on a sound ledger.
   */
  overdue(): string[];
}

export const sealedTable = (db: Sqlite): Sealed => {
  const insert = db.prepare('INSERT INTO sealed VALUES (?, ?, ?, NULL)');
  const read = db.prepare<[string], { bytes: Buffer | null }>(
    'SELECT bytes FROM sealed WHERE digest = ?',
  );
  const erase = db.prepare(
    'UPDATE sealed SET bytes = NULL, erased_at = ? WHERE transaction_id = ? AND bytes IS NOT NULL',
  );
  const late = db.prepare<[], { digest: string }>(
    `SELECT digest FROM sealed JOIN transactions USING (transaction_id)
     WHERE bytes IS NOT NULL AND final = 1`,
  );
  return {
    keep: (digest, transactionId, bytes) => {
      insert.run(digest, transactionId, bytes);
    },
    bytesOf: (digest) => read.get(digest)?.bytes ?? undefined,
    eraseOf: (transactionId, at) => {
      erase.run(at, transactionId);
    },
    overdue: () => late.all().map(({ digest }) => digest),
  };
};
