/** `holdfast readers`: the card readers, a test of one, and what captured bytes say. */
import {
  decodeCapture,
  fromHex,
  isProtocol,
  lineKinds,
  protocols,
  type LineKind,
} from '../../drivers/index.ts';
import type { ReaderAnswer } from '../local-api/shapes.ts';
import { done, exits, failed, wrongUse, type Call, type Command, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';
import { flat, table } from './print.ts';

interface Readers {
  readonly readers: readonly ReaderAnswer[];
}

const list = async (call: Call): Promise<Result> => {
  const reply = await ask<Readers>(call, { method: 'GET', path: '/v1/readers' });
  if (reply.is === 'failed') return reply;
  const rows = reply.body.readers.map(({ id, state, protocol, path, detail = '' }) => [
    id,
    state,
    protocol,
    path,
    detail,
  ]);
  const none = 'No reader is configured; `readers` in the settings file names them.';
  const heads = ['reader', 'state', 'protocol', 'path', ''];
  return done(reply.body, rows.length === 0 ? none : table(heads, rows));
};

const test = async (call: Call): Promise<Result> => {
  const path = `/v1/readers/${encodeURIComponent(call.args['ID'] ?? '')}/test`;
  const reply = await ask<{ passed: boolean; detail: string }>(call, { method: 'POST', path });
  if (reply.is === 'failed') return reply;
  return done(reply.body, flat(reply.body), reply.body.passed ? 0 : 1);
};

const decode = (call: Call): Promise<Result> => Promise.resolve(decoded(call));

const decoded = ({ args, words, options }: Call): Result => {
  const { PROTOCOL: protocol = '' } = args;
  const bytes = fromHex(words.join('').replace(/\s/g, ''));
  if (bytes === undefined) {
    return wrongUse('HEX is no hexadecimal text; write two digits of 0-9 and A-F for each byte.');
  }
  if (!isProtocol(protocol)) {
    const known = Object.keys(protocols).join(', ');
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
    options: reachOptions,
    run: test,
  },
  {
    name: 'readers decode',
    says: 'say what captured bytes mean; needs no agent',
    args: [
      { name: 'PROTOCOL', says: `one of ${Object.keys(protocols).join(', ')}` },
      { name: 'HEX', says: 'the bytes, as hexadecimal digits', many: true },
    ],
    options: [
      { flags: '--line <KIND>', says: 'the line they were captured on', choices: lineKinds },
    ],
    run: decode,
  },
];
