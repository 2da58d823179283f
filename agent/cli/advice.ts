/** Advice: what a cashier should know and do, beside the bare outcome of a sale. */
import { refusals } from '../../contract/index.ts';
import type { TransactionAnswer } from '../local-api/shapes.ts';

/** A sentence or two for whoever stands at the till; `undefined` where the outcome says it all. */
export const adviceOn = (transaction: TransactionAnswer): string | undefined => {
  const { outcome, transactionId, reason } = transaction;
  const ask = `\`holdfast transactions ${transactionId}\``;
  switch (outcome) {
    case null:
      return whileOpen(transaction);
    case 'unknown':
      return (
        'No answer came, so the card may have been charged; its reversal is on its way. Do not hand over ' +
        `the goods as paid, and do not charge again under another key before ${ask} says reversed.`
      );
    case 'approved_offline':
      return 'The host could not be asked: the goods may go at the shop’s risk, the host decides later.';
    case 'forward_declined':
      return 'The host declined what was stored; the goods are not paid.';
    case 'reversed':
      return 'Nothing is charged; the goods are not paid. A new sale may be begun.';
    case 'declined':
    case 'cancelled':
      return reason === undefined ? undefined : sentenceOf(reason);
    case 'partially_approved':
      return (
        `Only a part was approved. \`holdfast accept ${transactionId}\` takes it, and the rest is paid ` +
        `otherwise; \`holdfast reject ${transactionId}\` undoes it.`
      );
    case 'void_pending':
      return 'It is being voided; until the portal says so it still counts as stored.';
    case 'held':
      return (
        'It is parked and will not be decided; ' +
        `\`holdfast queue release ${transactionId}\` lets it go on.`
      );
    case 'approved':
    case 'voided':
      return undefined;
  }
};

const whileOpen = ({ state, transactionId }: TransactionAnswer): string => {
  const ask = `\`holdfast transactions ${transactionId}\` tells what becomes of it`;
  if (state === 'challenged') {
    return (
      'The same card paid the same amount minutes ago. ' +
      `\`holdfast accept ${transactionId}\` if it is meant, \`holdfast reject ${transactionId}\` if not.`
    );
  }
  return state === 'awaiting_card'
    ? `It still waits for a card; ${ask}, \`holdfast cancel ${transactionId}\` ends it.`
    : `The host is still being asked; ${ask}.`;
};

/** The sentence of a refusal's code; a code of a later release has none here. */
const sentenceOf = (code: string): string | undefined =>
  isRefusal(code) ? refusals[code].says : undefined;

const isRefusal = (code: string): code is keyof typeof refusals => Object.hasOwn(refusals, code);
