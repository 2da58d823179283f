/**
 * Sale keys: one transaction for each `Idempotency-Key` of an application, whatever a device has forgotten.
 *
 * A ledger that was restored from an older copy no longer knows the keys used since; a till that asks again
 * under one of them gets a new transaction there. Here it is known as the second, and is not charged.
 */
import type { Sqlite } from '../../agent/ledger/sqlite.ts';

export interface SaleKey {
  readonly transactionId: string;
  readonly application: string;
  readonly keyHash: string;
}

export class SaleKeys {
  readonly #db: Sqlite;
  readonly #note;
  readonly #holder;

  constructor(db: Sqlite) {
    this.#db = db;
    this.#note = db.prepare('insert or ignore into sale_key values (?, ?, ?, ?)');
    this.#holder = db.prepare<[string, string, string], { transactionId: string }>(
      `select transaction_id as transactionId from sale_key
       where device = ? and application = ? and key_hash = ?`,
    );
  }

  /** Notes the key unless it is taken; says whether it is this transaction's. */
  claim(device: string, { transactionId, application, keyHash }: SaleKey): boolean {
    this.#note.run(device, application, keyHash, transactionId);
    const holder = this.#holder.get(device, application, keyHash);
    return holder?.transactionId === transactionId;
  }

  /** Whether another transaction holds the key of this one. */
  isRepeat(device: string, transactionId: string): boolean {
    const created = this.#db
      .prepare<[string, string], { application: string; keyHash: string }>(
        `select body ->> '$.application' as application, body ->> '$.keyHash' as keyHash from entry
         where device = ? and type = 'transaction.created' and body ->> '$.transactionId' = ?`,
      )
      .get(device, transactionId);
    return created !== undefined && !this.claim(device, { transactionId, ...created });
  }
}
