/** Transactions: what was ordered, where its payment stands, and how to find it again. */
import type { ClockTrust, Outcome } from '../../contract/index.ts';
import type { Order } from '../payments/order.ts';
import { chargedOf, countedOf, isFinal, outcomeOf, type Payment } from '../payments/states.ts';
import { pagesOf, type TransactionFilter } from './history.ts';
import type { Sqlite } from './sqlite.ts';

export interface Transaction {
  /** Its place in the order of the ledger. */
  readonly number: number;
  readonly order: Order;
  readonly payment: Payment;
  /** Milliseconds of wall time, as far as `clock` trusted it. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly clock: ClockTrust;
}

export interface Stamps {
  readonly wallMs: number;
  readonly clock: ClockTrust;
}

/** What the gates ask of stored sales. Times are elapsed time. */
export interface StoredSales {
  readonly count: number;
  readonly oldestAt: number | undefined;
}

/** With which card a transaction was paid, and when, in elapsed time; `stored` if without the host. */
export interface PaidWith {
  readonly cardHash: string;
  readonly atMs: number;
  readonly stored: boolean;
}

export interface Transactions {
  insert(order: Order, payment: Payment, stamps: Stamps): void;
  /** Takes a payment on; `paid` when the card paid with this step, or may have. */
  move(order: Order, payment: Payment, wallMs: number, paid?: PaidWith): void;
  /** Since when an authorization holds money, in elapsed time; `undefined`: it holds none any more. */
  hold(transactionId: string, since: number | undefined): void;
  find(transactionId: string): Transaction | undefined;
  /** What names a transaction as its original, in order. */
  followUpsOf(transactionId: string): Transaction[];
  /**
   * Authorizations that have held money since then or longer, and whose follow-ups have all ended, oldest
   * first; at most so many.
   */
  holdingSince(since: number, most: number): Transaction[];
  list(filter: TransactionFilter): Transaction[];
  /** Everything that is not final, oldest first. */
  open(): Transaction[];
  /** What has no outcome yet, oldest first: it waits for a card or for the host. */
  underWay(): Transaction[];
  storedSales(): StoredSales;
  /** Stored sales of a card since a time; counted no further than `most`. */
  usesOfCard(cardHash: string, since: number, most: number): number;
  sameSaleAt(cardHash: string, order: Order): number | undefined;
  countByOutcome(): { outcome: Outcome | null; count: number }[];
}

interface Row {
  number: number;
  batch_name: string;
  batch_number: number;
  ordered: string;
  state: string;
  created_at: number;
  updated_at: number;
  clock: ClockTrust;
}

// A transaction may be carried to another batch than it was ordered in; the columns know which.
const transactionOf = (row: Row): Transaction => ({
  number: row.number,
  order: {
    ...(JSON.parse(row.ordered) as Order),
    batch: { name: row.batch_name, number: row.batch_number },
  },
  payment: JSON.parse(row.state) as Payment,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  clock: row.clock,
});

export const transactionTable = (db: Sqlite): Transactions => ({
  ...writing(db),
  ...reading(db),
  ...asking(db),
});

const writing = (db: Sqlite): Pick<Transactions, 'insert' | 'move' | 'hold'> => {
  const insert = db.prepare(
    `INSERT INTO transactions (transaction_id, ordered, state, outcome, final, amount, currency, type,
       reference, original_id, application, batch_name, batch_number, created_at, updated_at, clock)
     VALUES (@transactionId, @ordered, @state, @outcome, @final, @amount, @currency, @type,
       @reference, @originalId, @application, @batchName, @batchNumber, @wallMs, @wallMs, @clock)`,
  );
  // SQLite rewrites the indexes of every column that is named, so each step names what it changes.
  const moving = (also: string) =>
    db.prepare(
      `UPDATE transactions SET state = @state, outcome = @outcome, counted = @counted,
         charged = @charged, brand = @brand, entry_mode = @entryMode, updated_at = @wallMs ${also}
       WHERE transaction_id = @transactionId`,
    );
  const paying = ', card_hash = @cardHash, paid_at = @atMs, stored_at = @storedAt';
  const holding = db.prepare('UPDATE transactions SET holding_since = ? WHERE transaction_id = ?');
  const open = { move: moving(''), pay: moving(paying) };
  const reopened = { move: moving(', final = 0'), pay: moving(`, final = 0 ${paying}`) };
  const ended = { move: moving(', final = 1'), pay: moving(`, final = 1 ${paying}`) };
  return {
    insert: (order, payment, { wallMs, clock }) => {
      const { transactionId, amount, type, reference, originalTransactionId, application } = order;
      insert.run({
        transactionId,
        ordered: JSON.stringify(order),
        ...columnsOf(payment),
        final: isFinal(payment) ? 1 : 0,
        amount: amount.value,
        currency: amount.currency,
        type,
        reference: reference ?? null,
        originalId: originalTransactionId ?? null,
        application,
        batchName: order.batch.name,
        batchNumber: order.batch.number,
        wallMs,
        clock,
      });
    },
    hold: (transactionId, since) => {
      holding.run(since ?? null, transactionId);
    },
    move: (order, payment, wallMs, paid) => {
      const { transactionId } = order;
      const counted = countedOf(order, payment);
      const card = 'card' in payment ? payment.card : undefined;
      const moved = {
        ...{ transactionId, ...columnsOf(payment), counted, wallMs },
        charged: chargedOf(order, payment),
        brand: card?.brand ?? null,
        entryMode: card?.entryMode ?? null,
      };
      // Only an authorization that is given up opens what was final.
      const statements = isFinal(payment) ? ended : payment.is === 'unknown' ? reopened : open;
      if (paid === undefined) {
        statements.move.run(moved);
        return;
      }
      const { cardHash, atMs, stored } = paid;
      statements.pay.run({ ...moved, cardHash, atMs, storedAt: stored ? atMs : null });
    },
  };
};

const columnsOf = (payment: Payment) => ({
  state: JSON.stringify(payment),
  outcome: outcomeOf(payment) ?? null,
});

const reading = (
  db: Sqlite,
): Pick<
  Transactions,
  'find' | 'followUpsOf' | 'holdingSince' | 'list' | 'open' | 'underWay' | 'countByOutcome'
> => {
  const one = db.prepare<[string], Row>('SELECT * FROM transactions WHERE transaction_id = ?');
  const open = db.prepare<[], Row>('SELECT * FROM transactions WHERE final = 0 ORDER BY number');
  const underWay = db.prepare<[], Row>(
    'SELECT * FROM transactions WHERE outcome IS NULL ORDER BY number',
  );
  const following = db.prepare<[string], Row>(
    'SELECT * FROM transactions WHERE original_id = ? ORDER BY number',
  );
  // `+ 0`: for a limit that is a bare parameter SQLite compiles the statement anew at every run.
  const holding = db.prepare<[number, number], Row>(
    `SELECT * FROM transactions AS t WHERE holding_since <= ? AND NOT EXISTS (
       SELECT 1 FROM transactions AS f WHERE f.original_id = t.transaction_id AND f.final = 0)
     ORDER BY holding_since LIMIT ? + 0`,
  );
  const byOutcome = db.prepare<[], { outcome: Outcome | null; count: number }>(
    'SELECT outcome, count(*) AS count FROM transactions GROUP BY outcome',
  );
  const page = pagesOf<Row>(db);
  return {
    find: (transactionId) => {
      const row = one.get(transactionId);
      return row === undefined ? undefined : transactionOf(row);
    },
    followUpsOf: (transactionId) => following.all(transactionId).map(transactionOf),
    holdingSince: (since, most) => holding.all(since, most).map(transactionOf),
    list: (filter) => page(filter).map(transactionOf),
    open: () => open.all().map(transactionOf),
    underWay: () => underWay.all().map(transactionOf),
    countByOutcome: () => byOutcome.all(),
  };
};

const asking = (db: Sqlite): Pick<Transactions, 'storedSales' | 'usesOfCard' | 'sameSaleAt'> => {
  const oldest = db.prepare<[], { oldestAt: number | null }>(
    'SELECT min(stored_at) AS oldestAt FROM transactions WHERE counted > 0',
  );
  const count = db.prepare<[], { count: number }>(
    'SELECT coalesce(sum(count), 0) AS count FROM exposure',
  );
  // `+ 0`: for a limit that is a bare parameter SQLite compiles the statement anew at every run.
  const uses = db
    .prepare<[string, number, number], number>(
      'SELECT 1 FROM transactions WHERE card_hash = ? AND stored_at >= ? LIMIT ? + 0',
    )
    .pluck();
  const same = db.prepare<[object], { at: number | null }>(
    `SELECT max(paid_at) AS at FROM transactions WHERE card_hash = @cardHash AND amount = @value
     AND currency = @currency AND type = @type AND paid_at IS NOT NULL`,
  );
  return {
    storedSales: () => ({
      count: count.get()?.count ?? 0,
      oldestAt: oldest.get()?.oldestAt ?? undefined,
    }),
    usesOfCard: (cardHash, since, most) => uses.all(cardHash, since, most).length,
    sameSaleAt: (cardHash, { amount, type }) =>
      same.get({ cardHash, ...amount, type })?.at ?? undefined,
  };
};
