/** Transactions for people: a line of a list, and the whole of one. */
import { formatAmount } from '../../contract/index.ts';
import type { TransactionAnswer } from '../local-api/shapes.ts';
import { adviceOn } from './advice.ts';
import { pairs, table } from './print.ts';

/** A transaction and, when it was asked for, what the log says of it. */
export type TransactionWithFacts = TransactionAnswer & {
  readonly history?: readonly { readonly type: string; readonly time: string }[];
};

/** What became of it: the outcome, or where it stands while there is none. */
export const standingOf = ({ outcome, state }: TransactionAnswer): string =>
  (outcome ?? state).replaceAll('_', ' ');

const cardOf = ({ card }: TransactionAnswer): string =>
  card === undefined ? '' : `${card.brand} ${card.maskedPan}`;

/** What became of it and what to do about it, then everything that is known of it. */
export const transactionText = (transaction: TransactionWithFacts): string =>
  `${headOf(transaction)}\n${detailsOf(transaction)}`;

const headOf = (transaction: TransactionAnswer): string => {
  const head = transaction.outcome === null ? 'no outcome yet' : standingOf(transaction);
  return [`${head.charAt(0).toUpperCase()}${head.slice(1)}.`, adviceOn(transaction) ?? '']
    .join(' ')
    .trimEnd();
};

const detailsOf = (transaction: TransactionWithFacts): string => {
  const { transactionId, amount, reason, responseCode, approvalCode, reference } = transaction;
  const facts = transaction.history ?? [];
  return pairs([
    ['transaction', transactionId],
    ['outcome', standingOf(transaction)],
    ...(reason === undefined ? [] : [['reason', reason] as const]),
    ['amount', formatAmount(amount)],
    ...(transaction.card === undefined ? [] : [['card', cardOf(transaction)] as const]),
    ...(responseCode === undefined ? [] : [['response code', responseCode] as const]),
    ...(approvalCode === undefined ? [] : [['approval code', approvalCode] as const]),
    ...(reference === undefined ? [] : [['reference', reference] as const]),
    ['batch', `${transaction.batchName} ${transaction.batchNumber}`],
    ['created', `${transaction.createdAt} (clock ${transaction.clock})`],
    ...facts.map(({ time, type }) => ['', `${time}  ${type}`] as const),
  ]);
};

export const transactionTable = (transactions: readonly TransactionAnswer[]): string =>
  transactions.length === 0
    ? 'No transactions.'
    : table(
        ['created', 'transaction', 'outcome', 'amount', 'card', 'reference'],
        transactions.map((each) => [
          each.createdAt,
          each.transactionId,
          standingOf(each),
          formatAmount(each.amount),
          cardOf(each),
          each.reference ?? '',
        ]),
      );
