/**
 * Commands: what a driver asks a MagneSafe V5 reader about itself. One row a command.
 *
 * A request is `command, length, data…` and an answer `result, length, data…`: over USB in a feature report,
 * on a serial line as hex digits (manual 99875475-10 pp. 21-24 and the command's own page). None of these
 * needs a MAC at any security level (p. 2), and none changes anything.
 */
import { fromHex, toHex } from '../frames/hex.ts';
import { textOf } from '../frames/latin1.ts';
import type { ReaderIdentity, SecurityLevel } from '../reader.ts';

/** What an answer's data mean, by the names of the trade. */
export type AnswerFields = Readonly<Record<string, string | number>>;

interface CommandRow {
  /** Command, length and data of the request, in hex. */
  readonly request: string;
  readonly says: string;
  /** Time allowed for the answer. At 2400 baud its longest form takes about 200 ms. */
  readonly withinMs: number;
  /** The data's fields, or `undefined` when the data cannot be this command's answer. */
  readonly read: (data: Uint8Array) => AnswerFields | undefined;
  /** What the fields tell about the reader. */
  readonly tells: (fields: AnswerFields) => ReaderIdentity;
}

const withinMs = 1_000;
const tellsNothing = () => ({});

// A string of the manual's "String" type (p. 26), without its NUL.
const textIn = (data: Uint8Array, byteCountMax: number): string | undefined => {
  const text = textOf(data).replace(/\0+$/, '');
  return data.length <= byteCountMax && /^[\x20-\x7E]*$/.test(text) ? text : undefined;
};

const named = (name: string, value: string | undefined): AnswerFields | undefined =>
  value === undefined ? undefined : { [name]: value };

/** Current state of the reader, and how it came to it (p. 69). */
export const readerStates = ['WaitActAuth', 'WaitActRply', 'WaitSwipe', 'WaitDelay'] as const;
export const readerAntecedents = [
  'PU',
  'GoodAuth',
  'GoodSwipe',
  'BadSwipe',
  'FailAuth',
  'FailDeact',
  'TOAuth',
  'TOSwipe',
  'KeySyncError',
] as const;

const levels: Readonly<Record<number, SecurityLevel>> = {
  2: 'clear',
  3: 'encrypted',
  4: 'authenticated',
};

/** Every command this driver knows. */
export const commands = {
  softwareId: {
    request: '000100',
    says: 'Get property: software id (p. 26)',
    withinMs,
    read: (data) => named('softwareId', data.length === 11 ? textIn(data, 11) : undefined),
    tells: ({ softwareId }) => ({ firmware: String(softwareId) }),
  },
  securityLevel: {
    request: '1500',
    says: 'Get security level (p. 70)',
    withinMs,
    read: ([level = 0, ...more]) =>
      levels[level] === undefined || more.length > 0 ? undefined : { securityLevel: level },
    tells: ({ securityLevel }) => {
      const level = levels[Number(securityLevel)];
      return level === undefined ? {} : { securityLevel: level };
    },
  },
  ksn: {
    request: '0900',
    says: 'Get DUKPT KSN and counter (p. 63)',
    withinMs,
    read: (data) => (data.length === 10 ? { ksn: toHex(data) } : undefined),
    tells: ({ ksn }) => ({ ksn: String(ksn) }),
  },
  readerState: {
    request: '1400',
    says: 'Get reader state (p. 68)',
    withinMs,
    read: (data) => {
      const [state = 0, antecedent = 0] = data;
      const names = [readerStates[state], readerAntecedents[antecedent]] as const;
      const [readerState, cameBy] = names;
      if (data.length !== 2 || readerState === undefined || cameBy === undefined) return undefined;
      return { readerState, antecedent: cameBy };
    },
    tells: tellsNothing,
  },
  deviceSerial: {
    request: '000103',
    says: 'Get property: device serial number (p. 29)',
    withinMs,
    read: (data) => named('deviceSerial', textIn(data, 15)),
    tells: ({ deviceSerial }) =>
      deviceSerial === '' ? {} : { serialNumber: String(deviceSerial) },
  },
  encryptionCounter: {
    request: '1C00',
    says: 'Get encryption counter (p. 72)',
    withinMs,
    read: (data) => {
      const deviceSerial = textIn(data.subarray(0, 16), 16);
      if (data.length !== 19 || deviceSerial === undefined) return undefined;
      return { deviceSerial, counter: parseInt(toHex(data.subarray(16)), 16) };
    },
    tells: tellsNothing,
  },
  interfaceType: {
    request: '000110',
    says: 'Get property: interface type (p. 38)',
    withinMs,
    read: ([type = 0xff, ...more]) => {
      const name = interfaceTypes[type];
      return name === undefined || more.length > 0 ? undefined : { interface: name };
    },
    tells: tellsNothing,
  },
} as const satisfies Record<string, CommandRow>;

const interfaceTypes: Readonly<Record<number, string>> = {
  0: 'HID',
  1: 'KB',
  2: 'UART',
  3: 'BulleT',
};

export type CommandName = keyof typeof commands;

/** What a reader is asked once it is opened, and again when it is tested, in this order. */
export const startUp: readonly CommandName[] = [
  'softwareId',
  'ksn',
  'readerState',
  'securityLevel',
  'deviceSerial',
];

/** The bytes of a command's request. */
export const requestBytesOf = (name: CommandName): Uint8Array =>
  fromHex(commands[name].request) ?? new Uint8Array();

/** The command these bytes ask for, or `undefined` when they are no request this driver makes. */
export const requestIn = (bytes: Uint8Array): CommandName | undefined => {
  const request = toHex(bytes);
  return (Object.keys(commands) as CommandName[]).find(
    (name) => commands[name].request === request,
  );
};

/** Result codes that mean the same for every command (p. 23). */
export const resultCodes: Readonly<Record<string, string>> = {
  '00': 'success',
  '01': 'failure',
  '02': 'bad parameter',
  '05': 'delayed',
  '07': 'invalid operation',
};

/** An answer; it does not say which command it answers. */
export interface Answer {
  readonly result: string;
  readonly data: Uint8Array;
}

/** Reads bytes as an answer, or `undefined` when they cannot be one. */
export const answerIn = (bytes: Uint8Array): Answer | undefined => {
  const [resultByte = 0, byteCount] = bytes;
  if (byteCount !== bytes.length - 2) return undefined;
  const result = toHex(bytes.subarray(0, 1));
  // With its highest bit set a code is the command's own (p. 23).
  const known = resultCodes[result] !== undefined || resultByte >= 0x80;
  return known ? { result, data: bytes.slice(2) } : undefined;
};
