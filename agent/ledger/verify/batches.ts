/**
 * Verifying batches: what a closed batch was told with, what the portal was told, and what stands in the
 * ledger now have to be the same thing. Of a settled batch some or all of it may be pruned.
 */
import {
  canonical,
  check,
  facts,
  type BatchId,
  type BatchRecord,
  type FactBody,
  type FactType,
} from '../../../contract/index.ts';
import { digestOf, totalsOf } from '../../batches/totals.ts';
import { sha256 } from '../../identity/digest.ts';
import { anchorsIn } from '../anchors.ts';
import type { Sqlite } from '../sqlite.ts';

type Find = (says: string) => void;
type Closed = FactBody<'batch.closed'>;

/** A closed batch as the log tells it. */
interface Told {
  readonly closed: Closed;
  /** By page; a fact told again in a later epoch is the same fact. */
  readonly pages: ReadonlyMap<number, readonly BatchRecord[]>;
}

interface BatchRow {
  name: string;
  number: number;
  state: string;
  closed: string | null;
  settlement: string | null;
}

/** Finds what does not fit among the batches of a ledger at rest. */
export const compareBatches = (db: Sqlite, find: Find): void => {
  const rows = db.prepare<[], BatchRow>('SELECT * FROM batches ORDER BY name, number').all();
  const told = toldIn(db);
  const isPruned = anchorsIn(db).some(({ log }) => log === 'up');
  compareNumbers(rows, find);
  for (const row of rows) {
    const mayBeGone = isPruned && row.settlement !== null;
    compareBatch(db, row, { told: told.get(keyOf(row)), mayBeGone }, find);
  }
  const known = new Set(rows.map(keyOf));
  for (const key of told.keys()) {
    if (!known.has(key)) find(`batch ${key} is closed in the log, but is not among the batches`);
  }
  compareSettlements(db, rows, { isPruned, find });
};

const keyOf = ({ name, number }: BatchId): string => `${name} ${number}`;

/** Numbers of one name run from 1 without a gap, and only the last may be open. */
const compareNumbers = (rows: readonly BatchRow[], find: Find): void => {
  for (const [place, row] of rows.entries()) {
    const before = rows[place - 1];
    const expected = before?.name === row.name ? before.number + 1 : 1;
    if (row.number !== expected) find(`batch ${keyOf(row)}: expected number ${expected}`);
    const isLast = rows[place + 1]?.name !== row.name;
    if (row.state === 'open' && !isLast) find(`batch ${keyOf(row)} is open, but not the last`);
    if ((row.state === 'closed') !== (row.closed !== null)) {
      find(`batch ${keyOf(row)} is ${row.state}, its totals say otherwise`);
    }
  }
};

const toldIn = (db: Sqlite): Map<string, Told> => {
  const pages = new Map<string, Map<number, readonly BatchRecord[]>>();
  const told = new Map<string, Told>();
  for (const { body } of factsIn(db, 'batch.records')) {
    const { batch, page, records } = body as FactBody<'batch.records'>;
    const ofBatch = pages.get(keyOf(batch)) ?? new Map<number, readonly BatchRecord[]>();
    pages.set(keyOf(batch), ofBatch.set(page, records));
  }
  for (const { body } of factsIn(db, 'batch.closed')) {
    const closed = body as Closed;
    const key = keyOf(closed.batch);
    told.set(key, { closed, pages: pages.get(key) ?? new Map() });
  }
  return told;
};

/** Facts of a type that fit their shape; that the others do not is said where the log is walked. */
const factsIn = function* (db: Sqlite, type: FactType): Generator<{ body: unknown }> {
  const rows = db
    .prepare<[string], { body: string }>(
      'SELECT body FROM up_log WHERE type = ? ORDER BY epoch, seq',
    )
    .iterate(type);
  for (const row of rows) {
    const checked = check(facts[type].body, parsed(row.body));
    if (checked.ok) yield { body: checked.value };
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const compareBatch = (
  db: Sqlite,
  row: BatchRow,
  { told, mayBeGone }: { told: Told | undefined; mayBeGone: boolean },
  find: Find,
): void => {
  const name = `batch ${keyOf(row)}`;
  if (row.closed === null) {
    if (told !== undefined)
      find(`${name} is closed in the log, and ${row.state} among the batches`);
    return;
  }
  if (told === undefined) {
    return mayBeGone ? undefined : find(`${name} is closed, but no fact of the log says so`);
  }
  const { closed, pages } = told;
  if (canonical(closed) !== canonical(parsed(row.closed))) {
    find(`${name}: its totals are not those the portal was told`);
  }
  // Its records go before its totals do.
  if (mayBeGone && pages.size < closed.pages) return;
  const records = [...pages.values()].flat();
  const carried = records.filter(({ standing }) => standing === 'carried');
  if (pages.size !== closed.pages) {
    find(`${name}: ${pages.size} pages of records are in the log, not ${closed.pages}`);
  }
  if (canonical(totalsOf(records)) !== canonical(closed.totals)) {
    find(`${name}: its records do not add up to its totals`);
  }
  if (digestOf(records, sha256) !== closed.digest) {
    find(`${name}: its digest does not fit its records`);
  }
  if (canonical(carried.map(({ transactionId }) => transactionId)) !== canonical(closed.carried)) {
    find(`${name}: its records and its totals name others as carried`);
  }
  compareContents(db, closed.batch, { records, mayBeGone }, find);
};

/** A closed batch holds what its records say, and nothing approved that they leave out. */
const compareContents = (
  db: Sqlite,
  batch: BatchId,
  { records, mayBeGone }: { records: readonly BatchRecord[]; mayBeGone: boolean },
  find: Find,
): void => {
  // What the host approved after all, although it was to be reversed, may come to a batch that is closed; of
  // what is half pruned nobody knows.
  const rows = db
    .prepare<[string, number], { id: string; isExtra: number }>(
      `SELECT transaction_id AS id, outcome = 'approved' AND NOT EXISTS (
         SELECT 1 FROM up_log u WHERE u.transaction_id = t.transaction_id AND u.type = 'reversal')
         AND EXISTS (SELECT 1 FROM up_log u
           WHERE u.transaction_id = t.transaction_id AND u.type = 'transaction.created') AS isExtra
       FROM transactions t WHERE batch_name = ? AND batch_number = ?`,
    )
    .all(batch.name, batch.number);
  const here = new Set(rows.map(({ id }) => id));
  const recorded = new Set(
    records.flatMap(({ standing, transactionId }) =>
      standing === 'carried' ? [] : [transactionId],
    ),
  );
  for (const id of recorded) {
    if (!here.has(id) && !mayBeGone)
      find(`${id} is in the records of batch ${keyOf(batch)}, but not in the batch`);
  }
  for (const { id, isExtra } of rows) {
    if (isExtra === 1 && !recorded.has(id)) {
      find(`${id} is approved in batch ${keyOf(batch)}, but in none of its totals`);
    }
  }
};

/** A settlement is a word that was taken in; every one that was is kept beside its batch. */
const compareSettlements = (
  db: Sqlite,
  rows: readonly BatchRow[],
  { isPruned, find }: { isPruned: boolean; find: Find },
): void => {
  const applied = new Map<string, string>();
  for (const { body } of factsIn(db, 'word.taken')) {
    const { type, applied: isApplied, content } = body as FactBody<'word.taken'>;
    if (type !== 'settlement' || !isApplied) continue;
    applied.set(keyOf((content as { batch: BatchId }).batch), canonical(content));
  }
  for (const row of rows) {
    const kept = row.settlement === null ? undefined : canonical(parsed(row.settlement));
    const said = applied.get(keyOf(row));
    if (said !== kept && !(isPruned && said === undefined)) {
      find(`batch ${keyOf(row)}: its settlement is not what the portal said`);
    }
  }
};
