/**
 * The schema of the ledger, as steps that are only ever appended: an agent runs those it has not run yet.
 * Steps add, they never take away, so that the release before can still open what this one wrote.
 */

/** Adds a row to its portion, or takes it out. A damaged state is no JSON, and belongs to none. */
const portion = (row: 'OLD' | 'NEW', sign: '+' | '-'): string => `
  INSERT INTO portions VALUES (
    ${row}.batch_name, ${row}.batch_number, ${row}.type, ${row}.currency,
    coalesce(iif(json_valid(${row}.state), ${row}.state ->> 'is', ''), ''),
    ${sign}1, ${sign}${row}.amount,
    ${sign}iif(json_valid(${row}.state), coalesce(${row}.state ->> '$.amount.value', ${row}.amount), 0))
  ON CONFLICT DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount,
    charged = charged + excluded.charged;`;

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
  -- Words are about a transaction too, but it stands in what they contain.
  CREATE INDEX up_log_of_words ON up_log (body ->> '$.content.transactionId') WHERE type = 'word.taken';
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
    reference TEXT,
    original_id TEXT,
    application TEXT NOT NULL,
    batch_name TEXT NOT NULL,
    batch_number INTEGER NOT NULL,
    -- What it adds to the merchant's net, in minor units; 0 until it is approved.
    charged INTEGER NOT NULL DEFAULT 0,
    brand TEXT,
    entry_mode TEXT,
    -- Elapsed time since which an authorization holds money that is not captured.
    holding_since INTEGER,
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
  CREATE INDEX transactions_by_type ON transactions (type, number) WHERE type <> 'sale';
  CREATE INDEX transactions_by_original ON transactions (original_id) WHERE original_id IS NOT NULL;
  CREATE INDEX transactions_by_batch ON transactions (batch_name, batch_number);
  CREATE INDEX transactions_holding ON transactions (holding_since) WHERE holding_since IS NOT NULL;
  CREATE INDEX transactions_by_day ON transactions (created_at);
  CREATE INDEX transactions_by_reference ON transactions (reference) WHERE reference IS NOT NULL;

  -- What became of every try to reach the host. No foreign key, here and with the keys: for each transaction
  -- that is pruned SQLite would search the whole table, or every sale would write another index.
  CREATE TABLE attempts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt_id TEXT NOT NULL UNIQUE,
    transaction_id TEXT NOT NULL,
    standing TEXT NOT NULL,
    -- Why it is to be reversed, and since when, in elapsed time.
    reason TEXT,
    reversing_since INTEGER
  ) STRICT;
  CREATE INDEX attempts_reversing ON attempts (number) WHERE standing = 'reversing';

  -- Which transaction a key of a client application stands for; keys and requests as hashes only.
  CREATE TABLE idempotency (
    application TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    PRIMARY KEY (application, key_hash)
  ) STRICT, WITHOUT ROWID;

  -- Keys whose transaction was pruned; for ever, so that none of them is a new sale (invariant I1).
  CREATE TABLE expired_keys (
    application TEXT NOT NULL,
    key_hash BLOB NOT NULL,
    PRIMARY KEY (application, key_hash)
  ) STRICT, WITHOUT ROWID;

  -- Sealed account data, beside the log so that it can be erased without breaking the chain. Rows stand in
  -- the order they came: ordered by digest, they would be moved for each other, and where SQLite moves them
  -- it leaves copies that secure_delete does not reach.
  CREATE TABLE sealed (
    digest TEXT NOT NULL PRIMARY KEY,
    transaction_id TEXT NOT NULL REFERENCES transactions (transaction_id),
    bytes BLOB,
    erased_at INTEGER,
    -- The outcome it was erased with.
    erased_for TEXT
  ) STRICT;
  CREATE INDEX sealed_by_transaction ON sealed (transaction_id);

  -- The offline totals, kept beside the rows they count (invariant I4).
  CREATE TABLE exposure (
    currency TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    total INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Where a log begins whose start was pruned: the last entry that went, and how many went in all.
  CREATE TABLE log_anchors (
    log TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    count INTEGER NOT NULL,
    pruned_at INTEGER NOT NULL,
    PRIMARY KEY (log, epoch)
  ) STRICT, WITHOUT ROWID;

  -- What was pruned, by the month it was sold in, so that nothing is gone without a trace.
  CREATE TABLE pruned (
    month TEXT NOT NULL,
    currency TEXT NOT NULL,
    type TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    net INTEGER NOT NULL,
    -- Sealed data of these that had been erased.
    erased INTEGER NOT NULL,
    PRIMARY KEY (month, currency, type, outcome)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What each batch holds, added up: kept beside the rows by the triggers, in whatever way these change, so
  -- that a status or a limit of a batch costs the same however much is in it.
  CREATE TABLE portions (
    batch_name TEXT NOT NULL,
    batch_number INTEGER NOT NULL,
    type TEXT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    charged INTEGER NOT NULL,
    PRIMARY KEY (batch_name, batch_number, type, currency, state)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO portions
  SELECT batch_name, batch_number, type, currency, state ->> 'is', count(*), sum(amount),
    sum(coalesce(state ->> '$.amount.value', amount))
  FROM transactions GROUP BY 1, 2, 3, 4, 5;
  CREATE TRIGGER portions_entered AFTER INSERT ON transactions BEGIN ${portion('NEW', '+')} END;
  CREATE TRIGGER portions_moved
  AFTER UPDATE OF batch_name, batch_number, type, currency, state, amount ON transactions
  BEGIN ${portion('OLD', '-')} ${portion('NEW', '+')} END;
  CREATE TRIGGER portions_pruned AFTER DELETE ON transactions BEGIN ${portion('OLD', '-')} END;
  `,
  `
  -- What counts of a transaction towards the offline totals, in minor units; before, whether it does.
  DROP INDEX transactions_counted;
  UPDATE transactions SET counted = amount WHERE counted = 1;
  CREATE INDEX transactions_counted ON transactions (stored_at) WHERE counted > 0;
  `,
  `
  -- The last desired document of each kind.
  CREATE TABLE desired (
    kind TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Signing in. Times are elapsed time; names that were tried stand here as hashes.
  CREATE TABLE sign_in_names (
    name_hash TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    locks INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    last_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- When somebody failed, whoever it was.
  CREATE TABLE sign_in_failures (number INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
  -- One-time codes that were used: of those by time the last step, of recovery codes each.
  CREATE TABLE used_totp_steps (user_id TEXT PRIMARY KEY, step INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE used_recovery_codes (
    user_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Of groups a device may hear of several. What was kept until now was for the device itself.
  CREATE TABLE desired_for (
    kind TEXT NOT NULL,
    addressee TEXT NOT NULL,
    version INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, addressee)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO desired_for
  SELECT kind, (SELECT value FROM meta WHERE name = 'subject'), version, issued_at, body FROM desired;
  DROP TABLE desired;
  ALTER TABLE desired_for RENAME TO desired;
  `,
  `
  -- Which settings were in force, and which versions were refused, with the documents not tried again.
  CREATE TABLE configurations (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    clock TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    documents TEXT NOT NULL
  ) STRICT;
  `,
];
