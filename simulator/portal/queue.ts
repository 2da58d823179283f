/**
 * The queue: stored transactions and advices the host has still to decide, in the order they were told.
 *
 * Each waits until the head its device's session began with is taken in, until the reversals before it are
 * done, for the original it is about, and while it is parked. What has to wait holds up nobody else.
 */
import type { FactBody, TransactionType } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';

/** A stored transaction, or an advice, as it waits. */
export interface Queued {
  readonly place: number;
  readonly device: string;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly type: TransactionType;
  readonly originalTransactionId: string | null;
  readonly afterAttemptId: string | null;
  readonly epoch: number;
  readonly seq: number;
  readonly value: number;
  readonly currency: string;
  readonly maskedPan: string;
  /** Of the key its card data is sealed to; an advice has none. */
  readonly keyId: string | null;
  /** How often the host could not decide it. */
  readonly tries: number;
  /** Whether it was parked once, and somebody let it go on. */
  readonly released: 0 | 1;
}

/** Where a fact stands. */
export interface Place {
  readonly device: string;
  readonly epoch: number;
  readonly seq: number;
}

const columns = `queued.place, queued.device, queued.transaction_id as transactionId,
  queued.attempt_id as attemptId, queued.type,
  queued.original_transaction_id as originalTransactionId,
  queued.after_attempt_id as afterAttemptId, queued.epoch, queued.seq, queued.value,
  queued.currency, queued.masked_pan as maskedPan, queued.key_id as keyId, queued.tries, queued.released`;

const from = 'from undecided as queued join caught_up using (device)';
const noReversalWaits = `
  not exists (select 1 from reversal where reversal.device = queued.device
    and host_result is null
    and reversal.transaction_id in (queued.transaction_id, queued.original_transaction_id))`;
const original = `
  select 1 from undecided as original where original.device = queued.device
    and original.transaction_id = queued.original_transaction_id`;

// A stored one whose attachment is gone is none: the device erased it with the decision, and tells that.
const ready = `
  select ${columns} ${from}
  where parked = 0 and ${noReversalWaits} and not exists (${original})
    and (key_id is null or exists (select 1 from entry
      where entry.device = queued.device and entry.epoch = queued.epoch
        and entry.seq = queued.seq and sealed is not null))
  order by queued.place`;

const voidsOfUndecided = `
  select ${columns} ${from}
  where queued.type = 'void' and queued.parked = 0 and ${noReversalWaits}
    and exists (${original} and original.key_id is not null)
  order by queued.place`;

export class Queue {
  readonly #db: Sqlite;
  readonly #add;

  constructor(db: Sqlite) {
    this.#db = db;
    // A new epoch says again what is not final: it keeps its place, its sealed data is the newer. Whether it
    // is parked is said again as well; of a hold the restored ledger has forgotten nobody could let it go.
    this.#add = db.prepare(
      `insert into queued (device, transaction_id, attempt_id, type, original_transaction_id,
         after_attempt_id, epoch, seq, value, currency, masked_pan, key_id)
       values (@device, @transactionId, @attemptId, @type, @originalTransactionId,
         @afterAttemptId, @epoch, @seq, @value, @currency, @maskedPan, @keyId)
       on conflict (device, transaction_id) do update set
         parked = case when excluded.epoch > epoch then 0 else parked end,
         epoch = excluded.epoch, seq = excluded.seq
         where attempt_id = excluded.attempt_id`,
    );
  }

  /** Takes a stored transaction in; within the commit that takes the fact in. */
  store(place: Place, body: FactBody<'transaction.stored'>): void {
    const { afterAttemptId = null, sealed } = body;
    const named = { originalTransactionId: null, afterAttemptId, keyId: sealed.keyId };
    this.#add.run({ ...place, ...moneyOf(body), ...named });
  }

  /** Takes an advice in, likewise. */
  advise(place: Place, body: FactBody<'transaction.advised'>): void {
    const { originalTransactionId } = body;
    const named = { originalTransactionId, afterAttemptId: null, keyId: null };
    this.#add.run({ ...place, ...moneyOf(body), ...named });
  }

  /** Everything that can be decided now, in order. */
  ready(): Queued[] {
    return this.#db.prepare<[], Queued>(ready).all();
  }

  /** Voids of what was stored and is not decided yet, in order. */
  voidsOfUndecided(): Queued[] {
    return this.#db.prepare<[], Queued>(voidsOfUndecided).all();
  }

  /** A stored transaction, decided or not. */
  storedOf(device: string, transactionId: string): Queued | undefined {
    return this.#db
      .prepare<[string, string], Queued>(
        `select ${columns} from queued
         where device = ? and transaction_id = ? and key_id is not null`,
      )
      .get(device, transactionId);
  }

  /** The sealed card data of a stored transaction. */
  sealedOf({ device, epoch, seq }: Queued): Uint8Array | undefined {
    const row = this.#db
      .prepare<[string, number, number], { sealed: Uint8Array | null }>(
        'select sealed from entry where device = ? and epoch = ? and seq = ?',
      )
      .get(device, epoch, seq);
    return row?.sealed ?? undefined;
  }
}

const moneyOf = (body: FactBody<'transaction.stored' | 'transaction.advised'>) => {
  const { transactionId, attemptId, type, amount, card } = body;
  const { value, currency } = amount;
  return { transactionId, attemptId, type, value, currency, maskedPan: card.maskedPan };
};
