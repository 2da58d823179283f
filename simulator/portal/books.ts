/** The books of the test host: one row an attempt, and what was noticed about them. */
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';

/** A tombstone is a reversal that came before its attempt, which will be refused. */
export type HostState = 'approved' | 'declined' | 'reversed' | 'tombstone';

/** An attempt in the host's books; a tombstone came no way, and has no currency. */
export interface AttemptRow {
  readonly device: string;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly way: 'live' | 'forwarded' | 'none';
  readonly state: HostState;
  readonly currency: string;
  readonly approvedValue: number;
  readonly responseCode: string;
  readonly at: number;
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
    way text not null,
    state text not null,
    currency text not null,
    approved_value integer not null,
    response_code text not null,
    at integer not null,
    unique (device, attempt_id)
  ) strict;
  create index if not exists attempt_of_transaction on attempt (device, transaction_id);
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
  select device, transaction_id as transactionId, attempt_id as attemptId, way, state, currency,
    approved_value as approvedValue, response_code as responseCode, at from attempt`;

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

  write(row: AttemptRow): void {
    this.#db
      .prepare(
        `insert into attempt (device, transaction_id, attempt_id, way, state, currency,
           approved_value, response_code, at)
         values (@device, @transactionId, @attemptId, @way, @state, @currency,
           @approvedValue, @responseCode, @at)`,
      )
      .run(row);
  }

  markReversed(device: string, attemptId: string): void {
    this.#db
      .prepare(`update attempt set state = 'reversed' where device = ? and attempt_id = ?`)
      .run(device, attemptId);
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

  netByCurrency(): Record<string, number> {
    const net = this.#db
      .prepare<[], { currency: string; value: number }>(
        `select currency, sum(approved_value) as value from attempt
         where state = 'approved' group by currency order by currency`,
      )
      .all();
    return Object.fromEntries(net.map(({ currency, value }) => [currency, value]));
  }

  close(): void {
    this.#db.close();
  }
}
