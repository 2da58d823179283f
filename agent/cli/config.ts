/** `holdfast config`: the settings in force, and why one has the value it has. */
import { environmentNameOf } from '../../config/index.ts';
import type { ConfigAnswer } from '../local-api/config.ts';
import { done, type ArgumentRow, type Call, type Command, type Result } from './command.ts';
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
  return done(reply.body, table(['setting', 'value', 'from'], lines));
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
    ['default', written(row.default)],
    ['environment', environment],
    ['says', row.says],
  ]);
  return done({ key, ...row, environment }, text);
};

const written = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

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
];
