/** Holdings: the transactions a batch holds, one by one for its close, and added up for whoever looks. */
import type { BatchId } from '../../contract/index.ts';
import type { Entered, Portion } from '../batches/totals.ts';
import type { Sqlite } from './sqlite.ts';

export interface Holdings {
  /** Every transaction of a batch, oldest first. */
  of(batch: BatchId): Entered[];
  /** The same added up: those of one type, currency and state together. */
  portionsOf(batch: BatchId): Portion[];
  /**
   * The currencies of the open batch of a name, and of the one before while it is closing, which may yet
   * carry something over; whatever became of it.
   */
  openCurrencies(name: string): string[];
  /** How many transactions there are in each state, of all batches. */
  countsByState(): ReadonlyMap<string, number>;
  /** How many attempts of its transactions still have to be reversed at the host. */
  reversingIn(batch: BatchId): number;
  /** Moves transactions to another batch; inside a commit. */
  carry(transactionIds: readonly string[], to: BatchId): void;
}

/** The query for the currencies of what is open. */
export const openCurrenciesQuery = `
  SELECT DISTINCT p.currency FROM batches AS b
    JOIN portions AS p ON p.batch_name = b.name AND p.batch_number = b.number
  WHERE b.name = @name AND b.state <> 'closed' AND p.count > 0
    AND b.number >= (SELECT max(number) FROM batches WHERE name = @name) - 1`;

export const holdingsIn = (db: Sqlite): Holdings => {
  const each = db.prepare<[string, number], Entered>(
    `SELECT transaction_id AS transactionId, type, currency, state ->> 'is' AS state, amount,
       coalesce(state ->> '$.amount.value', amount) AS charged
     FROM transactions WHERE batch_name = ? AND batch_number = ? ORDER BY number`,
  );
  const portions = db.prepare<[string, number], Portion>(
    `SELECT type, currency, state, count, amount, charged FROM portions
     WHERE batch_name = ? AND batch_number = ? AND count > 0`,
  );
  const states = db.prepare<[], { state: string; count: number }>(
    'SELECT state, sum(count) AS count FROM portions GROUP BY state',
  );
  const currencies = db.prepare<[{ name: string }], string>(openCurrenciesQuery).pluck();
  const reversing = db
    .prepare<[string, number], number>(
      `SELECT count(*) FROM attempts JOIN transactions USING (transaction_id)
       WHERE standing = 'reversing' AND batch_name = ? AND batch_number = ?`,
    )
    .pluck();
  const move = db.prepare(
    `UPDATE transactions SET batch_name = @name, batch_number = @number
     WHERE transaction_id = @transactionId`,
  );
  return {
    of: ({ name, number }) => each.all(name, number),
    portionsOf: ({ name, number }) => portions.all(name, number),
    openCurrencies: (name) => currencies.all({ name }),
    countsByState: () => new Map(states.all().map(({ state, count }) => [state, count])),
    reversingIn: ({ name, number }) => reversing.get(name, number) ?? 0,
    carry: (transactionIds, to) => {
      for (const transactionId of transactionIds) move.run({ ...to, transactionId });
    },
  };
};
