/**
 * Frames of ViVOtech2, protocol 2 of ID TECH's NEO readers (NEO 2 guide 80139403-002, § 2.8 and p. 42).
 *
 *   host    "ViVOtech2" 00 command sub-command LenH LenL data… CrcL CrcH
 *   reader  "ViVOtech2" 00 command status      LenH LenL data… CrcH CrcL
 *
 * CRC-16/CCITT-FALSE over all before it, low byte first from the host and high byte first from the reader:
 * that order is all that tells a reader's frame from an echo of one's own.
 */
import { crc16CcittFalse } from '../../frames/crc16.ts';
import type { Framer } from '../../frames/framer.ts';
import { huntingFramer, type Found } from '../../frames/hunting.ts';
import { bytesOf } from '../../frames/latin1.ts';

const tag = bytesOf('ViVOtech2\0');
const headBytes = tag.length + 4;
const crcBytes = 2;

/** Bytes of the longest data that is taken; an answer with a whole card is under two thousand. */
export const dataBytesMax = 4_096;

/** Bytes of the longest frame. */
export const frameBytesMax = headBytes + dataBytesMax + crcBytes;

/** Milliseconds of silence after which half a frame is given up. */
export const stalledAfterMs = 500;

/** Who sent a frame. */
export type Sender = 'host' | 'reader';

/** A frame taken apart. `second` is the sub-command from the host, the status from the reader. */
export interface Frame {
  readonly sender: Sender;
  readonly command: number;
  readonly second: number;
  readonly data: Uint8Array;
}

const crcOf = (bytes: Uint8Array, sender: Sender): readonly [number, number] => {
  const crc = crc16CcittFalse(bytes);
  const [high, low] = [crc >> 8, crc & 0xff];
  return sender === 'host' ? [low, high] : [high, low];
};

/** The bytes of a frame. */
export const frameOf = ({ sender, command, second, data }: Frame): Uint8Array => {
  const head = [...tag, command, second, data.length >> 8, data.length & 0xff];
  const body = Uint8Array.from([...head, ...data]);
  return Uint8Array.from([...body, ...crcOf(body, sender)]);
};

/** What stands at the beginning of these bytes, if it is of one of these senders. */
export const frameAt = (bytes: Uint8Array, senders: readonly Sender[]): Found => {
  const seen = Math.min(bytes.length, tag.length);
  for (let at = 0; at < seen; at += 1) if (bytes[at] !== tag[at]) return 'none';
  if (bytes.length < headBytes) return 'unfinished';
  const byteCount = headBytes + dataCountOf(bytes) + crcBytes;
  if (byteCount > frameBytesMax) return 'none';
  if (bytes.length < byteCount) return 'unfinished';
  return senderOf(bytes.subarray(0, byteCount), senders) === undefined ? 'none' : byteCount;
};

const dataCountOf = (bytes: Uint8Array): number =>
  ((bytes[tag.length + 2] ?? 0) << 8) | (bytes[tag.length + 3] ?? 0);

const senderOf = (frame: Uint8Array, senders: readonly Sender[]): Sender | undefined => {
  const body = frame.subarray(0, -crcBytes);
  const [first, second] = frame.subarray(-crcBytes);
  return senders.find((sender) => {
    const [wantedFirst, wantedSecond] = crcOf(body, sender);
    return first === wantedFirst && second === wantedSecond;
  });
};

/** Takes a whole frame apart, or `undefined` when it is none. Its data is a view into the frame. */
export const readFrame = (
  frame: Uint8Array,
  senders: readonly Sender[] = ['reader'],
): Frame | undefined => {
  if (frameAt(frame, senders) !== frame.length) return undefined;
  const sender = senderOf(frame, senders);
  const [command = 0, second = 0] = frame.subarray(tag.length);
  return sender && { sender, command, second, data: frame.subarray(headBytes, -crcBytes) };
};

/** A framer for what readers send over a serial line. */
export const vivotech2Framer = (): Framer =>
  huntingFramer({ frameBytesMax, frameAt: (bytes) => frameAt(bytes, ['reader']) });
