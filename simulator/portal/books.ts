/**
 * The books of the test host: one row an attempt, with the value that stands because of it, and what was
 * noticed about them.
 */
import type { Actor, Amount, TransactionType } from '../../contract/index.ts';
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';

/**
 * A tombstone is a reversal that came before its attempt, which will be refused. What was voided or reversed
 * stood once.
 */
export type HostState = 'approved' | 'declined' | 'reversed' | 'voided' | 'tombstone';

/** How an attempt came to the host; a tombstone came no way, a change was made at the portal. */
export type Way = 'live' | 'forwarded' | 'portal' | 'none';

/** An attempt in the host's books; a tombstone has no currency. Values are minor units. */
export interface AttemptRow {
  readonly device: string;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly type: TransactionType;
  /** The transaction a capture, a refund, a void or an adjustment is about. */
  readonly originalTransactionId: string | null;
  readonly way: Way;
  readonly state: HostState;
  readonly currency: string;
  /** What was approved; it never changes. */
  readonly approvedValue: number;
  /** What is charged, held or given back now: less when it was adjusted, 0 once it was undone. */
  readonly standingValue: number;
  readonly responseCode: string;
  readonly at: number;
}

/** A change somebody made at the portal, and the name of the word that tells the device. */
export interface ChangeRow {
  readonly device: string;
  readonly attemptId: string;
  readonly originalTransactionId: string;
  readonly kind: 'void' | 'refund' | 'adjustment';
  readonly amount: Amount;
  readonly wordId: string;
  readonly by: Actor;
}

/** Two attempts of one transaction that were approved together. */
export interface DoubleCharge {
  readonly device: string;
  readonly transactionId: string;
  readonly attemptIds: readonly [string, string];
}

// That an attempt has one row is what makes approving it twice impossible.
const tables = `
  create table if not exists attempt (
    place integer primary key,
    device text not null,
    attempt_id text not null,
    transaction_id text not null,
    type text not null,
    original_transaction_id text,
    way text not null,
    state text not null,
    currency text not null,
    approved_value integer not null,
    standing_value integer not null,
    response_code text not null,
    at integer not null,
    unique (device, attempt_id)
  ) strict;
  create index if not exists attempt_of_transaction on attempt (device, transaction_id);
  create index if not exists attempt_by_transaction on attempt (transaction_id);
  create index if not exists attempt_of_original on attempt (device, original_transaction_id);
  create table if not exists change (
    place integer primary key,
    device text not null,
    attempt_id text not null,
    word_id text not null,
    by text not null,
    unique (device, attempt_id)
  ) strict;
  create table if not exists trouble (
    device text not null,
    attempt_id text not null,
    times integer not null,
    primary key (device, attempt_id)
  ) strict;
  create table if not exists double_charge (
    device text not null,
    transaction_id text not null,
    first_attempt_id text not null,
    second_attempt_id text not null
  ) strict;`;

const selection = `
  select device, transaction_id as transactionId, attempt_id as attemptId, type,
    original_transaction_id as originalTransactionId, way, state, currency,
    approved_value as approvedValue, standing_value as standingValue,
    response_code as responseCode, at from attempt`;

/** What a row adds to the merchant's money: a hold, a void and an adjustment add none of their own. */
const net = `case type when 'refund' then -standing_value
  when 'sale' then standing_value when 'capture' then standing_value else 0 end`;

export class Books {
  readonly #db: Sqlite;

  constructor(database: string) {
    this.#db = openSqlite(database);
    this.#db.exec(tables);
  }

  /** Writes everything `write` writes, or nothing. */
  together<R>(write: () => R): R {
    return this.#db.transaction(write)();
  }

  find(device: string, attemptId: string): AttemptRow | undefined {
    return this.#db
      .prepare<[string, string], AttemptRow>(`${selection} where device = ? and attempt_id = ?`)
      .get(device, attemptId);
  }

  /** The attempts of a transaction, in the order they came. */
  ofTransaction(device: string, transactionId: string): AttemptRow[] {
    return this.#db
      .prepare<[string, string], AttemptRow>(
        `${selection} where device = ? and transaction_id = ? order by place`,
      )
      .all(device, transactionId);
  }

  /** The devices that have a transaction of this name. */
  devicesOf(transactionId: string): string[] {
    return this.#db
      .prepare<[string], { device: string }>(
        'select distinct device from attempt where transaction_id = ? order by device',
      )
      .all(transactionId)
      .map(({ device }) => device);
  }

  /** The attempts that are about a transaction and stand, in the order they came. */
  standingOn(device: string, originalTransactionId: string): AttemptRow[] {
    return this.#db
      .prepare<[string, string], AttemptRow>(
        `${selection} where device = ? and original_transaction_id = ? and state = 'approved'
         order by place`,
      )
      .all(device, originalTransactionId);
  }

  write(row: AttemptRow): void {
    this.#db
      .prepare(
        `insert into attempt (device, transaction_id, attempt_id, type, original_transaction_id,
           way, state, currency, approved_value, standing_value, response_code, at)
         values (@device, @transactionId, @attemptId, @type, @originalTransactionId,
           @way, @state, @currency, @approvedValue, @standingValue, @responseCode, @at)`,
      )
      .run(row);
  }

  /** An attempt that stood is undone: nothing of it stands any more. */
  undo({ device, attemptId }: AttemptRow, state: 'reversed' | 'voided'): void {
    this.#db
      .prepare(
        `update attempt set state = ?, standing_value = 0 where device = ? and attempt_id = ?`,
      )
      .run(state, device, attemptId);
  }

  /** Another value stands for an attempt from now on. */
  adjust({ device, attemptId }: AttemptRow, standingValue: number): void {
    this.#db
      .prepare(`update attempt set standing_value = ? where device = ? and attempt_id = ?`)
      .run(standingValue, device, attemptId);
  }

  writeChange({ device, attemptId }: AttemptRow, wordId: string, by: Actor): void {
    this.#db
      .prepare('insert into change (device, attempt_id, word_id, by) values (?, ?, ?, ?)')
      .run(device, attemptId, wordId, JSON.stringify(by));
  }

  /** Every change that was made at the portal, in order. */
  changes(): ChangeRow[] {
    return this.#db
      .prepare<
        [],
        Omit<ChangeRow, 'amount' | 'by'> & { value: number; currency: string; by: string }
      >(
        `select device, attempt_id as attemptId, type as kind,
           original_transaction_id as originalTransactionId, approved_value as value, currency,
           word_id as wordId, by
         from change join attempt using (device, attempt_id) order by change.place`,
      )
      .all()
      .map(({ value, currency, by, ...row }) => ({
        ...{ ...row, amount: { value, currency }, by: JSON.parse(by) as Actor },
      }));
  }

  /** Counts one more trouble of an attempt; says how many there were before. */
  countTrouble(device: string, attemptId: string): number {
    const row = this.#db
      .prepare<[string, string], { times: number }>(
        `insert into trouble (device, attempt_id, times) values (?, ?, 1)
         on conflict do update set times = times + 1 returning times`,
      )
      .get(device, attemptId);
    return (row?.times ?? 1) - 1;
  }

  noteDoubleCharge({ device, transactionId, attemptIds }: DoubleCharge): void {
    this.#db
      .prepare('insert into double_charge values (?, ?, ?, ?)')
      .run(device, transactionId, ...attemptIds);
  }

  doubleCharges(): DoubleCharge[] {
    return this.#db
      .prepare<[], { device: string; transactionId: string; first: string; second: string }>(
        `select device, transaction_id as transactionId, first_attempt_id as first,
           second_attempt_id as second from double_charge`,
      )
      .all()
      .map(({ first, second, ...rest }) => ({ ...rest, attemptIds: [first, second] as const }));
  }

  /** Transactions by their newest attempt, the newest first. */
  newest(limit: number): { device: string; transactionId: string }[] {
    return this.#db
      .prepare<[number], { device: string; transactionId: string }>(
        `select device, transaction_id as transactionId from attempt
         group by device, transaction_id order by max(place) desc limit ?`,
      )
      .all(limit);
  }

  transactionCount(): number {
    const row = this.#db
      .prepare<[], { count: number }>(
        'select count(*) as count from (select 1 from attempt group by device, transaction_id)',
      )
      .get();
    return row?.count ?? 0;
  }

  /** Sales and captures less refunds, of every device or of one transaction. */
  netOf(device: string, transactionId: string): number {
    const row = this.#db
      .prepare<[string, string], { value: number | null }>(
        `select sum(${net}) as value from attempt where device = ? and transaction_id = ?`,
      )
      .get(device, transactionId);
    return row?.value ?? 0;
  }

  netByCurrency(): Record<string, number> {
    const sums = this.#db
      .prepare<[], { currency: string; value: number }>(
        `select currency, sum(${net}) as value from attempt
         where state = 'approved' and type in ('sale', 'capture', 'refund')
         group by currency order by currency`,
      )
      .all();
    return Object.fromEntries(sums.map(({ currency, value }) => [currency, value]));
  }

  close(): void {
    this.#db.close();
  }
}
