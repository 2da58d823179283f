/**
 * The schema of the ledger, as steps that are only ever appended: an agent runs those it has not run yet.
 * Steps add, they never take away, so that the release before can still open what this one wrote.
 */

export const migrations: readonly string[] = [
  `
  -- Single values: where the log stands, the clock that survives reboots, what was acknowledged.
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

  -- Facts, in order, without a gap. 'prev' is the hash of the entry before.
  CREATE TABLE up_log (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    clock TEXT NOT NULL,
    body TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    transaction_id TEXT,
    PRIMARY KEY (epoch, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX up_log_by_transaction ON up_log (transaction_id) WHERE transaction_id IS NOT NULL;
  CREATE INDEX up_log_of_batches ON up_log (epoch, seq)
    WHERE type IN ('batch.records', 'batch.closed', 'command.finished');

  -- Words of the portal, as they were taken in.
  CREATE TABLE down_log (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    clock TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (epoch, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX down_log_by_id ON down_log (id);

  -- One row a batch. 'closed' is the body of its batch.closed, 'settlement' that of the word that ended it.
  CREATE TABLE batches (
    place INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    opened_elapsed INTEGER NOT NULL,
    trigger TEXT,
    asked_by TEXT,
    asked_elapsed INTEGER,
    scheduled_for TEXT,
    closed_at INTEGER,
    closed TEXT,
    settlement TEXT,
    UNIQUE (name, number)
  ) STRICT;
  CREATE INDEX batches_unfinished ON batches (place) WHERE state <> 'closed';

  -- What the portal asked to be done, once; 'finished' is the body of its command.finished.
  CREATE TABLE commands (
    place INTEGER PRIMARY KEY,
    command_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    asked TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    received_elapsed INTEGER NOT NULL,
    state TEXT NOT NULL,
    batch_name TEXT,
    batch_number INTEGER,
    finished TEXT
  ) STRICT;
  CREATE INDEX commands_unfinished ON commands (place) WHERE state <> 'finished';

  -- One row a transaction. 'state' and 'ordered' are the machine's own JSON; the rest is for finding it.
  CREATE TABLE transactions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id TEXT NOT NULL UNIQUE,
    ordered TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    final INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    type TEXT NOT NULL,
    batch_name TEXT NOT NULL,
    batch_number INTEGER NOT NULL,
    charged INTEGER NOT NULL DEFAULT 0,
    reference TEXT,
    card_hash TEXT,
    counted INTEGER NOT NULL DEFAULT 0,
    stored_at INTEGER,
    paid_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    clock TEXT NOT NULL
  ) STRICT;
  CREATE INDEX transactions_open ON transactions (number) WHERE final = 0;
  CREATE INDEX transactions_counted ON transactions (stored_at) WHERE counted = 1;
  CREATE INDEX transactions_by_card ON transactions (card_hash, stored_at) WHERE stored_at IS NOT NULL;
  CREATE INDEX transactions_alike ON transactions (card_hash, amount, currency, type, paid_at)
    WHERE paid_at IS NOT NULL;
  CREATE INDEX transactions_by_outcome ON transactions (outcome, number);
  CREATE INDEX transactions_by_batch ON transactions (batch_name, batch_number);
  CREATE INDEX transactions_by_reference ON transactions (reference) WHERE reference IS NOT NULL;

  -- What became of every try to reach the host.
  CREATE TABLE attempts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt_id TEXT NOT NULL UNIQUE,
    transaction_id TEXT NOT NULL REFERENCES transactions (transaction_id),
    standing TEXT NOT NULL
  ) STRICT;
  CREATE INDEX attempts_reversing ON attempts (number) WHERE standing = 'reversing';

  -- Which transaction a key of a client application stands for; keys and requests as hashes only.
  CREATE TABLE idempotency (
    application TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    transaction_id TEXT NOT NULL REFERENCES transactions (transaction_id),
    PRIMARY KEY (application, key_hash)
  ) STRICT, WITHOUT ROWID;

  -- Sealed account data, beside the log so that it can be erased without breaking the chain. Rows stand in
  -- the order they came: ordered by digest, they would be moved for each other, and where SQLite moves them
  -- it leaves copies that secure_delete does not reach.
  CREATE TABLE sealed (
    digest TEXT NOT NULL PRIMARY KEY,
    transaction_id TEXT NOT NULL REFERENCES transactions (transaction_id),
    bytes BLOB,
    erased_at INTEGER
  ) STRICT;
  CREATE INDEX sealed_by_transaction ON sealed (transaction_id);

  -- The offline totals, kept beside the rows they count (invariant I4).
  CREATE TABLE exposure (
    currency TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    total INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
