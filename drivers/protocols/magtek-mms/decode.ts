/**
 * Decodes captured bytes with the parsers the driver runs on, for people who look at a cable: one message or
 * several, bare, in SLIP frames, or in HID reports one after another.
 *
 * Values of tags are shown where the tag table lets them be logged; all else is shown by its length.
 */
import type { Decoded } from '../../decoded.ts';
import { shownValue } from '../../emv/decode.ts';
import { tags } from '../../emv/tags.ts';
import type { DataObject } from '../../emv/tlv.ts';
import { toHex } from '../../frames/hex.ts';
import type { FrameToken } from '../../frames/framer.ts';
import type { LineKind } from '../../lines/line.ts';
import { wipeRead, type CardRead } from '../../reader.ts';
import { commands, readFirmware } from './commands.ts';
import { cardIn, readData } from './card-data.ts';
import { readMessage, type MmsMessage } from './message.ts';
import { readNotice, type Notice } from './notices.ts';
import { assembly, packetBytes } from './packets.ts';
import { defaultSettings } from './settings.ts';
import { readStatus } from './status.ts';
import { unwrapped, wrappedFramer } from './wrapper.ts';

/** Decodes a capture; of several messages each good one is listed. */
export const decodeMagtekMms = (bytes: Uint8Array, line: LineKind): Decoded => {
  const isBare = bytes[0] === 0xaa;
  const tokens = isBare ? [{ is: 'frame' as const, bytes }] : tokensIn(bytes, line);
  const good: object[] = [];
  const rejected: { byteCount: number; why: string }[] = [];
  for (const token of tokens) {
    if (token.is === 'discarded') {
      rejected.push({
        byteCount: token.byteCount,
        why: notWhole[line === 'hid' ? 'hid' : 'serial'],
      });
      continue;
    }
    const read = readMessage(token.bytes);
    if (read.ok) good.push(decoded(read.message));
    else rejected.push({ byteCount: token.bytes.length, why: read.why });
  }
  const [first, ...more] = good;
  if (first === undefined) {
    return { ok: false, why: rejected[0]?.why ?? 'The capture is empty: it has no message.' };
  }
  const remarks = rejected.length === 0 ? {} : { rejected };
  const shown = more.length === 0 ? first : { messages: good };
  return { ok: true, decoded: { ...shown, ...remarks } };
};

const notWhole = {
  hid: 'Not the packets of a whole message: a type, a number or a length is wrong.',
  serial: 'No frame between two C0: its direction or its length is wrong, or it is cut.',
} as const;

const tokensIn = (bytes: Uint8Array, line: LineKind): readonly FrameToken[] => {
  if (line === 'hid') {
    const packets = assembly();
    const count = Math.ceil(bytes.length / packetBytes);
    return Array.from({ length: count }, (_, at) =>
      packets.take(bytes.subarray(at * packetBytes, (at + 1) * packetBytes)),
    ).flat();
  }
  const framer = wrappedFramer();
  const tokens = [...framer.take(bytes), ...framer.stalled()];
  return tokens.map((token) =>
    token.is === 'frame' ? { is: 'frame', bytes: unwrapped(token.bytes).message } : token,
  );
};

const decoded = (message: MmsMessage): object => {
  const { version, kind, reference, id, detail, payload } = message;
  const command = Object.values(commands).find((row) => row.id === id);
  const common = { version, kind, reference, id: toHex(Uint8Array.of(id >> 8, id & 0xff)) };
  const payloadBytes = payload?.length ?? 0;
  if (kind === 'notification') {
    const shown = shownNotice(readNotice(message));
    return { ...common, detail: toHex(detail ?? new Uint8Array()), ...shown };
  }
  const says = command === undefined ? {} : { says: command.says };
  if (kind !== 'response') return { ...common, ...says, payloadBytes, ...shownFirmware(payload) };
  const status = { status: toHex(detail ?? new Uint8Array()), statusSays: readStatus(detail).says };
  return { ...common, ...says, ...status, payloadBytes };
};

const shownFirmware = (payload: Uint8Array | undefined): object => {
  const read = readFirmware(payload ?? new Uint8Array());
  if (read === undefined) return {};
  const { firmware, fileBytes } = read;
  return { firmware: { image: firmware.image, sha256: toHex(firmware.sha256), fileBytes } };
};

const shownNotice = (notice: Notice): object => {
  if (notice.is !== 'data') return { notice };
  const { of, technology, bytes } = notice;
  const card = cardIn(bytes, {
    technology,
    cryptogramType: of === 'request' ? 'ARQC' : 'TC',
    awaitsAnswer: of === 'request',
    settings: defaultSettings,
  });
  const read = readData(bytes);
  return {
    notice: { is: 'data', of, technology },
    ...(card.ok ? shownCard(card.found.read) : { badRead: card.why }),
    ...(read.ok ? { objects: read.objects.map(shownObject) } : { why: read.why }),
  };
};

const shownCard = (read: CardRead): object => {
  wipeRead(read);
  return { card: read.card, ...(read.isFallback === true ? { isFallback: true } : {}) };
};

/** MagTek’s own tags (manual, tables 18 and 27), and which of them hold nothing of a card in clear. */
const makersTags: Readonly<Record<string, { readonly says: string; readonly isShown: boolean }>> = {
  F9: { says: 'What the MAC is over', isShown: false },
  FA: { says: 'Generic data', isShown: false },
  F8: { says: 'Encrypted data', isShown: false },
  DFDF1A: { says: 'Transaction status', isShown: true },
  DFDF25: { says: 'Device serial number', isShown: true },
  DFDF31: { says: 'Track 1, masked', isShown: false },
  DFDF33: { says: 'Track 2, masked', isShown: false },
  DFDF4D: { says: 'Track 2 of the chip, masked', isShown: false },
  DFDF52: { says: 'Card type', isShown: true },
  DFDF53: { says: 'Fallback indicator', isShown: true },
  DFDF54: { says: 'Key serial number of the MAC', isShown: true },
  DFDF55: { says: 'Encryption type of the MAC', isShown: true },
  DFDF56: { says: 'Key serial number', isShown: true },
  DFDF57: { says: 'Encryption type', isShown: true },
  DFDF58: { says: 'Padding bytes', isShown: true },
  DFDF59: { says: 'Ciphertext', isShown: false },
};

const shownObject = (object: DataObject): object => {
  const { tag, value, children } = object;
  const own = makersTags[tag];
  const says = own?.says ?? tags[tag]?.says;
  const common = { tag, ...(says === undefined ? {} : { says }), bytes: value.length };
  if (children !== undefined) return { ...common, objects: children.map(shownObject) };
  return { ...common, ...(own?.isShown === true ? { value: toHex(value) } : shownValue(object)) };
};
