/** `holdfast void`, `capture`, `adjust`: what follows a transaction; and answers to what the agent asks. */
import type { TransactionAnswer } from '../local-api/shapes.ts';
import { done, wrongUse, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { amountsIn, askedBy, take, takingOptions } from './taking.ts';
import { transactionText } from './view.ts';

const pathOf = (id: string): string => `/v1/transactions/${encodeURIComponent(id)}`;

/** Carries out what follows a transaction; amounts are in its currency. */
export const followUp =
  (type: 'void' | 'capture' | 'refund' | 'adjustment') =>
  async (call: Call): Promise<Result> => {
    const { ID: originalTransactionId = '' } = call.args;
    const { amount, tip: tipAmount } = call.options;
    if (type === 'adjustment' && amount === undefined && tipAmount === undefined) {
      return wrongUse('Say what it is to be: --tip AMOUNT, --amount AMOUNT or both.');
    }
    const original = await ask<TransactionAnswer>(call, {
      ...{ method: 'GET', path: pathOf(originalTransactionId) },
    });
    if (original.is === 'failed') return original;
    const read = amountsIn({ amount, tipAmount }, original.body.amount.currency);
    if ('is' in read) return read;
    return take(call, { type, originalTransactionId, ...read.amounts, ...askedBy(call.options) });
  };

const answer =
  (word: 'accept' | 'reject') =>
  async (call: Call): Promise<Result> => {
    const path = `${pathOf(call.args['ID'] ?? '')}/${word}`;
    const reply = await ask<TransactionAnswer>(call, { method: 'POST', path });
    return reply.is === 'failed' ? reply : done(reply.body, transactionText(reply.body));
  };

const original = (says: string) => [{ name: 'ID', says }];
const amountOption = (says: string) => ({ flags: '--amount <AMOUNT>', says });
const tipOption = { flags: '--tip <AMOUNT>', says: 'the tip, as a part of the total' };

export const followUpCommands: readonly Command[] = [
  {
    name: 'capture',
    says: 'take what was authorized',
    args: original('the authorization'),
    options: [
      amountOption('the total (default: what was authorized)'),
      tipOption,
      ...takingOptions,
    ],
    run: followUp('capture'),
  },
  {
    name: 'void',
    says: 'undo a transaction whose batch is still open',
    args: original('the transaction'),
    options: takingOptions,
    run: followUp('void'),
  },
  {
    name: 'adjust',
    says: 'add a tip to a sale, or change its amount, while its batch is open',
    args: original('the sale or capture'),
    options: [
      tipOption,
      amountOption('the new total (default: the old, with the new tip)'),
      ...takingOptions,
    ],
    run: followUp('adjustment'),
  },
  {
    name: 'accept',
    says: 'accept a partial approval, or say that what looked like a repetition is meant',
    args: original('the transaction'),
    options: reachOptions,
    run: answer('accept'),
  },
  {
    name: 'reject',
    says: 'reject a partial approval or a suspected repetition; nothing stays charged',
    args: original('the transaction'),
    options: reachOptions,
    run: answer('reject'),
  },
];
