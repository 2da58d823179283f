/**
 * Extended commands and notifications, as eDynamo and newer readers have them. Their manual is not public;
 * the layout is that of the maker's own JavaScript (github.com/MagTek-PaulDeignan/WebHID_Public,
 * js/MagTek_WebAPI/API_v5Parse.js): a header of eight bytes, numbers with their high byte first.
 *
 *   request        49  n+6  offset(2)  command(2)  total(2)  data(n)     4A 00 asks for the next part
 *   answer     result  n+6  offset(2)  result(2)   total(2)  data(n)     result 0A: there is more
 *   notification   rc    n  offset(2)  kind(2)     total(2)  data(n)     in report 2
 *
 * They are decoded for people. This driver reads stripes and sends none of these commands.
 */
import { toHex } from '../../frames/hex.ts';
import { textOf } from '../../frames/latin1.ts';

/** The report that carries notifications. */
export const notificationReport = 2;

/** The commands of the extended channel. */
export const extendedCommand = 0x49;
export const continueCommand = 0x4a;

/** Results that say an answer has more parts, or is still being made. */
export const extendedResults: Readonly<Record<number, string>> = {
  0x00: 'success',
  0x0a: 'there is more; ask for the next part (4A 00)',
  0x0b: 'the reader is gathering the parts of the command',
};

const headerBytes = 8;

interface Part {
  readonly first: number;
  readonly offset: number;
  readonly code: string;
  /** Bytes of all parts together. */
  readonly dataLength: number;
  readonly data: Uint8Array;
}

// `counted` is how many bytes of the header the length byte counts too.
const partIn = (bytes: Uint8Array, counted: number): Part | undefined => {
  const [first = 0, length = 0, offsetHigh = 0, offsetLow = 0] = bytes;
  const byteCount = length - counted;
  const dataLength = (bytes[6] ?? 0) * 256 + (bytes[7] ?? 0);
  const offset = offsetHigh * 256 + offsetLow;
  const end = headerBytes + byteCount;
  if (byteCount < 0 || end > bytes.length || offset + byteCount > dataLength) return undefined;
  // Only zeros fill a report up.
  if (bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  const code = toHex(bytes.subarray(4, 6));
  return { first, offset, code, dataLength, data: bytes.subarray(headerBytes, end) };
};

/** The requests of a command, each in a report of this size. */
export const extendedRequests = (
  command: number,
  data: Uint8Array,
  reportBytes: number,
): Uint8Array[] => {
  const room = reportBytes - headerBytes - 1;
  const starts = [0];
  for (let at = room; at < data.length; at += room) starts.push(at);
  return starts.map((at) => {
    const part = data.subarray(at, at + room);
    const numbers = [at, command, data.length].flatMap((number) => [number >> 8, number & 0xff]);
    return Uint8Array.of(extendedCommand, part.length + 6, ...numbers, ...part);
  });
};

/** The command that sets date and time, whose last seven data bytes are they. */
const setDate = '030C';

const dateIn = (data: Uint8Array): object => {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0, , year = 0] = data.subarray(-7);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = [2008 + year, two(month), two(day)].join('-');
  return { date: `${date}T${[hour, minute, second].map(two).join(':')}` };
};

/** What an extended request says, or `undefined` when it is none. */
export const decodeExtendedRequest = (bytes: Uint8Array): object | undefined => {
  if (bytes[0] === continueCommand && !bytes.subarray(1).some((byte) => byte !== 0)) {
    return { form: 'request', command: 'continue', says: 'Asks for the next part of an answer' };
  }
  const part = bytes[0] === extendedCommand ? partIn(bytes, 6) : undefined;
  if (part === undefined) return undefined;
  const { offset, code, dataLength, data } = part;
  return {
    form: 'request',
    command: 'extended',
    length: bytes[1],
    offset,
    extendedCommand: code,
    dataLength,
    ...(code === setDate && data.length === dataLength && data.length >= 7 ? dateIn(data) : {}),
  };
};

/** What an answer to an extended command says, or `undefined` when it is none. */
export const decodeExtendedAnswer = (bytes: Uint8Array): object | undefined => {
  const part = partIn(bytes, 6);
  const means = part && extendedResults[part.first];
  if (part === undefined || means === undefined) return undefined;
  const { offset, code, dataLength, data } = part;
  // What an extended answer holds, only its command tells; it may be of a card.
  const resultCode = toHex(bytes.subarray(0, 1));
  const counts = { offset, dataLength, byteCount: data.length };
  return { form: 'extended answer', resultCode, means, extendedResult: code, ...counts };
};

/** What a reader notifies; `shows` where its data cannot hold anything of a card. */
const notifications: Readonly<Record<string, { says: string; shows?: 'hex' | 'text' }>> = {
  '0300': { says: 'transaction status', shows: 'hex' },
  '0301': { says: 'a text to display', shows: 'text' },
  '0302': { says: 'the cardholder has to choose', shows: 'hex' },
  '0303': { says: 'the card asks for its issuer (ARQC): a length and BER-TLV' },
  '0304': { says: 'how the transaction ended: signature needed, a length and BER-TLV' },
  '0400': { says: 'bytes of the serial port behind the reader' },
  '0500': { says: 'bytes of the bus behind the reader' },
  '0600': { says: 'firmware loading', shows: 'hex' },
};

/** What a notification says, its report id taken off; or `undefined` when it is none. */
export const decodeNotification = (bytes: Uint8Array): object | undefined => {
  const part = partIn(bytes, 0);
  const kind = part && notifications[part.code];
  if (part === undefined || kind === undefined) return undefined;
  const { offset, code, dataLength, data } = part;
  const text = kind.shows === 'text' ? textOf(data).replace(/[^\x20-\x7E]+/g, ' ') : toHex(data);
  return {
    form: 'notification',
    notification: code,
    says: kind.says,
    offset,
    dataLength,
    byteCount: data.length,
    ...(kind.shows === undefined ? {} : { [kind.shows === 'text' ? 'text' : 'data']: text }),
  };
};
