/**
 * Messages of MMS, the same on every line: a start byte, a version, and BER-TLV (manual, tables 10 to 14).
 *
 *   AA 00  81 04 <type> <reference> <id, 2 bytes>  [82 04 <status or detail>]  [84 <payload>]
 *
 * A payload begins with the id once more. A response echoes the reference of its request; a notification is
 * asked for by nobody and has none.
 */
import { readObjects } from '../../emv/tlv.ts';
import { dataObject, joined } from '../../emv/write.ts';
import { toHex } from '../../frames/hex.ts';

/** Kinds of message by their type byte. The host sends the first four, the device the others. */
export const messageKinds = {
  0x01: 'request',
  0x02: 'host response',
  0x03: 'host notification',
  0x04: 'host file',
  0x81: 'device request',
  0x82: 'response',
  0x83: 'notification',
  0x84: 'file',
} as const satisfies Record<number, string>;

export type MessageKind = (typeof messageKinds)[keyof typeof messageKinds];

/** A message taken apart. */
export interface MmsMessage {
  readonly version: number;
  readonly kind: MessageKind;
  /** 0 to 255; of a response what its request had. */
  readonly reference: number;
  /** Command or notification, 16 bits. */
  readonly id: number;
  /** Four bytes: status of a response, detail of a notification. */
  readonly detail?: Uint8Array;
  /** With the id it begins with. */
  readonly payload?: Uint8Array;
}

/** What was read, or in a sentence why it is no message; the sentence holds no value. */
export type ReadMessage =
  | { readonly ok: true; readonly message: MmsMessage }
  | { readonly ok: false; readonly why: string };

/** Bytes of the longest message this driver takes; an ARQC message has about a thousand. */
export const messageBytesMax = 65_536;

const startByte = 0xaa;
const informationBytesMin = 4;

/** Reads one message. */
export const readMessage = (bytes: Uint8Array): ReadMessage => {
  const [first, version] = bytes;
  if (first !== startByte || version === undefined) {
    return { ok: false, why: 'A message begins with AA and a version.' };
  }
  const read = readObjects(bytes.subarray(2));
  if (!read.ok) return read;
  const [information] = read.objects;
  if (information?.tag !== '81' || information.value.length < informationBytesMin) {
    return { ok: false, why: 'A message begins with tag 81, four bytes or more.' };
  }
  const about = readInformation(information.value);
  if (about === undefined) {
    return {
      ok: false,
      why: `No message has the type ${toHex(information.value.subarray(0, 1))}.`,
    };
  }
  const [detail, payload] = ['82', '84'].map(
    (wanted) => read.objects.find(({ tag }) => tag === wanted)?.value,
  );
  if (detail !== undefined && detail.length !== 4) {
    return { ok: false, why: `Tag 82 has 4 bytes; here are ${detail.length}.` };
  }
  const parts = {
    ...(detail === undefined ? {} : { detail }),
    ...(payload === undefined ? {} : { payload }),
  };
  return { ok: true, message: { version, ...about, ...parts } };
};

const readInformation = (
  value: Uint8Array,
): Pick<MmsMessage, 'kind' | 'reference' | 'id'> | undefined => {
  const [type = 0, reference = 0, high = 0, low = 0] = value;
  const kind = (messageKinds as Record<number, MessageKind>)[type];
  return kind && { kind, reference, id: (high << 8) | low };
};

/** Writes a message; `kind` says who sends it. */
export const writeMessage = ({
  version,
  kind,
  reference,
  id,
  detail,
  payload,
}: MmsMessage): Uint8Array => {
  const type = Number(
    Object.entries(messageKinds).find(([, named]) => named === kind)?.[0] ?? 0x01,
  );
  return joined(
    Uint8Array.of(startByte, version),
    dataObject('81', Uint8Array.of(type, reference, id >> 8, id & 0xff)),
    detail === undefined ? new Uint8Array() : dataObject('82', detail),
    payload === undefined ? new Uint8Array() : dataObject('84', payload),
  );
};

/** What of a payload follows its id; all of it where the id is not repeated. */
export const withoutId = (payload: Uint8Array, id: number): Uint8Array =>
  payload[0] === id >> 8 && payload[1] === (id & 0xff) ? payload.subarray(2) : payload;

/** A request of the host: the id, and in the payload the id once more and what it takes. */
export const writeRequest = (
  id: number,
  reference: number,
  ...parameters: readonly Uint8Array[]
): Uint8Array =>
  writeMessage({
    version: 0,
    kind: 'request',
    reference,
    id,
    payload: joined(Uint8Array.of(id >> 8, id & 0xff), ...parameters),
  });
