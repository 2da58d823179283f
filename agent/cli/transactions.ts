/** `holdfast transactions` and `holdfast cancel`: what was sold, and what is still waiting for its card. */
import type { TransactionAnswer } from '../local-api/shapes.ts';
import { done, wrongUse, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { transactionTable, transactionText, type TransactionWithFacts } from './view.ts';

interface Page {
  readonly transactions: readonly TransactionAnswer[];
  readonly nextCursor: string | null;
}

const pathOf = (id: string): string => `/v1/transactions/${encodeURIComponent(id)}`;

const show = async (call: Call): Promise<Result> => {
  const { ID: id } = call.args;
  if (id === undefined) return list(call);
  const reply = await ask<TransactionWithFacts>(call, { method: 'GET', path: pathOf(id) });
  return reply.is === 'failed' ? reply : done(reply.body, transactionText(reply.body));
};

const list = async (call: Call): Promise<Result> => {
  const { reference, outcome, limit, cursor } = call.options;
  if (limit !== undefined && !/^[1-9]\d{0,2}$/.test(limit)) {
    return wrongUse(`--limit takes a number from 1 to 200, not "${limit}".`);
  }
  const query = new URLSearchParams({
    ...(reference === undefined ? {} : { reference }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const path = `/v1/transactions?${query.toString()}`;
  const reply = await ask<Page>(call, { method: 'GET', path });
  if (reply.is === 'failed') return reply;
  const { transactions, nextCursor } = reply.body;
  const more = nextCursor === null ? '' : `\nOlder ones: --cursor ${nextCursor}`;
  return done(reply.body, transactionTable(transactions) + more);
};

const cancel = async (call: Call): Promise<Result> => {
  const path = `${pathOf(call.args['ID'] ?? '')}/cancel`;
  const reply = await ask<TransactionAnswer>(call, { method: 'POST', path });
  return reply.is === 'failed' ? reply : done(reply.body, transactionText(reply.body));
};

export const transactionCommands: readonly Command[] = [
  {
    name: 'transactions',
    says: 'list transactions, newest first, or show one with its history',
    args: [{ name: 'ID', says: 'a transaction', optional: true }],
    options: [
      { flags: '--reference <TEXT>', says: 'those with this reference' },
      { flags: '--outcome <OUTCOME>', says: 'those with this outcome, like approved_offline' },
      { flags: '--limit <N>', says: 'how many (default 50, at most 200)' },
      { flags: '--cursor <CURSOR>', says: 'go on where a list ended' },
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
