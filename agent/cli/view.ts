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
    ['type', typeOf(transaction)],
    ['outcome', standingOf(transaction)],
    ...(reason === undefined ? [] : [['reason', reason] as const]),
    ['amount', formatAmount(amount)],
    ...amountsOf(transaction),
    ...(transaction.card === undefined ? [] : [['card', cardOf(transaction)] as const]),
    ...(responseCode === undefined ? [] : [['response code', responseCode] as const]),
    ...(approvalCode === undefined ? [] : [['approval code', approvalCode] as const]),
    ...(reference === undefined ? [] : [['reference', reference] as const]),
    ['batch', `${transaction.batchName} ${transaction.batchNumber}`],
    ['created', `${transaction.createdAt} (clock ${transaction.clock})`],
    ...facts.map(({ time, type }) => ['', `${time}  ${type}`] as const),
  ]);
};

const typeOf = ({ type, requestedType, originalTransactionId }: TransactionAnswer): string => {
  const asked = requestedType === undefined ? '' : ` (asked for as ${requestedType})`;
  return `${type}${asked}${originalTransactionId === undefined ? '' : ` of ${originalTransactionId}`}`;
};

const amountsOf = (transaction: TransactionAnswer): (readonly [string, string])[] => {
  const { amount, approvedAmount, tipAmount, surchargeAmount, changes = [] } = transaction;
  const differs = approvedAmount !== undefined && approvedAmount.value !== amount.value;
  return [
    ...(differs ? [['stands for', formatAmount(approvedAmount)] as const] : []),
    ...(tipAmount === undefined ? [] : [['of it tip', formatAmount(tipAmount)] as const]),
    ...(surchargeAmount === undefined
      ? []
      : [['of it surcharge', formatAmount(surchargeAmount)] as const]),
    ...changes.map(
      (each) =>
        [
          'at the portal',
          `${each.kind} ${formatAmount(each.amount)} by ${each.by.userId}`,
        ] as const,
    ),
  ];
};

export const transactionTable = (transactions: readonly TransactionAnswer[]): string =>
  transactions.length === 0
    ? 'No transactions.'
    : table(
        ['created', 'transaction', 'type', 'outcome', 'amount', 'card', 'reference'],
        transactions.map((each) => [
          each.createdAt,
          each.transactionId,
          each.type,
          standingOf(each),
          formatAmount(each.amount),
          cardOf(each),
          each.reference ?? '',
        ]),
      );
