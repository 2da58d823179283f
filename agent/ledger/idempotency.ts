/**
 * Which transaction a key of a client application stands for (invariant I1); keys are kept as hashes only.
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
}

export const idempotencyTable = (db: Sqlite): Idempotency => {
  const insert = db.prepare('INSERT INTO idempotency VALUES (?, ?, ?, ?)');
  const find = db.prepare<[string, string], { requestHash: string; transactionId: string }>(
    `SELECT request_hash AS requestHash, transaction_id AS transactionId FROM idempotency
     WHERE application = ? AND key_hash = ?`,
  );
  return {
    insert: ({ application, keyHash, requestHash }, transactionId) => {
      insert.run(application, keyHash, requestHash, transactionId);
    },
    find: (application, keyHash) => find.get(application, keyHash),
  };
};
