/**
 * Follow-ups: what a capture, a refund, a void or an adjustment needs to find at the host, and what it does
 * to the attempt it is about.
 */
import type { Amount, TransactionType } from '../../contract/index.ts';
import type { AttemptRow, Books } from './books.ts';

/** The most of a hold that may be captured, in percent: tips and longer stays are more than was held. */
export const capturedMostPercent = 120;

/** A request about an original, as far as it matters here. */
export interface FollowUp {
  readonly device: string;
  readonly type: TransactionType;
  readonly originalTransactionId: string;
  readonly amount: Amount;
}

/** The attempt a follow-up is about, or the code it is declined with. */
export type Ground =
  | { readonly is: 'possible'; readonly on: AttemptRow }
  | { readonly is: 'impossible'; readonly responseCode: string };

/** ISO 8583: invalid transaction, not permitted, exceeds the amount limit. */
const [notCaptured, notPermitted, tooMuch] = ['12', '58', '61'];

/** The code of a follow-up whose original was never captured, or is not any more. */
export const notCapturedCode = notCaptured;

/** What a follow-up may be about. */
const followable: Readonly<Record<TransactionType, readonly TransactionType[]>> = {
  ...{ sale: [], authorization: [] },
  capture: ['authorization'],
  refund: ['sale', 'capture'],
  void: ['sale', 'authorization', 'capture', 'refund'],
  adjustment: ['sale', 'capture'],
};

/** Whether a follow-up can be carried out, by what stands in the books. */
export const groundOf = (books: Books, followUp: FollowUp): Ground => {
  const { device, type, originalTransactionId, amount } = followUp;
  const on = books
    .ofTransaction(device, originalTransactionId)
    .find((row) => row.state === 'approved' && followable[type].includes(row.type));
  if (on === undefined) return { is: 'impossible', responseCode: notCaptured };
  const responseCode =
    on.currency === amount.currency
      ? faultOf(followUp, on, books.standingOn(device, originalTransactionId))
      : notPermitted;
  return responseCode === undefined ? { is: 'possible', on } : { is: 'impossible', responseCode };
};

// `standing` is what was captured of the original, or given back of it, and stands.
const faultOf = (
  { type, amount: { value } }: FollowUp,
  on: AttemptRow,
  standing: readonly AttemptRow[],
): string | undefined => {
  const captures = standing.filter((row) => row.type === 'capture');
  const refunds = standing.filter((row) => row.type === 'refund');
  const refunded = refunds.reduce((sum, { standingValue }) => sum + standingValue, 0);
  if (type === 'void') return captures.length + refunds.length > 0 ? notPermitted : undefined;
  if (type === 'refund') return refunded + value > on.standingValue ? tooMuch : undefined;
  if (type === 'adjustment') return value < refunded ? tooMuch : undefined;
  if (captures.length > 0) return notPermitted;
  return value * 100 > on.standingValue * capturedMostPercent ? tooMuch : undefined;
};

/** Does to the original what an approved follow-up says. */
export const carryOut = (books: Books, { type, amount }: FollowUp, on: AttemptRow): void => {
  if (type === 'void') books.undo(on, 'voided');
  if (type === 'adjustment') books.adjust(on, amount.value);
};
