/** Transactions: what was ordered, where its payment stands, and how to find it again. */
import type { ClockTrust, Outcome } from '../../contract/index.ts';
import type { Order } from '../payments/order.ts';
import { isCounted, isFinal, outcomeOf, type Payment } from '../payments/payment.ts';
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

/** What a page of history may be narrowed to. */
export interface TransactionFilter {
  readonly reference?: string;
  readonly outcome?: Outcome;
  /** Transactions before this number. */
  readonly before?: number;
  readonly limit: number;
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

export interface Transactions {
  insert(order: Order, payment: Payment, stamps: Stamps): void;
  move(transactionId: string, payment: Payment, wallMs: number): void;
  /**
   * Notes with which card a transaction was paid, or may have been, and when; `stored` if without the host.
   */
  noteCard(transactionId: string, cardHash: string, paid: { atMs: number; stored: boolean }): void;
  find(transactionId: string): Transaction | undefined;
  list(filter: TransactionFilter): Transaction[];
  /** Everything that is not final, oldest first. */
  open(): Transaction[];
  storedSales(): StoredSales;
  /** Stored sales of a card since a time; counted no further than `most`. */
  usesOfCard(cardHash: string, since: number, most: number): number;
  sameSaleAt(cardHash: string, order: Order): number | undefined;
  countByOutcome(): { outcome: Outcome | null; count: number }[];
}

interface Row {
  number: number;
  ordered: string;
  state: string;
  created_at: number;
  updated_at: number;
  clock: ClockTrust;
}

const transactionOf = (row: Row): Transaction => ({
  number: row.number,
  order: JSON.parse(row.ordered) as Order,
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

const writing = (db: Sqlite): Pick<Transactions, 'insert' | 'move' | 'noteCard'> => {
  const insert = db.prepare(
    `INSERT INTO transactions (transaction_id, ordered, state, outcome, final, amount, currency, type,
       reference, created_at, updated_at, clock)
     VALUES (@transactionId, @ordered, @state, @outcome, @final, @amount, @currency, @type,
       @reference, @wallMs, @wallMs, @clock)`,
  );
  const move = db.prepare(
    `UPDATE transactions SET state = @state, outcome = @outcome, final = @final, counted = @counted,
       updated_at = @wallMs WHERE transaction_id = @transactionId`,
  );
  const note = db.prepare(
    'UPDATE transactions SET card_hash = ?, paid_at = ?, stored_at = ? WHERE transaction_id = ?',
  );
  return {
    insert: (order, payment, { wallMs, clock }) => {
      const { transactionId, amount, type, reference } = order;
      insert.run({
        transactionId,
        ordered: JSON.stringify(order),
        ...columnsOf(payment),
        amount: amount.value,
        currency: amount.currency,
        type,
        reference: reference ?? null,
        wallMs,
        clock,
      });
    },
    move: (transactionId, payment, wallMs) => {
      const counted = isCounted(payment) ? 1 : 0;
      move.run({ transactionId, ...columnsOf(payment), counted, wallMs });
    },
    noteCard: (transactionId, cardHash, { atMs, stored }) => {
      note.run(cardHash, atMs, stored ? atMs : null, transactionId);
    },
  };
};

const columnsOf = (payment: Payment) => ({
  state: JSON.stringify(payment),
  outcome: outcomeOf(payment) ?? null,
  final: isFinal(payment) ? 1 : 0,
});

const reading = (db: Sqlite): Pick<Transactions, 'find' | 'list' | 'open' | 'countByOutcome'> => {
  const one = db.prepare<[string], Row>('SELECT * FROM transactions WHERE transaction_id = ?');
  const open = db.prepare<[], Row>('SELECT * FROM transactions WHERE final = 0 ORDER BY number');
  const byOutcome = db.prepare<[], { outcome: Outcome | null; count: number }>(
    'SELECT outcome, count(*) AS count FROM transactions GROUP BY outcome',
  );
  return {
    find: (transactionId) => {
      const row = one.get(transactionId);
      return row === undefined ? undefined : transactionOf(row);
    },
    list: ({ reference, outcome, before, limit }) => {
      const wheres = [
        ...(reference === undefined ? [] : ['reference = @reference']),
        ...(outcome === undefined ? [] : ['outcome = @outcome']),
        ...(before === undefined ? [] : ['number < @before']),
      ];
      const where = wheres.length === 0 ? '' : `WHERE ${wheres.join(' AND ')}`;
      const page = db.prepare<[object], Row>(
        `SELECT * FROM transactions ${where} ORDER BY number DESC LIMIT @limit`,
      );
      return page.all({ reference, outcome, before, limit }).map(transactionOf);
    },
    open: () => open.all().map(transactionOf),
    countByOutcome: () => byOutcome.all(),
  };
};

const asking = (db: Sqlite): Pick<Transactions, 'storedSales' | 'usesOfCard' | 'sameSaleAt'> => {
  const oldest = db.prepare<[], { oldestAt: number | null }>(
    'SELECT min(stored_at) AS oldestAt FROM transactions WHERE counted = 1',
  );
  const count = db.prepare<[], { count: number }>(
    'SELECT coalesce(sum(count), 0) AS count FROM exposure',
  );
  const uses = db.prepare<[string, number, number], { count: number }>(
    `SELECT count(*) AS count FROM
       (SELECT 1 FROM transactions WHERE card_hash = ? AND stored_at >= ? LIMIT ?)`,
  );
  const same = db.prepare<[object], { at: number | null }>(
    `SELECT max(paid_at) AS at FROM transactions WHERE card_hash = @cardHash AND amount = @value
     AND currency = @currency AND type = @type AND paid_at IS NOT NULL`,
  );
  return {
    storedSales: () => ({
      count: count.get()?.count ?? 0,
      oldestAt: oldest.get()?.oldestAt ?? undefined,
    }),
    usesOfCard: (cardHash, since, most) => uses.get(cardHash, since, most)?.count ?? 0,
    sameSaleAt: (cardHash, { amount, type }) =>
      same.get({ cardHash, ...amount, type })?.at ?? undefined,
  };
};
