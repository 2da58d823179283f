/**
 * The ledger: one SQLite file that holds every fact, and the only place where payments change.
 *
 * Promises: what `commit` returned survives a power cut; a commit happens whole or not at all; facts,
 * attempts, totals, sealed data and the transaction's row are written together, so none can say what
 * another does not.
 */
import type { Fact, Subject } from '../../contract/index.ts';
import { newId } from '../identity/identifiers.ts';
import { consequenceOf, next } from '../payments/payment.ts';
import { countedOf, outcomeOf, type Payment } from '../payments/states.ts';
import type { Step } from '../payments/step.ts';
import { chargeOf, type Order } from '../payments/order.ts';
import { present } from '../present.ts';
import type { World } from '../world.ts';
import { attemptTable, type Attempts } from './attempts.ts';
import { batchTable, type Batches } from './batches.ts';
import { correctionsOf, type Correction } from './clock-correction.ts';
import { trustedClock, type TrustedClock } from './clock-trust.ts';
import { commandTable, type Commands } from './commands.ts';
import {
  configurationTable,
  type ConfigurationEntry,
  type Configurations,
} from './configurations.ts';
import { desiredTable, type DesiredTable } from './desired.ts';
import { downLog, type DownLog } from './down-log.ts';
import { elapsedTime, type Elapsed } from './elapsed.ts';
import { exposureTable, type Exposure } from './exposure.ts';
import { holdingsIn, type Holdings } from './holdings.ts';
import { idempotencyTable, type Idempotency, type KeyedRequest } from './idempotency.ts';
import { metaTable, type MetaTable } from './meta.ts';
import { pruningOf, type Pruning } from './pruning.ts';
import { publishedMark, type Published } from './published.ts';
import { sealedTable, type Sealed } from './sealed.ts';
import { signInTable, type SignIns } from './sign-ins.ts';
import type { Sqlite } from './sqlite.ts';
import { takingsOf, type Takings } from './takings.ts';
import { transactionTable, type PaidWith, type Transactions } from './transactions.ts';
import { upLog, type UpLog } from './up-log.ts';

/** What is stored together with a step that approves offline. */
export interface Storing {
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly cardHash: string;
}

export interface Ledger {
  readonly subject: Subject;
  readonly meta: MetaTable;
  readonly upLog: UpLog;
  readonly downLog: DownLog;
  readonly transactions: Transactions;
  readonly attempts: Attempts;
  readonly idempotency: Idempotency;
  readonly sealed: Sealed;
  readonly exposure: Exposure;
  readonly batches: Batches;
  readonly holdings: Holdings;
  readonly commands: Commands;
  readonly desired: DesiredTable;
  readonly configurations: Pick<Configurations, 'inForce' | 'lastRefused' | 'isRefused' | 'list'>;
  readonly signIns: SignIns;
  readonly elapsed: Elapsed;
  readonly clock: TrustedClock;
  readonly published: Published;
  readonly takings: Takings;
  readonly pruning: Pruning;
  /** Runs `write` as one durable commit; whatever it throws undoes all of it. */
  commit<R>(write: () => R): R;
  /** Writes a fact; inside a commit. */
  append(fact: Fact): void;
  /** Writes what happened to the settings, with the documents that are not tried again; inside a commit. */
  configured(entry: ConfigurationEntry, refused: readonly string[]): void;
  /** Enters a new order under its key; inside a commit. */
  enter(order: Order, payment: Payment, request: KeyedRequest): void;
  /** Takes a payment one step on, and its original with it; inside a commit. */
  take(order: Order, before: Payment, step: Step, storing?: Storing): void;
  /** Sets right what was written under a wrong clock, once the right time is known; a commit of its own. */
  correctTimes(): readonly Correction[];
  /** Truncates the WAL, so that nothing erased is left in it; `false` when a reader is in the way. */
  checkpoint(): boolean;
  close(): void;
}

const tablesOf = (db: Sqlite, subject: Subject, world: World) => {
  const meta = metaTable(db);
  const sealed = sealedTable(db);
  const elapsed = elapsedTime(meta, world);
  const facts = upLog(db, meta, subject, sealed);
  const tables = {
    meta,
    sealed,
    upLog: facts,
    published: publishedMark(meta, facts),
    downLog: downLog(db, meta, subject),
    transactions: transactionTable(db),
    attempts: attemptTable(db),
    idempotency: idempotencyTable(db),
    exposure: exposureTable(db),
    ...batchBooks(db, elapsed),
    desired: desiredTable(db),
    configurations: configurationTable(db),
    signIns: signInTable(db, elapsed),
    elapsed,
    clock: trustedClock(meta, elapsed, world),
    corrections: correctionsOf(db, { meta, upLog: facts }, world),
    takings: takingsOf(db),
  };
  return { ...tables, pruning: pruningOf(db, tables) };
};

/** Lays a ledger over an open, migrated database. */
export const ledgerOf = (db: Sqlite, subject: Subject, world: World): Ledger => {
  const tables = tablesOf(db, subject, world);
  const { meta } = tables;
  const transaction = db.transaction((write: () => unknown): unknown => {
    meta.flush();
    tables.elapsed.save();
    return write();
  });
  const stamp = () => ({ wallMs: world.clock.wallMs(), clock: tables.clock.trust() });
  const append = (fact: Fact) => {
    const { wallMs: at, clock } = stamp();
    tables.corrections.note();
    tables.upLog.append(fact, { id: newId('fact', world), at, clock });
    tables.attempts.follow(fact, tables.elapsed.now());
  };
  const commit = <R>(write: () => R): R => {
    world.mark?.('before-commit');
    let result: unknown;
    try {
      result = transaction.immediate(write);
    } catch (error) {
      tables.upLog.forget();
      meta.forget();
      tables.configurations.forget();
      throw error;
    }
    world.mark?.('after-commit');
    return result as R;
  };
  const { corrections, ...shown } = tables;
  return {
    subject,
    ...shown,
    commit,
    append,
    configured: (entry, refused) => {
      append(entry);
      tables.configurations.enter(entry, stamp(), refused);
    },
    enter: (ordered, payment, request) => {
      // Settings change between orders only, so those of this moment decide all of it.
      const configuration = tables.configurations.inForce()?.number;
      const order = configuration === undefined ? ordered : { ...ordered, configuration };
      tables.transactions.insert(order, payment, stamp());
      tables.idempotency.insert(request, order.transactionId);
      append({ type: 'transaction.created', body: createdBody(order) });
    },
    take: (order, before, step, storing) => {
      takeStep({ ...tables, append }, world, { order, before, step, storing });
    },
    correctTimes: () => {
      const right = tables.clock.rightOffsetMs();
      const due = right === undefined ? [] : corrections.due(right);
      if (due.length > 0) commit(() => corrections.write(due, append));
      return due;
    },
    checkpoint: () => {
      world.mark?.('before-checkpoint');
      // Its first column says whether it was kept from finishing.
      const isWhole = db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
      world.mark?.('after-checkpoint');
      return isWhole;
    },
    close: () => {
      db.close();
    },
  };
};

const batchBooks = (
  db: Sqlite,
  elapsed: Elapsed,
): Pick<Ledger, 'batches' | 'holdings' | 'commands'> => ({
  batches: batchTable(db, elapsed),
  holdings: holdingsIn(db),
  commands: commandTable(db, elapsed),
});

interface Taking {
  readonly order: Order;
  readonly before: Payment;
  readonly step: Step;
  readonly storing: Storing | undefined;
}

type Books = Pick<Ledger, 'transactions' | 'sealed' | 'exposure' | 'elapsed' | 'append'>;

/** States in which the card paid, or may have. */
const mayHavePaid: ReadonlySet<Payment['is']> = new Set([
  ...(['stored', 'approved', 'partially_approved', 'unknown'] as const),
]);

const takeStep = (books: Books, world: World, { order, before, step, storing }: Taking): void => {
  const { transactionId } = order;
  const wallMs = world.clock.wallMs();
  for (const fact of step.facts) books.append(fact);
  books.transactions.move(order, step.then, wallMs, paidWith(books, step, storing));
  holdOn(books, { order, before, step });
  count(books, { order, before, step });
  if (storing !== undefined && step.then.is === 'stored' && before.is !== 'stored') {
    books.sealed.keep(storing.digest, transactionId, storing.bytes);
  }
  if (step.do.some(({ is }) => is === 'erase sealed')) {
    world.mark?.('before-erasure');
    books.sealed.eraseOf(transactionId, wallMs, outcomeOf(step.then));
    world.mark?.('after-erasure');
  }
  followThrough(books, world, { order, step });
};

/** What a step of a follow-up does to its original, in the same commit. */
const followThrough = (
  books: Books,
  world: World,
  { order, step }: Pick<Taking, 'order' | 'step'>,
): void => {
  const consequence = consequenceOf(order, step.then);
  if (consequence === undefined || order.originalTransactionId === undefined) return;
  const original = books.transactions.find(order.originalTransactionId);
  if (original === undefined) return;
  const followed = next(original.order, original.payment, consequence);
  if (followed === undefined) return;
  const { order: of, payment: before } = original;
  takeStep(books, world, { order: of, before, step: followed, storing: undefined });
};

type Moved = Pick<Taking, 'order' | 'before' | 'step'>;

/** The offline totals hold what the host has not answered for (I4). */
const count = (books: Books, { order, before, step }: Moved): void => {
  const { currency } = order.amount;
  const was = countedOf(order, before);
  const value = countedOf(order, step.then);
  if (was === value) return;
  if (was > 0) books.exposure.remove({ value: was, currency });
  if (value > 0) books.exposure.add({ value, currency });
};

/**
 * An authorization holds money from its approval on, until it is captured, voided or given back; and again
 * once its capture is voided.
 */
const holdOn = ({ transactions, elapsed }: Books, { order, before, step }: Moved): void => {
  const isApproved = step.then.is === 'approved';
  if (isApproved === (before.is === 'approved')) return;
  if (order.type === 'authorization') {
    transactions.hold(order.transactionId, isApproved ? elapsed.now() : undefined);
  }
  if (order.type !== 'capture' || order.originalTransactionId === undefined) return;
  const stands = transactions.find(order.originalTransactionId)?.payment.is === 'approved';
  const holds = stands && !isApproved;
  transactions.hold(order.originalTransactionId, holds ? elapsed.now() : undefined);
};

const paidWith = (
  { elapsed }: Books,
  { then }: Step,
  storing: Storing | undefined,
): PaidWith | undefined =>
  storing === undefined || !mayHavePaid.has(then.is)
    ? undefined
    : { cardHash: storing.cardHash, atMs: elapsed.now(), stored: then.is === 'stored' };

const createdBody = (order: Order): Extract<Fact, { type: 'transaction.created' }>['body'] => {
  const { userDefinedFields } = order;
  return {
    ...present(order, 'transactionId', 'type', 'requestedType', 'originalTransactionId'),
    ...chargeOf(order),
    ...present(order, 'batch', 'readerId', 'application', 'keyHash', 'prompts', 'reference'),
    ...present(order, 'configuration'),
    ...(userDefinedFields === undefined ? {} : { userDefinedFields: { ...userDefinedFields } }),
  };
};
