/** `holdfast batch`: closes the open batch, and shows how batches ended. */
import type { BatchAnswer } from '../local-api/batches.ts';
import { batchTable, batchText } from './batch-view.ts';
import { done, wrongUse, type Call, type Command, type Failed, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask, askText } from './local-api.ts';

/** Seconds `batch close` waits for the close, unless told otherwise, and then for the portal to compare. */
const closeWithinSeconds = 120;
const comparedWithinSeconds = 10;

interface Page {
  readonly batches: readonly BatchAnswer[];
  readonly nextCursor: string | null;
}

const pathOf = (id: string): string => `/v1/batches/${encodeURIComponent(id)}`;

const close = async (call: Call): Promise<Result> => {
  const { name, number, wait = String(closeWithinSeconds) } = call.options;
  if (number !== undefined && !/^[1-9]\d{0,14}$/.test(number)) {
    return wrongUse(`--number takes the number of a batch, not "${number}".`);
  }
  if (!/^\d{1,3}$/.test(wait)) return wrongUse(`--wait takes whole seconds, not "${wait}".`);
  const waitSeconds = Math.min(Number(wait), closeWithinSeconds);
  const reply = await ask<BatchAnswer>(call, {
    ...{ method: 'POST', path: '/v1/batches/current/close', waitSeconds },
    body: {
      ...(name === undefined ? {} : { batchName: name }),
      ...(number === undefined ? {} : { number: Number(number) }),
    },
  });
  if (reply.is === 'failed') return reply;
  const batch = waitSeconds === 0 ? reply.body : await compared(call, reply.body);
  return 'is' in batch ? batch : shown(batch);
};

/** A batch that was closed just now, after the portal has had a moment to compare it. */
const compared = async (call: Call, batch: BatchAnswer): Promise<BatchAnswer | Failed> => {
  if (batch.outcome !== 'unconfirmed') return batch;
  const path = pathOf(batch.batchId);
  const reply = await ask<BatchAnswer>(call, {
    ...{ method: 'GET', path, waitSeconds: comparedWithinSeconds },
  });
  return reply.is === 'failed' ? reply : reply.body;
};

const shown = (batch: BatchAnswer): Result =>
  done(batch, batchText(batch), batch.outcome === 'not_agreed' ? 1 : 0);

const show = async (call: Call): Promise<Result> => {
  if (call.options['report'] !== undefined) return report(call);
  const reply = await ask<BatchAnswer>(call, {
    method: 'GET',
    path: pathOf(call.args['ID'] ?? ''),
  });
  return reply.is === 'failed' ? reply : shown(reply.body);
};

/** The X report of a batch that is open, the Z report of one that is closed. */
const report = async (call: Call): Promise<Result> => {
  const { width = '42' } = call.options;
  const path = `${pathOf(call.args['ID'] ?? '')}/report?width=${width}`;
  if (call.json) {
    const reply = await ask<object>(call, { method: 'GET', path });
    return reply.is === 'failed' ? reply : done(reply.body, '');
  }
  const reply = await askText(call, { method: 'GET', path }, 'text/plain');
  return reply.is === 'failed' ? reply : done({}, reply.text.replace(/\n$/, ''));
};

const list = async (call: Call): Promise<Result> => {
  const { limit, cursor } = call.options;
  if (limit !== undefined && !/^[1-9]\d{0,2}$/.test(limit)) {
    return wrongUse(`--limit takes a number from 1 to 200, not "${limit}".`);
  }
  const query = new URLSearchParams({
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const reply = await ask<Page>(call, { method: 'GET', path: `/v1/batches?${query.toString()}` });
  if (reply.is === 'failed') return reply;
  const { batches, nextCursor } = reply.body;
  const more = nextCursor === null ? '' : `\nOlder ones: --cursor ${nextCursor}`;
  return done(reply.body, batchTable(batches) + more);
};

export const batchCommands: readonly Command[] = [
  {
    name: 'batch list',
    says: 'batches, newest first, and how they ended',
    usual: true,
    options: [
      { flags: '--limit <N>', says: 'how many (default 50, at most 200)' },
      { flags: '--cursor <CURSOR>', says: 'go on where a list ended' },
      ...reachOptions,
    ],
    run: list,
  },
  {
    name: 'batch show',
    says: 'a batch: its totals, and what the portal found',
    args: [{ name: 'ID', says: 'name and number, like System-3' }],
    options: [
      { flags: '--report', says: 'its X report while it is open, its Z report once it is closed' },
      { flags: '--width <COLUMNS>', says: 'of the report (default 42)', choices: ['32', '42'] },
      ...reachOptions,
    ],
    run: show,
  },
  {
    name: 'batch close',
    says: 'close the open batch; new sales go to the next one',
    options: [
      { flags: '--name <NAME>', says: 'the batch (default: the setting batch.name)' },
      { flags: '--number <N>', says: 'only this one; closed before, it is shown as it ended' },
      {
        flags: '--wait <SECONDS>',
        says: `how long to wait (default and most ${closeWithinSeconds})`,
      },
      ...reachOptions,
    ],
    run: close,
  },
];
