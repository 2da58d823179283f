/**
 * An old ledger: so many sales, a thousand a day. One is written through the ledger and copied in SQL, rows,
 * facts, keys and attempts alike; the last one is written through the ledger again. Only the chain in between
 * is none, and nobody walks it here.
 */
import type { Subject } from '../../contract/index.ts';
import { openLedger } from '../../agent/ledger/open.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { approve } from './long-ledger.ts';
import { unflushed } from './unflushed.ts';

/** A sale every so many milliseconds, around the clock. */
export const saleEveryMs = 86_400;

/** Writes a ledger with so many sales, the last one made now. */
export const writeOldLedger = (path: string, subject: Subject, sales: number): void => {
  let db: Sqlite | undefined;
  const ledger = openLedger(() => (db = unflushed(path)), subject, nodeWorld('.'));
  ledger.commit(() => approve(ledger, 1));
  if (db !== undefined) copyFirst(db, ledger, sales - 1);
  ledger.commit(() => approve(ledger, sales));
  ledger.checkpoint();
  ledger.close();
};

// Ids of the fixtures end in the number of the sale. Hashes stand anywhere in their indexes, as real ones do.
const id = (prefix: string) => `'${prefix}_' || printf('%026d', i)`;
const hash = 'lower(hex(randomblob(32)))';
const renamed = (text: string) => `replace(${text}, printf('%026d', 1), printf('%026d', i))`;
const copies =
  'WITH RECURSIVE copies(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM copies WHERE i < @last)';

const copying = [
  `${copies} INSERT INTO transactions
     (transaction_id, ordered, state, outcome, final, amount, currency, type, reference, original_id,
      application, batch_name, batch_number, charged, brand, entry_mode, card_hash, paid_at,
      created_at, updated_at, clock)
   SELECT ${id('txn')}, ${renamed('ordered')}, ${renamed('state')}, outcome, final, amount, currency, type,
      reference, original_id, application, batch_name, batch_number, charged, brand, entry_mode, ${hash},
      paid_at, created_at - (@last + 1 - i) * @every, updated_at - (@last + 1 - i) * @every, clock
   FROM copies, transactions WHERE number = 1`,
  `${copies} INSERT INTO up_log
   SELECT epoch, seq + 3 * (i - 1), ${id('fct')} || seq, type, at - (@last + 1 - i) * @every, clock,
      ${renamed('body')}, ${hash}, ${hash}, ${id('txn')}
   FROM copies, up_log WHERE seq <= 3`,
  `${copies} INSERT INTO attempts (attempt_id, transaction_id, standing)
   SELECT ${id('att')}, ${id('txn')}, standing FROM copies, attempts WHERE number = 1`,
  `${copies} INSERT INTO idempotency SELECT application, ${hash}, ${hash}, ${id('txn')}
   FROM copies, idempotency WHERE transaction_id = 'txn_' || printf('%026d', 1) ORDER BY 2`,
];

const copyFirst = (db: Sqlite, ledger: Ledger, last: number): void => {
  db.transaction(() => {
    for (const sql of copying) db.prepare(sql).run({ last, every: saleEveryMs });
    db.exec(
      `UPDATE transactions SET created_at = created_at - ${last} * ${saleEveryMs} WHERE number = 1`,
    );
  })();
  // The head of the log is another now.
  ledger.upLog.forget();
};
