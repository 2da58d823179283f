/** The command channel of a simulated ID TECH reader (SecureMag 80096504-001 pp. 16-19): what it answers. */
import { bytesOf, lrcOf, type SecurityLevel } from '../../drivers/index.ts';

/** What a reader's answers are drawn from. */
export interface IdtechMemory {
  readonly options: {
    readonly level: SecurityLevel;
    readonly firmware: string;
    readonly serialNumber: string;
    readonly initialKsn: string;
  };
  /** The key serial number of the next swipe, or `undefined` when the keys are used up. */
  ksn: string | undefined;
}

const ack = Uint8Array.of(0x06);
const nak = Uint8Array.of(0x15);
const unknownId = Uint8Array.of(0x16);

const levels = { clear: '1', encrypted: '3', authenticated: '4' } as const;

/** The answer to a request, in the pieces the reader sends it in. */
export const answerTo = (request: Uint8Array, inside: IdtechMemory): Uint8Array[] => {
  const [, command, id = 0] = request;
  if (command !== 0x52 || request.length !== 5) return [nak];
  const { options } = inside;
  const text = (value: string) => [ack, framed(bytesOf(value))];
  const setting = (...data: number[]) => [ack, framed(Uint8Array.of(id, data.length, ...data))];
  switch (id) {
    case 0x22:
      return text(options.firmware);
    case 0x4c:
      return setting(...bytesOf(options.level === 'clear' ? '0' : '1'));
    case 0x4e: {
      const serial = bytesOf(options.serialNumber);
      return serial.length === 0 ? setting() : setting(serial.length, ...serial);
    }
    case 0x51:
      return options.level === 'clear'
        ? [nak]
        : setting(...Buffer.from(inside.ksn ?? options.initialKsn, 'hex'));
    case 0x7e:
      return setting(...bytesOf(inside.ksn === undefined ? '0' : levels[options.level]));
    default:
      return [unknownId];
  }
};

const framed = (body: Uint8Array): Uint8Array => {
  const frame = [0x02, ...body, 0x03];
  return Uint8Array.from([...frame, lrcOf(Uint8Array.from(frame))]);
};
