/**
 * The wrapper around a message on a serial line: who sends it, and how long it is, within a SLIP frame
 * (manual, table 9).
 */
import { slipFrame, slipFramer } from '../../frames/slip.ts';
import { joined } from '../../emv/write.ts';
import type { Framer } from '../../frames/framer.ts';
import { messageBytesMax } from './message.ts';

/** Who sends a message. The device says `too long` when a request exceeds what it can take. */
export const directions = { toDevice: 0x00, toHost: 0x02, tooLong: 0x03 } as const;

const headerBytes = 5;

/** A framer whose frames are wrapped messages, header and all. */
export const wrappedFramer = (): Framer =>
  slipFramer({ frameBytesMax: messageBytesMax + headerBytes, isFrame: isWrapped });

/** A message as it goes over the line. */
export const wrapped = (message: Uint8Array, direction: number = directions.toDevice): Uint8Array =>
  slipFrame(joined(Uint8Array.of(direction), lengthOf(message.length), message));

/** The message of a frame, and which way it went. `tooLong` has none. */
export const unwrapped = (
  frame: Uint8Array,
): { readonly direction: number; readonly message: Uint8Array } => ({
  direction: frame[0] ?? 0,
  message: frame.subarray(headerBytes),
});

// With `too long` the length is that of the longest message the device takes, and no message follows.
const isWrapped = (frame: Uint8Array): boolean => {
  if (frame.length < headerBytes) return false;
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(1);
  if (frame[0] === directions.tooLong) return frame.length === headerBytes;
  const isKnown = frame[0] === directions.toDevice || frame[0] === directions.toHost;
  return isKnown && length > 0 && length === frame.length - headerBytes;
};

const lengthOf = (length: number): Uint8Array =>
  Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
