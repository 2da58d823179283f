/** The transactions of a ledger beside their facts: none is lost, none says what its facts do not (I3). */
import type { Outcome } from '../../../contract/index.ts';
import type { Order } from '../../payments/order.ts';
import { chargedOf, countedOf, isFinal, outcomeOf, type Payment } from '../../payments/states.ts';
import type { Sqlite } from '../sqlite.ts';
import type { Told } from './facts.ts';
import { parsed, type Find } from './finding.ts';
import { finalOutcomes } from './pruned.ts';

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
  /** Whether something of it is in the log, it follows another, or another follows it. */
  awaited: number;
}

export const compareTransactions = (db: Sqlite, told: Told, find: Find): void => {
  const rows = db
    .prepare<[], TransactionRow>(
      `SELECT *, original_id IS NOT NULL
         OR EXISTS (SELECT 1 FROM transactions AS f WHERE f.original_id = t.transaction_id)
         OR EXISTS (SELECT 1 FROM up_log AS u WHERE u.transaction_id = t.transaction_id)
         OR EXISTS (SELECT 1 FROM up_log WHERE type = 'word.taken'
           AND body ->> '$.content.transactionId' = t.transaction_id) AS awaited
       FROM transactions AS t`,
    )
    .iterate();
  const strangers = new Set(told.outcomes.keys());
  for (const row of rows) {
    const { transaction_id: id } = row;
    const says = told.outcomes.has(id) ? contradiction(row, told) : absence(row, told);
    if (says !== undefined) find('I3', `${id} ${says}`);
    if (!agreesWithItself(row)) find('I3', `${id} says one thing in its state, another beside it`);
    strangers.delete(id);
  }
  for (const id of strangers) find('I3', `${id} is in the log, but not among the transactions`);
};

/** What a transaction and its facts say against each other, as far as its facts are kept. */
const contradiction = (
  { transaction_id: id, outcome, final }: TransactionRow,
  told: Told,
): string | undefined => {
  const expected = told.outcomes.get(id);
  if ((expected ?? null) === outcome) return undefined;
  const knowledge = told.knowledgeOf(id);
  const isEnded = expected !== undefined && finalOutcomes.has(expected);
  const mayBe = knowledge === 'its end' || (knowledge === 'told again' && !isEnded);
  if (mayBe && final === 1) return undefined;
  return `is ${outcome ?? 'open'}, its facts say ${expected ?? 'open'}`;
};

/** Of what no fact tells an outcome is only what was pruned, and waits for the last entry or a relative. */
const absence = ({ transaction_id: id, final, awaited }: TransactionRow, told: Told) =>
  told.knowledgeOf(id) === 'its end' && final === 1 && awaited === 1
    ? undefined
    : 'is in no fact of the log';

/** What stands beside state and order, to find a transaction by, is what they say themselves. */
const agreesWithItself = (row: TransactionRow): boolean => {
  const payment = (parsed(row.state) ?? undefined) as Payment | undefined;
  const { amount, type, increase } = (parsed(row.ordered) ?? {}) as Partial<Order>;
  if (payment === undefined || amount === undefined || type === undefined) return false;
  return (
    (outcomeOf(payment) ?? null) === row.outcome &&
    isFinal(payment) === (row.final === 1) &&
    countedOf({ type, amount, ...(increase === undefined ? {} : { increase }) }, payment) ===
      row.counted &&
    chargedOf({ type, amount }, payment) === row.charged &&
    amount.value === row.amount &&
    amount.currency === row.currency
  );
};
