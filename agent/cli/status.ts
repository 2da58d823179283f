/** `holdfast status` and `holdfast portal`: how the shop stands, and how its link does. */
import { formatAmount, type Profile } from '../../contract/index.ts';
import type { StatusAnswer } from '../local-api/status.ts';
import { done, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { counted, pairs, signedAmount } from './print.ts';

type Link = StatusAnswer['link'];

const showStatus = async (call: Call): Promise<Result> => {
  const reply = await ask<StatusAnswer>(call, { method: 'GET', path: '/v1/status' });
  return reply.is === 'failed' ? reply : done(reply.body, statusText(reply.body));
};

const statusText = (status: StatusAnswer): string => {
  const { device, health, clock, queue, batch, readers, storage, firmware } = status;
  const free = storage.freeBytes === null ? 'unknown' : `${mebibytes(storage.freeBytes)} MiB free`;
  const exposure = queue.exposure.map(
    ({ count, amount }) => `${counted(count, 'transaction')} ${formatAmount(amount)}`,
  );
  return pairs([
    ['device', `${device.clientId}/${device.deviceId}`],
    ['profile', profileLine(device.profile)],
    ['certificate', identityText(status.identity)],
    ['health', [health.status, ...health.reasons].join(' ')],
    ['link', linkText(status.link)],
    ['clock', `${clock.now} (${clock.trust})`],
    ['stored or unknown', exposure.length === 0 ? 'none' : exposure.join(', ')],
    ['to be reversed', String(queue.reversing)],
    ['unsent', counted(queue.unsentEntries, 'fact')],
    ['open batch', openText(batch.open)],
    ['last closed', closedText(batch.lastClosed)],
    ...readers.map(
      ({ id, protocol, state, detail }) =>
        [
          `reader ${id}`,
          `${state} (${protocol})${detail === undefined ? '' : `: ${detail}`}`,
        ] as const,
    ),
    ['storage', `${free}, ${mebibytes(storage.reserveBytes)} MiB kept in reserve`],
    ['firmware', firmware.version],
  ]);
};

const profileLine = ({ name, type, manufacturer, model, operatingSystem }: Profile): string => {
  const machine = [manufacturer, model].filter((text) => text !== undefined).join(' ');
  const parts = [`${name} (${type})`, machine, operatingSystem ?? ''];
  return parts.filter((text) => text !== '').join(', ');
};

const identityText = ({ state, certificateUntil: until }: StatusAnswer['identity']): string =>
  until === undefined ? state : `${state}, until ${until}`;

const openText = (open: StatusAnswer['batch']['open']): string => {
  if (open === null) return 'none';
  const { name, number, count, net } = open;
  const amounts = net.map(signedAmount).join(', ');
  return `${name} ${number}: ${counted(count, 'transaction')}${amounts === '' ? '' : `, ${amounts}`}`;
};

const closedText = (closed: StatusAnswer['batch']['lastClosed']): string =>
  closed === null
    ? 'none'
    : `${closed.name} ${closed.number}: ${(closed.outcome ?? '').replaceAll('_', ' ')}`;

const mebibytes = (bytes: number): number => Math.floor(bytes / 1_048_576);

const linkText = ({ state, doubtful, cloneSuspected, lastFault, retryInMs }: Link): string => {
  const again = retryInMs === undefined ? '' : `, again in ${Math.ceil(retryInMs / 1_000)} s`;
  const fault = lastFault === undefined || state === 'online' ? '' : ` (last: ${lastFault})`;
  const clone = cloneSuspected ? ', another device seems to use this identity' : '';
  return `${state}${doubtful ? ', doubtful' : ''}${clone}${again}${fault}`;
};

const showPortal = async (call: Call): Promise<Result> => {
  const reply = await ask<StatusAnswer>(call, { method: 'GET', path: '/v1/status' });
  if (reply.is === 'failed') return reply;
  const { link, queue } = reply.body;
  return linkResult({ link, unsentEntries: queue.unsentEntries });
};

/** Connects now and sends what waits. */
export const forward = async (call: Call): Promise<Result> => {
  const asking = { method: 'POST', path: '/v1/queue/forward' } as const;
  const reply = await ask<{ link: Link; unsentEntries: number }>(call, asking);
  return reply.is === 'failed' ? reply : linkResult(reply.body);
};

const linkResult = (found: { link: Link; unsentEntries: number }): Result => {
  const { link, unsentEntries } = found;
  return done(
    found,
    pairs([
      ['link', linkText(link)],
      ['unsent', counted(unsentEntries, 'fact')],
    ]),
  );
};

export const statusCommands: readonly Command[] = [
  {
    name: 'status',
    says: 'device, link, clock, queue, readers and storage at a glance',
    options: reachOptions,
    run: showStatus,
  },
  {
    name: 'portal status',
    says: 'how the link to the portal stands',
    usual: true,
    options: reachOptions,
    run: showPortal,
  },
  {
    name: 'portal connect',
    says: 'connect now instead of waiting',
    options: reachOptions,
    run: forward,
  },
];
