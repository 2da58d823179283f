/**
 * Verifying a ledger at rest: walks every chain and every row, and says what does not fit. Changes nothing.
 *
 * I1 keys and transactions, I3 no record without a state its facts explain, I4 totals, I5 chain, I6 erasure;
 * and the batches: records, totals, digests and settlements.
 */
import {
  chainHash,
  chainStart,
  check,
  facts,
  type ClockTrust,
  type FactBody,
  type FactType,
  type Outcome,
  type Subject,
  words,
  type WordType,
} from '../../contract/index.ts';
import { sha256 } from '../identity/digest.ts';
import type { Order } from '../payments/order.ts';
import { isCounted, isFinal, outcomeOf, type Payment } from '../payments/payment.ts';
import { storageFaultOf, type Sqlite } from './sqlite.ts';
import { compareBatches } from './verify-batches.ts';

export type Invariant = 'I1' | 'I3' | 'I4' | 'I5' | 'I6' | 'batch' | 'file';

export interface Finding {
  readonly invariant: Invariant;
  readonly says: string;
}

export interface LedgerReport {
  readonly sound: boolean;
  readonly subject: string;
  readonly entries: number;
  readonly transactions: number;
  readonly open: number;
  /** Net approved minor units by currency, as the ledger has them. */
  readonly netByCurrency: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** Findings that are told; the rest are only counted. */
const findingsMax = 100;

interface LogRow {
  epoch: number;
  seq: number;
  id: string;
  type: string;
  at: number;
  clock: ClockTrust;
  body: string;
  hash: string;
  /** Kept in the up log only. */
  prev?: string;
}

/** Verifies an open database; it may be one opened for reading only. */
export const verifyLedger = (db: Sqlite): LedgerReport => {
  const findings: Finding[] = [];
  const find = (invariant: Invariant, says: string) => {
    if (findings.length < findingsMax) findings.push({ invariant, says });
  };
  // A damaged file may stop any of these; what the others find is told all the same.
  const look = <R>(fallback: R, see: () => R): R => readable(fallback, see, find);
  look(undefined, () => quickCheck(db, find));
  const subject = look('', () => one<string>(db, "SELECT value FROM meta WHERE name = 'subject'"));
  const told = look(undefined, () => walkUpLog(db, subject ?? '', find));
  look(undefined, () => compareWithPortal(db, find));
  look(undefined, () => walkDownLog(db, subject ?? '', find));
  if (told !== undefined) look(undefined, () => compareTransactions(db, told, find));
  look(undefined, () => compareKeys(db, find));
  look(undefined, () => compareTotals(db, find));
  look(undefined, () => compareSealed(db, find));
  look(undefined, () => compareBatches(db, (says) => find('batch', says)));
  const report = {
    subject: subject ?? '',
    entries: look(0, () => count(db, 'up_log')),
    transactions: look(0, () => count(db, 'transactions')),
    open: look(0, () => one<number>(db, 'SELECT count(*) FROM transactions WHERE final = 0') ?? 0),
    netByCurrency: look({}, () => netByCurrency(db)),
  };
  return { sound: findings.length === 0, ...report, findings };
};

type Find = (invariant: Invariant, says: string) => void;

const readable = <R>(fallback: R, see: () => R, find: Find): R => {
  try {
    return see();
  } catch (error) {
    if (storageFaultOf(error) === undefined) throw error;
    find('file', `SQLite cannot read the file: ${(error as Error).message}`);
    return fallback;
  }
};

const quickCheck = (db: Sqlite, find: Find): void => {
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') find('file', `SQLite finds the file damaged: ${String(found)}`);
};

const one = <T>(db: Sqlite, sql: string): T | undefined =>
  db.prepare(sql).pluck().get() as T | undefined;

const count = (db: Sqlite, table: 'up_log' | 'transactions'): number =>
  one<number>(db, `SELECT count(*) FROM ${table}`) ?? 0;

const netByCurrency = (db: Sqlite): Record<string, number> => {
  const rows = db
    .prepare<[], { currency: string; net: number }>(
      `SELECT currency, sum(amount) AS net FROM transactions WHERE outcome = 'approved'
       GROUP BY currency ORDER BY currency`,
    )
    .all();
  return Object.fromEntries(rows.map(({ currency, net }) => [currency, net]));
};

const subjectOf = (name: string): Subject => {
  const [clientId = '', deviceId = ''] = name.split('/');
  return { clientId, deviceId };
};

/** Walks the chain of every epoch, and tells what the facts say became of each transaction. */
const walkUpLog = (db: Sqlite, subject: string, find: Find): Map<string, Outcome | undefined> => {
  const told = new Map<string, Outcome | undefined>();
  const rows = db.prepare<[], LogRow>('SELECT * FROM up_log ORDER BY epoch, seq').iterate();
  const walk = chainWalk(subject, 'up', find);
  for (const row of rows) {
    const body = walk(row);
    if (!isFactType(row.type)) continue;
    const fact = check(facts[row.type].body, body);
    if (fact.ok) follow(told, row.type, fact.value);
    else find('I5', `up log ${row.epoch}/${row.seq}: no ${row.type}: ${fact.why}`);
  }
  return told;
};

const isFactType = (type: string): type is FactType => Object.hasOwn(facts, type);

/** A log that lost its end is whole as far as it goes; but the portal has acknowledged more. */
const compareWithPortal = (db: Sqlite, find: Find): void => {
  const value = (name: 'epoch' | 'acknowledged') =>
    one<number>(db, `SELECT value FROM meta WHERE name = '${name}'`);
  const acknowledged = value('acknowledged') ?? 0;
  const epoch = value('epoch') ?? 1;
  const last = one<number>(db, `SELECT max(seq) FROM up_log WHERE epoch = ${epoch}`) ?? 0;
  if (acknowledged > last) {
    find('I5', `up log ${epoch}/${last}: the portal has ${acknowledged} entries of this epoch`);
  }
};

const walkDownLog = (db: Sqlite, subject: string, find: Find): void => {
  const rows = db.prepare<[], LogRow>('SELECT * FROM down_log ORDER BY epoch, seq').iterate();
  const walk = chainWalk(subject, 'down', find);
  for (const row of rows) walk(row);
};

/** Gives what checks one row after the other, and gives its body; `undefined` when it is no JSON. */
const chainWalk = (subject: string, direction: string, find: Find): ((row: LogRow) => unknown) => {
  let epoch = 0;
  let expected = 1;
  let prev = '';
  return (row) => {
    if (row.epoch !== epoch) {
      epoch = row.epoch;
      expected = 1;
      prev = chainStart(subjectOf(subject), epoch, sha256);
    }
    const place = `${direction} log ${row.epoch}/${row.seq}`;
    if (row.seq !== expected) find('I5', `${place}: expected number ${expected}`);
    if ((row.prev ?? prev) !== prev) find('I5', `${place}: it does not name the entry before it`);
    const body = parsed(row.body);
    if (body === undefined || chainHash(prev, { ...row, body }, sha256) !== row.hash) {
      find('I5', `${place}: the hash does not fit`);
    }
    prev = row.hash;
    expected = row.seq + 1;
    return body;
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** What one more fact says of a transaction's outcome. */
const follow = (told: Map<string, Outcome | undefined>, type: FactType, body: FactBody): void => {
  const tell = (transactionId: string, outcome: Outcome | undefined) =>
    told.set(transactionId, outcome);
  switch (type) {
    case 'transaction.created': {
      const { transactionId } = body as FactBody<'transaction.created'>;
      if (!told.has(transactionId)) tell(transactionId, undefined);
      return;
    }
    case 'transaction.stored':
      return followOpen(
        told,
        (body as FactBody<'transaction.stored'>).transactionId,
        'approved_offline',
      );
    case 'reversal':
      return followOpen(told, (body as FactBody<'reversal'>).transactionId, 'unknown');
    case 'transaction.finished': {
      const { transactionId, outcome } = body as FactBody<'transaction.finished'>;
      tell(transactionId, outcome);
      return;
    }
    case 'word.taken':
      return followWord(told, body as FactBody<'word.taken'>);
    case 'attempt.sent':
    case 'answer.late':
    case 'epoch.opened':
    case 'transaction.advised':
    case 'transaction.partially_approved':
    case 'transaction.held':
    case 'transaction.released':
    case 'batch.records':
    case 'batch.closed':
    case 'command.finished':
      return;
  }
};

// A new epoch restates the facts of open transactions; what is final by then is not told back.
const followOpen = (
  told: Map<string, Outcome | undefined>,
  transactionId: string,
  outcome: Outcome,
) => {
  const before = told.get(transactionId);
  const isOpen = before === undefined || before === 'unknown' || before === 'approved_offline';
  if (isOpen) told.set(transactionId, outcome);
};

const followWord = (
  told: Map<string, Outcome | undefined>,
  { applied, type, content }: FactBody<'word.taken'>,
): void => {
  const word = isWordType(type) ? check(words[type].body, content) : undefined;
  if (!applied || word?.ok !== true || !('transactionId' in word.value)) return;
  const { transactionId } = word.value;
  if (type === 'transaction.decided' && 'result' in word.value) {
    told.set(transactionId, word.value.result === 'approved' ? 'approved' : 'forward_declined');
  } else if (type === 'reversal.done' && told.get(transactionId) === 'unknown') {
    told.set(transactionId, 'reversed');
  }
};

const isWordType = (type: string): type is WordType => Object.hasOwn(words, type);

const compareTransactions = (
  db: Sqlite,
  told: Map<string, Outcome | undefined>,
  find: Find,
): void => {
  const rows = db.prepare<[], TransactionRow>('SELECT * FROM transactions').iterate();
  for (const row of rows) {
    const { transaction_id: id, outcome } = row;
    const expected = told.get(id);
    if (!told.has(id)) find('I3', `${id} is in no fact of the log`);
    else if ((expected ?? null) !== outcome) {
      find('I3', `${id} is ${outcome ?? 'open'}, its facts say ${expected ?? 'open'}`);
    }
    if (!agreesWithItself(row)) find('I3', `${id} says one thing in its state, another beside it`);
    told.delete(id);
  }
  for (const id of told.keys()) find('I3', `${id} is in the log, but not among the transactions`);
};

interface TransactionRow {
  transaction_id: string;
  ordered: string;
  state: string;
  outcome: Outcome | null;
  final: number;
  counted: number;
  amount: number;
  currency: string;
}

/** What stands beside state and order, to find a transaction by, is what they say themselves. */
const agreesWithItself = (row: TransactionRow): boolean => {
  const payment = (parsed(row.state) ?? undefined) as Payment | undefined;
  const { amount } = (parsed(row.ordered) ?? {}) as Partial<Order>;
  if (payment === undefined || amount === undefined) return false;
  return (
    (outcomeOf(payment) ?? null) === row.outcome &&
    isFinal(payment) === (row.final === 1) &&
    isCounted(payment) === (row.counted === 1) &&
    amount.value === row.amount &&
    amount.currency === row.currency
  );
};

const compareKeys = (db: Sqlite, find: Find): void => {
  const without = db
    .prepare<[], { id: string; keys: number }>(
      `SELECT t.transaction_id AS id, count(i.key_hash) AS keys FROM transactions t
       LEFT JOIN idempotency i USING (transaction_id) GROUP BY t.transaction_id HAVING keys <> 1`,
    )
    .all();
  for (const { id, keys } of without) find('I1', `${id} stands under ${keys} keys, not under one`);
};

const compareTotals = (db: Sqlite, find: Find): void => {
  const rows = db
    .prepare<
      [],
      { currency: string; kept: number; counted: number; total: number; summed: number }
    >(
      `WITH summed AS (
         SELECT currency, count(*) AS count, sum(amount) AS total FROM transactions
         WHERE counted = 1 GROUP BY currency)
       SELECT currency, coalesce(e.count, 0) AS kept, coalesce(s.count, 0) AS counted,
         coalesce(e.total, 0) AS total, coalesce(s.total, 0) AS summed
       FROM exposure e FULL JOIN summed s USING (currency)`,
    )
    .all();
  for (const { currency, kept, counted, total, summed } of rows) {
    if (kept === counted && total === summed) continue;
    find(
      'I4',
      `${currency}: the totals say ${kept} and ${total}, the records ${counted} and ${summed}`,
    );
  }
};

/** Sealed data is there, and whole, until its sale is decided; and gone from then on. */
const compareSealed = (db: Sqlite, find: Find): void => {
  const rows = db
    .prepare<[], { id: string; digest: string; bytes: Uint8Array; final: number }>(
      `SELECT transaction_id AS id, digest, bytes, final FROM sealed JOIN transactions USING (transaction_id)
       WHERE bytes IS NOT NULL`,
    )
    .iterate();
  for (const { id, digest, bytes, final } of rows) {
    if (final === 1) find('I6', `${id} is decided, but its sealed data is still kept`);
    if (sha256(bytes) !== digest) find('I3', `${id}: its sealed data is not what was sealed`);
  }
  const bare = db
    .prepare<[], { id: string }>(
      `SELECT transaction_id AS id FROM transactions LEFT JOIN sealed USING (transaction_id)
       WHERE outcome = 'approved_offline' GROUP BY transaction_id HAVING count(bytes) = 0`,
    )
    .all();
  for (const { id } of bare) find('I3', `${id} waits to be decided, but its sealed data is gone`);
};
