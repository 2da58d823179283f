/** `holdfast queue`: what waits for the portal. */
import { formatAmount } from '../../contract/index.ts';
import type { QueueAnswer } from '../local-api/queue.ts';
import type { TransactionAnswer } from '../local-api/shapes.ts';
import { done, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { ageOf, counted, table } from './print.ts';
import { forward } from './status.ts';
import { transactionText } from './view.ts';

const list = async (call: Call): Promise<Result> => {
  const reply = await ask<QueueAnswer>(call, { method: 'GET', path: '/v1/queue' });
  return reply.is === 'failed' ? reply : done(reply.body, queueText(reply.body));
};

const queueText = ({ records, count, exposure, reversing, unsentEntries }: QueueAnswer): string => {
  const rows = records.map(({ transactionId, type, state, amount, ageSeconds, reference = '' }) => [
    transactionId,
    type,
    state.replaceAll('_', ' '),
    formatAmount(amount),
    ageOf(ageSeconds),
    reference,
  ]);
  const listed = table(['transaction', 'type', 'state', 'amount', 'age', 'reference'], rows);
  const totals = exposure.map(({ amount }) => formatAmount(amount)).join(', ');
  return [
    ...(rows.length === 0 ? [] : [listed]),
    ...(count > rows.length ? [`… and ${count - rows.length} more.`] : []),
    count === 0
      ? 'Nothing waits to be decided.'
      : `${counted(count, 'transaction')} to be decided; at the shop’s risk: ${totals || 'nothing'}.`,
    `${counted(reversing.count, 'attempt')} to reverse, ${counted(unsentEntries, 'fact')} unsent.`,
  ].join('\n');
};

const settle =
  (word: 'hold' | 'release') =>
  async (call: Call): Promise<Result> => {
    const { reason } = call.options;
    const path = `/v1/queue/${encodeURIComponent(call.args['ID'] ?? '')}/${word}`;
    const body = word === 'hold' ? { body: reason === undefined ? {} : { reason } } : {};
    const reply = await ask<TransactionAnswer>(call, { method: 'POST', path, ...body });
    return reply.is === 'failed' ? reply : done(reply.body, transactionText(reply.body));
  };

const recordArgument = { name: 'ID', says: 'a transaction of the queue' };

export const queueCommands: readonly Command[] = [
  {
    name: 'queue list',
    says: 'stored and unclear sales, and what they add up to',
    usual: true,
    options: reachOptions,
    run: list,
  },
  {
    name: 'queue forward',
    says: 'connect to the portal now and send what waits',
    options: reachOptions,
    run: forward,
  },
  {
    name: 'queue hold',
    says: 'park a transaction: the portal does not decide it before it is released',
    args: [recordArgument],
    options: [{ flags: '--reason <TEXT>', says: 'why, for whoever finds it' }, ...reachOptions],
    run: settle('hold'),
  },
  {
    name: 'queue release',
    says: 'let a parked transaction be decided, now',
    args: [recordArgument],
    options: reachOptions,
    run: settle('release'),
  },
];
