/** `holdfast queue`: what waits for the portal. */
import { formatAmount } from '../../contract/index.ts';
import type { QueueAnswer } from '../local-api/queue.ts';
import { done, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { ageOf, counted, table } from './print.ts';
import { forward } from './status.ts';

const list = async (call: Call): Promise<Result> => {
  const reply = await ask<QueueAnswer>(call, { method: 'GET', path: '/v1/queue' });
  return reply.is === 'failed' ? reply : done(reply.body, queueText(reply.body));
};

const queueText = ({ records, count, exposure, reversing, unsentEntries }: QueueAnswer): string => {
  const rows = records.map(({ transactionId, state, amount, ageSeconds, reference = '' }) => [
    transactionId,
    state,
    formatAmount(amount),
    ageOf(ageSeconds),
    reference,
  ]);
  const listed = table(['transaction', 'state', 'amount', 'age', 'reference'], rows);
  const totals = exposure.map(({ amount }) => formatAmount(amount)).join(', ');
  return [
    ...(rows.length === 0 ? [] : [listed]),
    ...(count > rows.length ? [`… and ${count - rows.length} more.`] : []),
    count === 0
      ? 'No sale is stored or unknown.'
      : `${counted(count, 'sale')} stored or unknown: ${totals}.`,
    `${counted(reversing.count, 'attempt')} to reverse, ${counted(unsentEntries, 'fact')} unsent.`,
  ].join('\n');
};

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
];
