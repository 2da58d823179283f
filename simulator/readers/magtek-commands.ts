/** The command channel of a simulated MagneSafe V5 reader (manual 99875475-10 pp. 22-74): what it answers. */
import type { SecurityLevel } from '../../drivers/index.ts';

/** What a reader's answers are drawn from. */
export interface MagtekMemory {
  readonly options: {
    readonly softwareId: string;
    readonly deviceSerial: string;
    readonly initialKsn: string;
    readonly isoTrackMask: string;
    readonly crcFlags: number;
    /** Property 0x10 in hex; 02 is a UART. */
    readonly interfaceType?: string;
  };
  /** The key serial number of the next swipe, or `undefined` when the keys are used up. */
  ksn: string | undefined;
  sessionId: Uint8Array;
  level: SecurityLevel;
  /** Second byte of the reader's state (p. 69). */
  antecedent: number;
}

const ok = (data: string): string => `00${byte(data.length / 2)}${data}`;
const refuse = (result: string): string => `${result}00`;
const byte = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex').toUpperCase();

const badParameter = refuse('02');
const invalidOperation = refuse('07');

/** The answer to a command line, without its CR. */
export const answerCommand = (line: string, reader: MagtekMemory): string => {
  const bytes = Buffer.from(line, 'hex');
  // Text that is no hex is cut short by Buffer, and then its length is wrong.
  const [command, dataCount, ...data] = bytes;
  if (bytes.length * 2 !== line.length || dataCount !== data.length) return badParameter;
  switch (command ?? -1) {
    case 0x00:
      return getProperty(data[0], reader);
    case 0x01:
      // Settings are privileged above level 2 (p. 24); this reader has none that can be set.
      return invalidOperation;
    case 0x09:
      return ok(reader.ksn ?? reader.options.initialKsn);
    case 0x0a:
      if (data.length !== 8) return badParameter;
      reader.sessionId = Uint8Array.from(data);
      return ok('');
    case 0x14:
      return ok(`${reader.level === 'authenticated' ? '00' : '02'}${byte(reader.antecedent)}`);
    case 0x15:
      return data.length === 0 ? ok(levels[reader.level]) : invalidOperation;
    case 0x1c:
      return ok(`${ascii(reader.options.deviceSerial.padEnd(16, '\0'))}0007F1`);
    default:
      return badParameter;
  }
};

const levels = { clear: '02', encrypted: '03', authenticated: '04' } as const;

const getProperty = (property: number | undefined, { options }: MagtekMemory): string => {
  const values: Readonly<Record<number, string>> = {
    0x00: ascii(options.softwareId),
    0x03: ascii(options.deviceSerial),
    0x04: ascii('V05'),
    0x07: ascii(options.isoTrackMask),
    0x10: options.interfaceType ?? '02',
    0x19: byte(options.crcFlags),
  };
  const value = property === undefined ? undefined : values[property];
  return value === undefined ? badParameter : ok(value);
};
