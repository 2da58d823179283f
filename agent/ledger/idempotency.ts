/**
 * Which transaction a key of a client application stands for (invariant I1); keys are kept as hashes only. A
 * key outlives its transaction: once that is pruned it stands for nothing, and never for a new one.
 */
import type { Sqlite } from './sqlite.ts';

/** A request under its key, both as SHA-256. */
export interface KeyedRequest {
  readonly application: string;
  readonly keyHash: string;
  readonly requestHash: string;
}

export interface Idempotency {
  insert(request: KeyedRequest, transactionId: string): void;
  find(
    application: string,
    keyHash: string,
  ): { requestHash: string; transactionId: string } | undefined;
  /** Whether a key was used for a transaction that has been pruned since. */
  isExpired(application: string, keyHash: string): boolean;
  /** The transaction of a key goes; inside the commit that prunes it. */
  expire(application: string, keyHash: string): void;
}

export const idempotencyTable = (db: Sqlite): Idempotency => {
  const insert = db.prepare('INSERT INTO idempotency VALUES (?, ?, ?, ?)');
  const find = db.prepare<[string, string], { requestHash: string; transactionId: string }>(
    `SELECT request_hash AS requestHash, transaction_id AS transactionId FROM idempotency
     WHERE application = ? AND key_hash = ?`,
  );
  // As bytes a hash takes half the room, and this table only grows.
  const expired = db.prepare<[string, string], unknown>(
    'SELECT 1 FROM expired_keys WHERE application = ? AND key_hash = unhex(?)',
  );
  const note = db.prepare('INSERT INTO expired_keys VALUES (?, unhex(?))');
  const remove = db.prepare('DELETE FROM idempotency WHERE application = ? AND key_hash = ?');
  return {
    insert: ({ application, keyHash, requestHash }, transactionId) => {
      insert.run(application, keyHash, requestHash, transactionId);
    },
    find: (application, keyHash) => find.get(application, keyHash),
    isExpired: (application, keyHash) => expired.get(application, keyHash) !== undefined,
    expire: (application, keyHash) => {
      note.run(application, keyHash);
      remove.run(application, keyHash);
    },
  };
};
