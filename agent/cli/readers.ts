/** `holdfast readers`: the card readers, a test of one, and what captured bytes say. */
import {
  captureNames,
  decodeCapture,
  fromHex,
  isCaptureName,
  lineKinds,
  type LineKind,
} from '../../drivers/index.ts';
import type { PluggedInAnswer, ReaderAnswer } from '../local-api/shapes.ts';
import { noReader } from '../readers/roster.ts';
import { done, exits, failed, wrongUse, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { flat, table } from './print.ts';
import { watchCommand } from './watch.ts';

interface Readers {
  readonly readers: readonly ReaderAnswer[];
  readonly pluggedIn: readonly PluggedInAnswer[];
}

const list = async (call: Call): Promise<Result> => {
  const reply = await ask<Readers>(call, { method: 'GET', path: '/v1/readers' });
  if (reply.is === 'failed') return reply;
  const { readers, pluggedIn } = reply.body;
  const others = pluggedIn.filter(({ readerId }) => readerId === undefined);
  const parts = [
    readersText(readers),
    ...(others.length === 0 ? [] : [othersText(others)]),
    ...(pluggedIn.some(({ quirks }) => quirks !== undefined) ? [modelsText(pluggedIn)] : []),
  ];
  return done(reply.body, parts.join('\n\n'));
};

const readersText = (readers: readonly ReaderAnswer[]): string => {
  const rows = readers.map(({ id, state, protocol, path, detail = '' }) => [
    id,
    state,
    protocol,
    path,
    detail,
  ]);
  return rows.length === 0 ? noReader : table(['reader', 'state', 'protocol', 'path', ''], rows);
};

const othersText = (others: readonly PluggedInAnswer[]): string => {
  const rows = others.map((device) => {
    const { line, path, usbId = '', serialNumber = '', maker = '', model = '' } = device;
    return [path, line, usbId, serialNumber, [maker, model].join(' ').trim(), adviceOn(device)];
  });
  const heads = ['path', 'line', 'usb', 'serial number', 'model', ''];
  return `Plugged in, and no reader of these settings:\n${table(heads, rows)}`;
};

// Once for each model, whether it is a reader of these settings or not.
const modelsText = (pluggedIn: readonly PluggedInAnswer[]): string => {
  const lines = pluggedIn.flatMap(({ maker = '', model = '', takes = [], quirks = [] }) => {
    const taken = takes.length === 0 ? 'takes no card' : `takes ${takes.join(', ')}`;
    return quirks.length === 0 ? [] : [`${maker} ${model} ${taken}. ${quirks.join(' ')}`];
  });
  return [...new Set(lines)].join('\n');
};

const adviceOn = ({ advice, protocol }: PluggedInAnswer): string =>
  advice ?? (protocol === undefined ? '' : `configure it with protocol ${protocol}`);

const test = async (call: Call): Promise<Result> => {
  const path = `/v1/readers/${encodeURIComponent(call.args['ID'] ?? '')}/test`;
  const findBaud = call.options['findBaud'] !== undefined;
  const body = findBaud ? { findBaud } : {};
  const waitSeconds = findBaud ? baudSearchSeconds : 0;
  const asking = { method: 'POST', path, body, waitSeconds } as const;
  const reply = await ask<{ passed: boolean; detail: string }>(call, asking);
  if (reply.is === 'failed') return reply;
  return done(reply.body, flat(reply.body), reply.body.passed ? 0 : 1);
};

/** What the agent may take to ask at every rate, s. */
const baudSearchSeconds = 120;

const decode = (call: Call): Promise<Result> => Promise.resolve(decoded(call));

const decoded = ({ args, words, options }: Call): Result => {
  const { PROTOCOL: protocol = '' } = args;
  const bytes = fromHex(words.join('').replace(/\s/g, ''));
  if (bytes === undefined) {
    return wrongUse('HEX is no hexadecimal text; write two digits of 0-9 and A-F for each byte.');
  }
  if (!isCaptureName(protocol)) {
    const known = captureNames.join(', ');
    return wrongUse(`There is no protocol "${protocol}"; known are ${known}.`);
  }
  const line = lineOf(options['line']);
  const result = decodeCapture(protocol, bytes, line === undefined ? {} : { line });
  return result.ok
    ? done(result.decoded, flat(result.decoded))
    : failed(exits.refused, 'capture_rejected', result.why);
};

const lineOf = (written: string | undefined): LineKind | undefined =>
  lineKinds.find((kind) => kind === written);

export const readerCommands: readonly Command[] = [
  {
    name: 'readers list',
    says: 'the readers and where they stand',
    usual: true,
    options: reachOptions,
    run: list,
  },
  {
    name: 'readers test',
    says: 'ask a reader about itself',
    args: [{ name: 'ID', says: 'the reader' }],
    options: [
      ...reachOptions,
      { flags: '--find-baud', says: 'look for the baud rate it answers at, on its own port only' },
    ],
    run: test,
  },
  watchCommand,
  {
    name: 'readers decode',
    says: 'say what captured bytes mean; needs no agent',
    args: [
      { name: 'PROTOCOL', says: `one of ${captureNames.join(', ')}` },
      { name: 'HEX', says: 'the bytes, as hexadecimal digits', many: true },
    ],
    options: [
      { flags: '--line <KIND>', says: 'the line they were captured on', choices: lineKinds },
    ],
    run: decode,
  },
];
