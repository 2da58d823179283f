/** `holdfast config`: the settings in force, why one has the value it has, and what another would do. */
import { readDocument } from '../../config/disk.ts';
import { environmentNameOf } from '../../config/index.ts';
import { previewLayers } from '../configuration/preview.ts';
import type { HistoryAnswer, PreviewAnswer } from '../local-api/config-shapes.ts';
import type { ConfigAnswer } from '../local-api/config.ts';
import {
  done,
  exits,
  failed,
  type ArgumentRow,
  type Call,
  type Command,
  type Result,
} from './command.ts';
import { historyText, previewText, standingText, written } from './config-view.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { pairs, table } from './print.ts';

const fetched = (call: Call) => {
  const { KEY: key } = call.args;
  const query = key === undefined ? '' : `?key=${encodeURIComponent(key)}`;
  return ask<ConfigAnswer>(call, { method: 'GET', path: `/v1/config${query}` });
};

const get = async (call: Call): Promise<Result> => {
  const reply = await fetched(call);
  if (reply.is === 'failed') return reply;
  const rows = Object.entries(reply.body.settings);
  const [first] = rows;
  if (call.args['KEY'] !== undefined && first !== undefined) {
    const [key, { value, from }] = first;
    return done({ key, value, from }, written(value));
  }
  const lines = rows.map(([key, { value, from }]) => [key, written(value), from]);
  const listed = table(['setting', 'value', 'from'], lines);
  return done(reply.body, `${listed}\n\n${standingText(reply.body.configuration)}`);
};

const why = async (call: Call): Promise<Result> => {
  const reply = await fetched(call);
  if (reply.is === 'failed') return reply;
  const { KEY: key = '' } = call.args;
  const row = reply.body.settings[key];
  if (row === undefined) return done(reply.body, '');
  const environment = environmentNameOf(key);
  const text = pairs([
    ['setting', key],
    ['value', `${written(row.value)}${row.unit === undefined ? '' : ` ${row.unit}`}`],
    ['from', row.from],
    ...Object.entries(row.members ?? {}).map(([path, layer]) => [path, layer] as const),
    ...(row.overruled ?? []).map(
      (layer) => [layer, 'says otherwise, but the portal keeps this setting'] as const,
    ),
    ['default', written(row.default)],
    ['takes effect', row.applies],
    ['environment', environment],
    ['says', row.says],
  ]);
  return done({ key, ...row, environment }, text);
};

const history = async (call: Call): Promise<Result> => {
  const reply = await ask<HistoryAnswer>(call, { method: 'GET', path: '/v1/config/history' });
  return reply.is === 'failed' ? reply : done(reply.body, historyText(reply.body));
};

const preview = async (call: Call): Promise<Result> => {
  const { FILE: file = '' } = call.args;
  const { layer = 'group' } = call.options;
  const read = settingsIn(file);
  if ('why' in read) return failed(exits.refused, 'settings_invalid', read.why);
  const body = { layer, settings: read.settings };
  const path = '/v1/config/preview';
  const reply = await ask<PreviewAnswer>(call, { method: 'POST', path, body });
  if (reply.is === 'failed') return reply;
  return done(reply.body, previewText(reply.body), reply.body.refused === undefined ? 0 : 1);
};

const settingsIn = (file: string): { settings: object } | { why: string } => {
  const read = readDocument(file);
  if ('why' in read) return read;
  const { document } = read;
  return typeof document === 'object' && document !== null && !Array.isArray(document)
    ? { settings: document }
    : { why: `${file} holds no JSON object; write settings as in docs/settings.md.` };
};

const hold = async (call: Call): Promise<Result> => {
  const { minutes = '60', reason } = call.options;
  return putHold(call, { minutes: Number(minutes), ...(reason === undefined ? {} : { reason }) });
};

const putHold = async (call: Call, body: { minutes: number; reason?: string }): Promise<Result> => {
  const path = '/v1/config/hold';
  const reply = await ask<{ hold?: { minutesLeft: number } }>(call, { method: 'POST', path, body });
  if (reply.is === 'failed') return reply;
  const left = reply.body.hold?.minutesLeft;
  const text =
    left === undefined
      ? 'New versions take effect as soon as nothing is in their way.'
      : `New versions are held back for ${left} min.`;
  return done(reply.body, text);
};

const key: ArgumentRow = { name: 'KEY', says: 'a setting by its name, like offline.enabled' };

export const configCommands: readonly Command[] = [
  {
    name: 'config get',
    says: 'the settings in force, or one of them',
    args: [{ ...key, optional: true }],
    usual: true,
    options: reachOptions,
    run: get,
  },
  {
    name: 'config why',
    says: 'where the value of a setting came from',
    args: [key],
    options: reachOptions,
    run: why,
  },
  {
    name: 'config history',
    says: 'which versions were in force or refused, and why',
    options: reachOptions,
    run: history,
  },
  {
    name: 'config preview',
    says: 'what would change, wait or be refused if a layer said this',
    args: [{ name: 'FILE', says: 'settings as JSON, as in holdfast.json' }],
    options: [
      {
        flags: '--layer <LAYER>',
        says: 'in the place of which layer (default group)',
        choices: previewLayers,
      },
      ...reachOptions,
    ],
    run: preview,
  },
  {
    name: 'config hold',
    says: 'keep new versions from taking effect for a while',
    options: [
      { flags: '--minutes <N>', says: 'for how long (default 60, at most 720)' },
      { flags: '--reason <TEXT>', says: 'why, for whoever waits' },
      ...reachOptions,
    ],
    run: hold,
  },
  {
    name: 'config release',
    says: 'end a hold',
    options: reachOptions,
    run: (call) => putHold(call, { minutes: 0 }),
  },
];
