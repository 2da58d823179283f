/** Decodes the command channel: what the host asked and set, and what the reader answered. */
import { toHex } from '../../frames/hex.ts';
import type { Found } from '../../frames/hunting.ts';
import { textOf } from '../../frames/latin1.ts';
import { lrcOf } from '../../frames/lrc.ts';
import { answerAt, answerIn, type Answer, type FunctionData } from './answer.ts';

const review = 0x52;
const set = 0x53;

/** Functions of these readers by their numbers (SecureMag pp. 16-21, 43-48, 66; iMag § 4.4). */
const functionNames: Readonly<Record<number, string>> = {
  0x1f: 'all settings',
  0x22: 'firmware version',
  0x41: 'baud rate',
  0x49: 'leading digits shown',
  0x4a: 'trailing digits shown',
  0x4b: 'mask character',
  0x4c: 'encryption (0 none, 1 triple DES, 2 AES)',
  0x4e: 'serial number',
  0x50: 'expiry shown',
  0x51: 'KSN and counter',
  0x58: 'key management (0 fixed, 1 DUKPT)',
  0x6f: 'track LRC sent',
  0x7e: 'security level',
  0x84: 'encryption options',
  0x85: 'format (0 original, 1 enhanced)',
  0x86: 'masked tracks sent',
};

/** The request at the beginning of some bytes. */
export const requestAt = (bytes: Uint8Array): Found => {
  const [start, command] = bytes;
  if (start !== 0x02) return 'none';
  if (command === review) {
    if (bytes.length < 5) return 'unfinished';
    return bytes[3] === 0x03 && lrcOf(bytes.subarray(0, 5)) === 0 ? 5 : 'none';
  }
  if (command !== set) return 'none';
  const found = answerAt(asAnswer(bytes));
  return typeof found === 'number' ? found + 1 : found;
};

// A request to set is an answer with a command before its functions: folded into the 02, the LRC still holds.
const asAnswer = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([0x02 ^ set, ...bytes.subarray(2)]);

/** What a request asks, or `undefined` when it is none. */
export const decodeRequest = (bytes: Uint8Array): object | undefined => {
  if (requestAt(bytes) !== bytes.length) return undefined;
  const [, command, id = 0] = bytes;
  if (command === review) return { form: 'request', asks: 'review', ...named(id) };
  const answer = answerIn(asAnswer(bytes));
  return answer?.is === 'functions'
    ? { form: 'request', asks: 'set', ...decodeFunctions(answer.functions) }
    : undefined;
};

/** What an answer says. */
export const decodeAnswer = (answer: Answer): object =>
  answer.is === 'text'
    ? { form: 'answer', text: answer.text }
    : { form: 'answer', ...decodeFunctions(answer.functions) };

const idOf = (id: number): string => toHex(Uint8Array.of(id));

const named = (id: number): object => ({
  func: idOf(id),
  says: functionNames[id] ?? 'not documented',
});

const valueOf = (data: Uint8Array): string => {
  const text = textOf(data);
  return /^[\x20-\x7E]+$/.test(text) ? text : toHex(data);
};

const decodeFunctions = (functions: readonly FunctionData[]): object => {
  const [only, ...more] = functions;
  if (only !== undefined && more.length === 0)
    return { ...named(only.id), value: valueOf(only.data) };
  return {
    settings: Object.fromEntries(functions.map(({ id, data }) => [idOf(id), valueOf(data)])),
  };
};
