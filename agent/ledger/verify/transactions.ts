/** The transactions of a ledger beside their facts: none is lost, none says what its facts do not (I3). */
import type { Outcome } from '../../../contract/index.ts';
import type { Order } from '../../payments/order.ts';
import { chargedOf, isCounted, isFinal, outcomeOf, type Payment } from '../../payments/states.ts';
import type { Sqlite } from '../sqlite.ts';
import { parsed, type Find } from './finding.ts';

/** The outcome of every transaction there is a fact of; `undefined` while it has none. */
type Told = Map<string, Outcome | undefined>;

interface TransactionRow {
  transaction_id: string;
  ordered: string;
  state: string;
  outcome: Outcome | null;
  final: number;
  counted: number;
  amount: number;
  currency: string;
  charged: number;
}

export const compareTransactions = (db: Sqlite, told: Told, find: Find): void => {
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

/** What stands beside state and order, to find a transaction by, is what they say themselves. */
const agreesWithItself = (row: TransactionRow): boolean => {
  const payment = (parsed(row.state) ?? undefined) as Payment | undefined;
  const { amount, type } = (parsed(row.ordered) ?? {}) as Partial<Order>;
  if (payment === undefined || amount === undefined || type === undefined) return false;
  return (
    (outcomeOf(payment) ?? null) === row.outcome &&
    isFinal(payment) === (row.final === 1) &&
    isCounted(payment) === (row.counted === 1) &&
    chargedOf({ type, amount }, payment) === row.charged &&
    amount.value === row.amount &&
    amount.currency === row.currency
  );
};
