/**
 * Commands: what this driver asks a reader about itself. One row a command.
 *
 * A request is `02 52 function 03 LRC` (review a setting; SecureMag 80096504-001 p. 16, iMag manual § 4.3).
 * None of these changes anything, and none needs a key.
 */
import { toHex } from '../../frames/hex.ts';
import { textOf } from '../../frames/latin1.ts';
import { lrcOf } from '../../frames/lrc.ts';
import type { ReaderIdentity, SecurityLevel } from '../../reader.ts';
import type { Answer } from './answer.ts';

/** What an answer says, by the names of the trade. */
export type AnswerFields = Readonly<Record<string, string>>;

interface CommandRow {
  /** The function that is reviewed. */
  readonly id: number;
  readonly says: string;
  /** The answer's fields, or `undefined` when it cannot be this command's answer. */
  readonly read: (answer: Answer) => AnswerFields | undefined;
  /** What the fields tell about the reader. */
  readonly tells: (fields: AnswerFields) => ReaderIdentity;
}

/** Time allowed for an answer; a SecureHead takes 40 ms at most (SecureHead p. 11). */
export const answerWithinMs = 1_000;

const dataOf = (answer: Answer, id: number): Uint8Array | undefined => {
  if (answer.is === 'text') return undefined;
  const [only, ...others] = answer.functions;
  return only?.id === id && others.length === 0 ? only.data : undefined;
};

// Some strings begin with their own length (SecureHead SPI p. 23: `09 08 37 36…`).
const stringIn = (data: Uint8Array): string =>
  textOf(data[0] === data.length - 1 ? data.subarray(1) : data).replace(/[\0 ]+$/, '');

const isPrintable = (text: string): boolean => /^[\x20-\x7E]*$/.test(text);

/** What each level sends (SecureMag p. 66): 1 and 2 send clear tracks, 3 encrypts, 4 wants its host known. */
const levels: Readonly<Record<string, SecurityLevel>> = {
  '1': 'clear',
  '2': 'clear',
  '3': 'encrypted',
  '4': 'authenticated',
};
/** At level 0 the keys of DUKPT are used up (SecureMag p. 66). */
export const exhaustedLevel = '0';

/** Every command this driver asks. */
export const commands = {
  firmware: {
    id: 0x22,
    says: 'Review firmware version (iMag § 4.2)',
    read: (answer) => (answer.is === 'text' ? { firmware: answer.text.trim() } : undefined),
    tells: ({ firmware = '' }) => ({ firmware }),
  },
  serialNumber: {
    id: 0x4e,
    says: 'Review serial number (SecureMag p. 48)',
    read: (answer) => {
      const data = dataOf(answer, 0x4e);
      const serialNumber = data === undefined ? '' : stringIn(data);
      return data === undefined || !isPrintable(serialNumber) ? undefined : { serialNumber };
    },
    tells: ({ serialNumber = '' }) => (serialNumber === '' ? {} : { serialNumber }),
  },
  securityLevel: {
    id: 0x7e,
    says: 'Review security level (SecureMag p. 66)',
    read: (answer) => {
      const data = dataOf(answer, 0x7e);
      const securityLevel = data === undefined ? '' : textOf(data);
      return /^[0-4]$/.test(securityLevel) ? { securityLevel } : undefined;
    },
    tells: ({ securityLevel = '' }) => {
      const level = levels[securityLevel];
      return level === undefined ? {} : { securityLevel: level };
    },
  },
  ksn: {
    id: 0x51,
    says: 'Review KSN and counter (SecureHead p. 17)',
    read: (answer) => {
      const data = dataOf(answer, 0x51);
      return data?.length === 10 ? { ksn: toHex(data) } : undefined;
    },
    tells: ({ ksn = '' }) => ({ ksn }),
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof commands;

/** What a reader on a serial line is asked once it is opened, and again when it is tested, in this order. */
export const startUp: readonly CommandName[] = ['firmware', 'serialNumber', 'securityLevel', 'ksn'];

/** The bytes that ask for a function's setting. */
export const reviewOf = (id: number): Uint8Array => {
  const request = [0x02, 0x52, id, 0x03];
  return Uint8Array.from([...request, lrcOf(Uint8Array.from(request))]);
};
