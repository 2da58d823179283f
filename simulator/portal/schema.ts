/**
 * The portal's tables: what it has taken in, what it decided, what it has to say.
 *
 * Sealed card data lies in `entry.sealed` only, as it came; the commit that decides its sale empties it.
 */
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Dice } from '../../agent/world.ts';

const tables = {
  // `gate_*` is the head the session's birth named; nothing stored is decided before it is taken in.
  device: `
    device text primary key,
    session integer not null default 0,
    online integer not null default 0,
    gate_epoch integer,
    gate_head integer,
    up_epoch integer not null default 1,
    up_through integer not null default 0,
    up_hash text not null,
    epoch_seen integer not null default 1,
    down_epoch integer not null default 1,
    down_taken integer not null default 0,
    down_session integer not null default 0,
    retired integer not null default 0`,
  entry: `
    device text not null,
    epoch integer not null,
    seq integer not null,
    id text not null,
    type text not null,
    at integer not null,
    clock text not null,
    body text not null,
    hash text not null,
    sealed blob,
    primary key (device, epoch, seq)`,
  // The last entry of a run that a device had pruned before this portal, restored, could take it in again.
  pruned: `
    device text not null,
    epoch integer not null,
    seq integer not null,
    hash text not null,
    primary key (device, epoch, seq)`,
  // What did not fit the chain; kept for people to look at, never acted on.
  conflict: `
    place integer primary key,
    device text not null,
    epoch integer not null,
    seq integer not null,
    hash text not null,
    content text not null,
    why text not null,
    at integer not null,
    unique (device, epoch, seq, hash)`,
  // Stored transactions and advices; `key_id` is that of sealed card data, which an advice has none of.
  queued: `
    place integer primary key,
    device text not null,
    transaction_id text not null,
    attempt_id text not null,
    type text not null,
    original_transaction_id text,
    after_attempt_id text,
    epoch integer not null,
    seq integer not null,
    value integer not null,
    currency text not null,
    masked_pan text not null,
    key_id text,
    tries integer not null default 0,
    parked integer not null default 0,
    released integer not null default 0,
    unique (device, transaction_id)`,
  decision: `
    device text not null,
    transaction_id text not null,
    answer text not null,
    learned integer not null,
    primary key (device, transaction_id)`,
  // Stored transactions that were voided; `host_result` is null until the host was told.
  withdrawal: `
    place integer primary key,
    device text not null,
    transaction_id text not null,
    void_transaction_id text not null,
    host_result text,
    unique (device, transaction_id)`,
  reversal: `
    place integer primary key,
    device text not null,
    attempt_id text not null,
    transaction_id text not null,
    reason text not null,
    host_result text,
    unique (device, attempt_id)`,
  // Which batch a transaction belongs to, and where a close carried it.
  membership: `
    device text not null,
    transaction_id text not null,
    name text not null,
    number integer not null,
    primary key (device, transaction_id)`,
  carry: `
    device text not null,
    transaction_id text not null,
    name text not null,
    number integer not null,
    to_name text not null,
    to_number integer not null,
    primary key (device, transaction_id, name, number)`,
  batch_page: `
    device text not null,
    name text not null,
    number integer not null,
    page integer not null,
    records text not null,
    primary key (device, name, number, page)`,
  // `again`: it was closed once more, and its settlement is to be said once more.
  batch: `
    place integer primary key,
    device text not null,
    name text not null,
    number integer not null,
    epoch integer not null,
    seq integer not null,
    closed text,
    settlement text,
    again integer not null default 0,
    unique (device, name, number)`,
  // What each device said of itself last, as JSON.
  profile: `
    device text primary key,
    profile text not null`,
  // By how much the times of a device's entries are off, as it said later.
  clock_correction: `
    place integer primary key,
    device text not null,
    epoch integer not null,
    from_seq integer not null,
    through_seq integer not null,
    by_ms integer not null`,
  command: `
    place integer primary key,
    device text not null,
    command_id text not null,
    command text,
    finished text,
    unique (device, command_id)`,
  // `moved` words were put into a later epoch under a new number.
  word: `
    device text not null,
    epoch integer not null,
    seq integer not null,
    id text not null,
    type text not null,
    at integer not null,
    body text not null,
    hash text not null,
    taken integer not null default 0,
    moved integer not null default 0,
    primary key (device, epoch, seq)`,
  // One transaction a key of an application: a device whose ledger was restored may have forgotten it.
  sale_key: `
    device text not null,
    application text not null,
    key_hash text not null,
    transaction_id text not null,
    primary key (device, application, key_hash)`,
  // One-time codes and what they gave; `joined` once the device was heard with its certificate.
  registration: `
    code_hash text primary key,
    client_id text not null,
    group_id text not null,
    device_id text not null,
    until integer not null,
    public_key text,
    certificate text,
    used_at integer,
    joined integer not null default 0,
    recovery_key text,
    wrapping_key text,
    serial_number text,
    hardware text,
    revoked integer not null default 0`,
  certificate: `
    serial text primary key,
    device text not null`,
  desired: `
    device text not null,
    kind text not null,
    version integer not null,
    issued_at integer not null,
    body text not null,
    primary key (device, kind)`,
  // Settings for all devices of a client or of a group, as they were signed; `body` is what they say.
  shared_document: `
    addressee text primary key,
    version integer not null,
    issued_at integer not null,
    body text not null,
    key_id text not null,
    signed text not null`,
  // Groups as the portal keeps them, as JSON; which devices are in one stands in their desired documents.
  device_group: `
    client_id text not null,
    group_id text not null,
    body text not null,
    primary key (client_id, group_id)`,
  // What each device reported last of its configuration and of the documents it heard, as JSON.
  configuration: `
    device text primary key,
    report text not null,
    documents text not null`,
  // The last facts about it.
  configuration_fact: `
    place integer primary key,
    device text not null,
    type text not null,
    body text not null,
    unique (device, type, body)`,
  // Who may do what on the devices of a client; `body` is JSON, and checks secrets without having them.
  person: `
    client_id text not null,
    user_id text not null,
    body text not null,
    primary key (client_id, user_id)`,
  application: `
    client_id text not null,
    application_id text not null,
    body text not null,
    primary key (client_id, application_id)`,
} as const;

const indexes = `
  create index if not exists sealed_of_transaction
    on entry (device, body ->> '$.transactionId') where sealed is not null;
  create index if not exists finish_of_attempt
    on entry (device, body ->> '$.attemptId') where type = 'transaction.finished';
  create index if not exists finish_of_transaction
    on entry (device, body ->> '$.transactionId') where type = 'transaction.finished';
  create index if not exists member_of_batch on membership (device, name, number);
  create index if not exists withdrawal_by_void on withdrawal (device, void_transaction_id);
  create index if not exists decision_of_attempt on decision (device, answer ->> '$.attemptId');
  create index if not exists creation_of_transaction
    on entry (device, body ->> '$.transactionId') where type = 'transaction.created';
  create index if not exists member_of_group
    on desired (body ->> '$.groupId') where kind = 'device';
  create index if not exists word_by_id on word (device, id);
  create index if not exists word_told on entry (device, body ->> '$.id') where type = 'word.taken';
  create index if not exists reversal_of_transaction on reversal (device, transaction_id);`;

const views = `
  -- What the host has still to decide.
  create view if not exists undecided as select * from queued
    where not exists (select 1 from decision
      where decision.device = queued.device and decision.transaction_id = queued.transaction_id)
    and not exists (select 1 from withdrawal where withdrawal.device = queued.device
      and withdrawal.transaction_id = queued.transaction_id);
  -- Devices that have nothing on its way any more of what their session began with.
  create view if not exists caught_up as select device from device where gate_head is not null
    and (up_epoch > gate_epoch or (up_epoch = gate_epoch and up_through >= gate_head));`;

const tableNames = Object.keys(tables);

/** Tables of short rows, kept in the order of their keys: written once, not once more in an index. */
const keyed: readonly string[] = ['membership', 'sale_key', 'decision'];

/** Opens the portal's database with all its tables: a path, or `:memory:`, which may begin from an image. */
export const openStore = (database: string, image?: Uint8Array): Sqlite => {
  const db = openSqlite(database, image);
  for (const [name, columns] of Object.entries(tables)) {
    const kind = keyed.includes(name) ? 'strict, without rowid' : 'strict';
    db.exec(`create table if not exists ${name} (${columns}) ${kind}`);
  }
  // Not among the tables an image brings back: a store that was restored is another.
  db.exec('create table if not exists life (name text not null) strict');
  // Nor are keys: whoever keeps them keeps them apart, and devices have followed them on.
  db.exec(`create table if not exists key_set (version integer primary key,
    signing_seed blob not null, sealing_seed blob not null, statement text not null) strict`);
  db.exec(indexes);
  db.exec(views);
  return db;
};

/**
 * The name of the store as it has been since it was last restored; drawn anew when a restore has removed it.
 */
export const lifeOf = (db: Sqlite, dice: Dice): string => {
  const named = db.prepare<[], { name: string }>('select name from life').get();
  if (named !== undefined) return named.name;
  const name = Buffer.from(dice.bytes(8)).toString('hex');
  db.prepare('insert into life (name) values (?)').run(name);
  return name;
};

/** The whole store as one image. */
export const imageOf = (db: Sqlite): Uint8Array => new Uint8Array(db.serialize());

/** Makes the store what it was when the image was taken; throws, and changes nothing, if it is none. */
export const returnTo = (db: Sqlite, image: Uint8Array): void => {
  const old = openSqlite(':memory:', image);
  try {
    db.transaction(() => {
      for (const name of tableNames) {
        db.prepare(`delete from ${name}`).run();
        const rows = old.prepare<[], Record<string, unknown>>(`select * from ${name}`).all();
        const columns = Object.keys(rows[0] ?? {});
        if (columns.length === 0) continue;
        const put = db.prepare(
          `insert into ${name} (${columns.join(', ')})
           values (${columns.map((column) => `@${column}`).join(', ')})`,
        );
        for (const row of rows) put.run(row);
      }
      db.prepare('delete from life').run();
      // Whatever session there was then is over; presence tells which there is now.
      db.prepare('update device set session = 0, online = 0').run();
    })();
  } finally {
    old.close();
  }
};
