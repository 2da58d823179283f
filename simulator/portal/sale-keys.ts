/**
 * Sale keys: one charge for each `Idempotency-Key` of an application, whatever a device has forgotten.
 *
 * A ledger that was restored from an older copy no longer knows the keys used since; a till that asks again
 * under one of them gets a new transaction there. It is not charged while the first holds money, or may yet.
 */
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Host } from './host.ts';

export interface SaleKey {
  readonly transactionId: string;
  readonly application: string;
  readonly keyHash: string;
}

export class SaleKeys {
  readonly #db: Sqlite;
  readonly #host: Host;
  readonly #holder;
  readonly #take;

  constructor(db: Sqlite, host: Host) {
    this.#db = db;
    this.#host = host;
    this.#take = db.prepare('insert or replace into sale_key values (?, ?, ?, ?)');
    this.#holder = db.prepare<[string, string, string], { transactionId: string }>(
      `select transaction_id as transactionId from sale_key
       where device = ? and application = ? and key_hash = ?`,
    );
  }

  /** Takes the key for a transaction, unless one that holds money has it; says whether it is its own now. */
  claim(device: string, { transactionId, application, keyHash }: SaleKey): boolean {
    const holder = this.#holder.get(device, application, keyHash);
    if (holder?.transactionId === transactionId) return true;
    if (holder !== undefined && this.#holdsMoney(device, holder.transactionId)) return false;
    this.#take.run(device, application, keyHash, transactionId);
    return true;
  }

  /** Takes the key a transaction was asked under, as its `transaction.created` told it. */
  claimOf(device: string, transactionId: string): boolean {
    const created = this.#db
      .prepare<[string, string], { application: string; keyHash: string }>(
        `select body ->> '$.application' as application, body ->> '$.keyHash' as keyHash from entry
         where device = ? and type = 'transaction.created' and body ->> '$.transactionId' = ?`,
      )
      .get(device, transactionId);
    return created === undefined || this.claim(device, { transactionId, ...created });
  }

  // What stands at the host, or waits to be decided there.
  #holdsMoney(device: string, transactionId: string): boolean {
    if (this.#host.standing(device, transactionId) !== undefined) return true;
    const undecided = this.#db
      .prepare('select 1 from undecided where device = ? and transaction_id = ?')
      .get(device, transactionId);
    return undecided !== undefined;
  }
}
