/** Advice: what a cashier should know and do, beside the bare outcome of a sale. */
import { deliberateReasons, refusals } from '../../contract/index.ts';
import type { TransactionAnswer } from '../local-api/shapes.ts';

/** A sentence or two for whoever stands at the till; `undefined` where the outcome says it all. */
export const adviceOn = (transaction: TransactionAnswer): string | undefined => {
  const { outcome, state, transactionId, reason } = transaction;
  switch (outcome) {
    case null:
      return whileOpen(transaction);
    case 'unknown':
      return whileUnknown(transaction);
    case 'approved_offline':
      if (state === 'advised') {
        return 'The host has not carried it out yet; it is told to as soon as that can be done.';
      }
      return 'The host could not be asked: the goods may go at the shop’s risk, the host decides later.';
    case 'forward_declined':
      return declinedLater(transaction);
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

const whileUnknown = ({ state, reason, transactionId }: TransactionAnswer): string => {
  const ask = `\`holdfast transactions ${transactionId}\``;
  if (state === 'advised') {
    return (
      'No answer came, so it may have been carried out; the host is told again until it answers. ' +
      `Do not repeat it under another key: ${ask} tells what becomes of it.`
    );
  }
  if (deliberateReasons.some((each) => each === reason)) {
    return `What the host approved is being given back; ${ask} says reversed once it is.`;
  }
  return (
    'No answer came, so the card may have been charged; its reversal is on its way. Do not hand over ' +
    `the goods as paid, and do not charge again under another key before ${ask} says reversed.`
  );
};

const declinedLater = ({ originalTransactionId: original }: TransactionAnswer): string =>
  original === undefined
    ? 'The host declined what was stored; the goods are not paid.'
    : `The host did not carry it out; \`holdfast transactions ${original}\` shows what stands.`;

const whileOpen = ({ state, transactionId }: TransactionAnswer): string => {
  const ask = `\`holdfast transactions ${transactionId}\` tells what becomes of it`;
  if (state === 'challenged') {
    return (
      'The same card paid the same amount minutes ago. ' +
      `\`holdfast accept ${transactionId}\` if it is meant, \`holdfast reject ${transactionId}\` if not.`
    );
  }
  if (state === 'completing') {
    return `The host has approved, and the card has the last word: it has to stay in the reader; ${ask}.`;
  }
  return state === 'awaiting_card'
    ? `It still waits for a card; ${ask}, \`holdfast cancel ${transactionId}\` ends it.`
    : `The host is still being asked; ${ask}.`;
};

/** The sentence of a refusal's code; a code of a later release has none here. */
const sentenceOf = (code: string): string | undefined =>
  isRefusal(code) ? refusals[code].says : undefined;

const isRefusal = (code: string): code is keyof typeof refusals => Object.hasOwn(refusals, code);
