/**
 * Messages: type, application, command, result, data (manual 99875161 pp. 1-4), each byte as two hex digits,
 * CR at the end, and CAN to make the reader forget what has come so far (manual 99875168 pp. 83-84).
 */
import { fromHex, toHex } from '../../frames/hex.ts';
import { bytesOf } from '../../frames/latin1.ts';

/** Message types by bits 7 and 6 of the first byte (99875161 p. 2). */
export const messageTypes = ['request', 'response', 'notification'] as const;
export type MessageType = (typeof messageTypes)[number];

export interface Message {
  readonly type: MessageType;
  readonly application: number;
  readonly command: number;
  readonly result: number;
  readonly data: Uint8Array;
  /** The data is encrypted to a key of its own; bit 3 of the first byte. */
  readonly encrypted: boolean;
}

/** Result codes that mean the same in every application (99875161 p. 4). */
export const resultCodes = [
  'success',
  'failure',
  'warning',
  'bad message header',
  'bad application id',
  'bad command id',
  'bad parameter',
  'timeout',
  'busy',
] as const;

/** Digits of the longest message: header, lengths, and three tracks of ISO/IEC 7813 with their sentinels. */
export const messageDigitsMax = 1_024;

export const cancel = Uint8Array.of(0x18);

const headerBytes = 4;
const encryptedBit = 0x08;
const reservedBits = 0x30;

/** A request as it is sent. */
export const requestBytes = (application: number, command: number, data: Uint8Array): Uint8Array =>
  bytesOf(`${toHex(Uint8Array.of(0, application, command, 0, ...data))}\r`);

/** Reads one line, its CR stripped, or `undefined` when it is no message. */
export const messageIn = (line: string): Message | undefined => {
  // What is neither digit nor CAN is ignored, and what stood before a CAN is forgotten (99875168 p. 84).
  const digits = line.slice(line.lastIndexOf('\x18') + 1).replace(/[^0-9A-Fa-f]/g, '');
  const bytes = fromHex(digits);
  if (bytes === undefined || bytes.length < headerBytes) return undefined;
  const [first = 0, application = 0, command = 0, result = 0] = bytes;
  const type = messageTypes[first >> 6];
  if (type === undefined || (first & reservedBits) !== 0) return undefined;
  const encrypted = (first & encryptedBit) !== 0;
  return { type, application, command, result, data: bytes.slice(headerBytes), encrypted };
};
