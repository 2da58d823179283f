/** `holdfast sale`, `authorize`, `refund`: payments that begin with a card; a refund may name its sale. */
import { wrongUse, type Call, type Command, type OptionRow, type Result } from './command.ts';
import { followUp } from './follow-ups.ts';
import { amountsIn, askedBy, take, takingOptions } from './taking.ts';

const cardOptions: readonly OptionRow[] = [
  { flags: '--currency <CODE>', says: 'ISO 4217 (default USD)' },
  { flags: '--reader <ID>', says: 'the reader to use (default: the first that is ready)' },
  ...takingOptions,
];

const partOptions: readonly OptionRow[] = [
  { flags: '--tip <AMOUNT>', says: 'how much of the amount is tip' },
  { flags: '--surcharge <AMOUNT>', says: 'how much of the amount is surcharge' },
  { flags: '--zip <CODE>', says: 'the customer’s ZIP code, where it is asked for' },
  { flags: '--no-zip', says: 'the customer was asked for the ZIP code and gave none' },
  {
    flags: '--cvv <WHY>',
    says: 'why there is no CVV, where it is asked for; the code itself is typed nowhere',
    choices: ['bypassed', 'illegible', 'not_present'],
  },
];

const withCard =
  (type: 'sale' | 'authorization') =>
  (call: Call): Promise<Result> => {
    const { AMOUNT: amount = '' } = call.args;
    return takeWithCard(call, type, amount);
  };

const takeWithCard = async (call: Call, type: string, amount: string): Promise<Result> => {
  const { currency = 'USD', tip: tipAmount, surcharge: surchargeAmount } = call.options;
  const read = amountsIn({ amount, tipAmount, surchargeAmount }, currency);
  if ('is' in read) return read;
  const prompts = promptsIn(call.options);
  return take(call, { type, ...read.amounts, ...askedBy(call.options), ...prompts });
};

/** What the customer was asked for, and gave or did not give. */
const promptsIn = ({ zip, cvv, ...options }: Call['options']): object => {
  const zipCode = options['no-zip'] === undefined ? zip : null;
  if (zipCode === undefined && cvv === undefined) return {};
  return {
    prompts: {
      ...(zipCode === undefined ? {} : { zipCode }),
      ...(cvv === undefined ? {} : { cvv }),
    },
  };
};

const refund = async (call: Call): Promise<Result> => {
  const { amount } = call.options;
  if (call.args['ID'] !== undefined) return followUp('refund')(call);
  if (amount !== undefined) return takeWithCard(call, 'refund', amount);
  return wrongUse('Name the sale to refund, or with --amount what to give back to a card.');
};

const amountArgument = { name: 'AMOUNT', says: 'the total, as you write it: 42.50' };

export const saleCommands: readonly Command[] = [
  {
    name: 'sale',
    says: 'take a payment; Ctrl-C cancels it while the card is awaited',
    args: [amountArgument],
    options: [...partOptions, ...cardOptions],
    run: withCard('sale'),
  },
  {
    name: 'authorize',
    says: 'hold an amount on a card, to be captured later',
    args: [amountArgument],
    options: [...partOptions, ...cardOptions],
    run: withCard('authorization'),
  },
  {
    name: 'refund',
    says: 'give a sale back, whole or in part; without a sale, to the card that is presented',
    args: [{ name: 'ID', says: 'the sale or capture', optional: true }],
    options: [
      { flags: '--amount <AMOUNT>', says: 'how much (default: all that is left)' },
      ...cardOptions,
    ],
    run: refund,
  },
];
