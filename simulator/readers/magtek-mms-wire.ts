/**
 * How an MMS device writes its messages and reads the host's, on each line (manual, tables 4 to 13).
 *
 * It shares no code with the driver but SLIP itself, so that neither can hide the other's mistakes.
 */
import {
  dataObject,
  findObject,
  joined,
  readObjects,
  slipFrame,
  slipFramer,
} from '../../drivers/index.ts';

/** A request of the host, taken apart; `payload` without the id it begins with. */
export interface HostRequest {
  readonly reference: number;
  readonly id: number;
  readonly payload: Uint8Array;
}

/** Reads a request; anything else is `undefined`. */
export const requestIn = (message: Uint8Array): HostRequest | undefined => {
  const read = readObjects(message.subarray(2));
  if (message[0] !== 0xaa || !read.ok) return undefined;
  const [type, reference = 0, high = 0, low = 0] = findObject(read.objects, '81')?.value ?? [];
  const payload = findObject(read.objects, '84')?.value ?? new Uint8Array();
  if (type !== 0x01) return undefined;
  return { reference, id: high * 256 + low, payload: payload.subarray(2) };
};

/** A response to a request: its status, and what was asked for after the id. */
export const response = (
  { reference, id }: HostRequest,
  status: readonly number[],
  answer?: Uint8Array,
): Uint8Array => message([0x82, reference, ...idBytes(id)], status, answer && withId(id, answer));

/** A notification: four bytes of detail, and what is attached after the id. */
export const notification = (
  id: number,
  detail: readonly number[],
  attached?: Uint8Array,
): Uint8Array => message([0x83, 0x00, ...idBytes(id)], detail, attached && withId(id, attached));

const idBytes = (id: number): [number, number] => [Math.floor(id / 256), id % 256];

const withId = (id: number, rest: Uint8Array): Uint8Array =>
  joined(Uint8Array.from(idBytes(id)), rest);

const message = (
  information: readonly number[],
  detail: readonly number[],
  payload: Uint8Array | undefined,
): Uint8Array =>
  joined(
    Uint8Array.of(0xaa, 0x00),
    dataObject('81', Uint8Array.from(information)),
    dataObject('82', Uint8Array.from(detail)),
    payload === undefined ? new Uint8Array() : dataObject('84', payload),
  );

/** How messages go over one kind of line. */
export interface MmsWire {
  readonly pieces: (message: Uint8Array) => readonly Uint8Array[];
  /** The messages that end within these bytes, or with this report. */
  readonly take: (bytes: Uint8Array) => readonly Uint8Array[];
}

/** SLIP frames: a direction (02 to the host), a length of four bytes, the message. */
export const serialWire = (): MmsWire => {
  const framer = slipFramer({ frameBytesMax: 1_100_000, isFrame: ({ length }) => length > 5 });
  return {
    pieces: (whole) => {
      const header = Buffer.alloc(5);
      header.writeUInt8(0x02);
      header.writeUInt32BE(whole.length, 1);
      return [slipFrame(joined(header, whole))];
    },
    take: (bytes) =>
      framer
        .take(bytes)
        .flatMap((token) => (token.is === 'frame' ? [token.bytes.subarray(5)] : [])),
  };
};

/** Reports of 64 bytes: one for a short message; head, middles and a tail for a long one. */
export const hidWire = (): MmsWire => {
  let parts: Uint8Array[] = [];
  return {
    pieces: (whole) => {
      if (whole.length <= 62) return [report([0x00, whole.length], whole)];
      const size = Buffer.alloc(4);
      size.writeUInt32BE(whole.length);
      const reports = [report([0x01, ...size], whole.subarray(0, 59))];
      let rest = whole.subarray(59);
      for (let number = 1; rest.length > 62; number += 1, rest = rest.subarray(61)) {
        reports.push(report([0x02, ...idBytes(number)], rest.subarray(0, 61)));
      }
      return [...reports, report([0x03, rest.length], rest)];
    },
    take: (bytes) => {
      const [type, length = 0] = bytes;
      if (type === 0x00) return [bytes.slice(2, 2 + length)];
      if (type === 0x01) parts = [bytes.slice(5)];
      if (type === 0x02) parts.push(bytes.slice(3));
      return type === 0x03 ? [joined(...parts, bytes.slice(2, 2 + length))] : [];
    },
  };
};

const report = (header: readonly number[], part: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(64);
  bytes.set([...header, ...part]);
  return bytes;
};
