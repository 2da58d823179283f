/** `holdfast transactions` and `holdfast cancel`: what was sold, and what is still waiting for its card. */
import type { TransactionAnswer } from '../local-api/shapes.ts';
import { done, wrongUse, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask, askText } from './local-api.ts';
import { transactionTable, transactionText, type TransactionWithFacts } from './view.ts';

interface Page {
  readonly transactions: readonly TransactionAnswer[];
  readonly nextCursor: string | null;
}

const pathOf = (id: string): string => `/v1/transactions/${encodeURIComponent(id)}`;

const show = async (call: Call): Promise<Result> => {
  const { ID: id } = call.args;
  const { receipt } = call.options;
  if (receipt !== undefined) return receiptOf(call, id, receipt);
  if (id === undefined) return list(call);
  const reply = await ask<TransactionWithFacts>(call, { method: 'GET', path: pathOf(id) });
  return reply.is === 'failed' ? reply : done(reply.body, transactionText(reply.body));
};

const receiptOf = async (call: Call, id: string | undefined, copy: string): Promise<Result> => {
  if (id === undefined) return wrongUse('--receipt takes the transaction it is of; name its ID.');
  const { width, duplicate } = call.options;
  const query = new URLSearchParams({
    copy,
    ...(width === undefined ? {} : { width }),
    ...(duplicate === undefined ? {} : { duplicate: 'true' }),
  });
  const asking = { method: 'GET', path: `${pathOf(id)}/receipt?${query.toString()}` } as const;
  if (call.json) {
    const reply = await ask<object>(call, asking);
    return reply.is === 'failed' ? reply : done(reply.body, '');
  }
  const reply = await askText(call, asking, 'text/plain');
  return reply.is === 'failed' ? reply : done({}, reply.text.replace(/\n$/, ''));
};

const list = async (call: Call): Promise<Result> => {
  const { limit } = call.options;
  if (limit !== undefined && !/^[1-9]\d{0,2}$/.test(limit)) {
    return wrongUse(`--limit takes a number from 1 to 200, not "${limit}".`);
  }
  const query = new URLSearchParams();
  for (const [option, field] of Object.entries(narrowing)) {
    const value = call.options[option];
    if (value !== undefined) query.set(field, value);
  }
  const path = `/v1/transactions?${query.toString()}`;
  const reply = await ask<Page>(call, { method: 'GET', path });
  if (reply.is === 'failed') return reply;
  const { transactions, nextCursor } = reply.body;
  const more = nextCursor === null ? '' : `\nOlder ones: --cursor ${nextCursor}`;
  return done(reply.body, transactionTable(transactions) + more);
};

/** Options of a list, and the fields of the API they stand for. */
const narrowing: Readonly<Record<string, string>> = {
  ...{ reference: 'reference', outcome: 'outcome', type: 'type', batch: 'batchName' },
  ...{ original: 'originalTransactionId', from: 'from', to: 'to' },
  ...{ limit: 'limit', cursor: 'cursor' },
};

const cancel = async (call: Call): Promise<Result> => {
  const path = `${pathOf(call.args['ID'] ?? '')}/cancel`;
  const reply = await ask<TransactionAnswer>(call, { method: 'POST', path });
  return reply.is === 'failed' ? reply : done(reply.body, transactionText(reply.body));
};

export const transactionCommands: readonly Command[] = [
  {
    name: 'transactions',
    says: 'list transactions, newest first, show one with its history, or print its receipt',
    args: [{ name: 'ID', says: 'a transaction', optional: true }],
    options: [
      { flags: '--reference <TEXT>', says: 'those with this reference' },
      { flags: '--outcome <OUTCOME>', says: 'those with this outcome, like approved_offline' },
      { flags: '--type <TYPE>', says: 'those of this type, like refund' },
      { flags: '--batch <NAME>', says: 'those of the batches of this name' },
      { flags: '--original <ID>', says: 'those that follow this transaction' },
      { flags: '--from <TIME>', says: 'those begun at this time or later: 2026-11-22T14:00:00Z' },
      { flags: '--to <TIME>', says: 'those begun before this time' },
      { flags: '--limit <N>', says: 'how many (default 50, at most 200)' },
      { flags: '--cursor <CURSOR>', says: 'go on where a list ended' },
      {
        flags: '--receipt <COPY>',
        says: 'print the receipt of the transaction',
        choices: ['customer', 'merchant'],
      },
      { flags: '--width <COLUMNS>', says: 'of the receipt (default 42)', choices: ['32', '42'] },
      { flags: '--duplicate', says: 'say on the receipt that it was printed before' },
      ...reachOptions,
    ],
    run: show,
  },
  {
    name: 'cancel',
    says: 'cancel a sale that still waits for its card',
    args: [{ name: 'ID', says: 'the transaction' }],
    options: reachOptions,
    run: cancel,
  },
];
