/** Frames of a simulated NEO reader: as it sends them, and as it knows those of its host. */
import { crc16CcittFalse, type FrameFound } from '../../drivers/index.ts';

/** Status of an answer (NEO 2 guide 80139403-002 p. 28). */
export const status = {
  ok: 0x00,
  unknown: 0x02,
  notAllowed: 0x0b,
  failed: 0x0a,
  event: 0x0e,
  askHost: 0x23,
  begun: 0x63,
} as const;

const header = Buffer.from('ViVOtech2\0', 'latin1');
/** Bytes in front of command and sub-command. */
export const headerBytes = header.length;

/** A byte as two digits. */
export const hexOf = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');

/** A frame as a reader sends it: the CRC high byte first. */
export const frame = (
  command: number,
  second: number,
  data: Uint8Array = new Uint8Array(),
): Uint8Array => {
  const body = Buffer.from([
    ...header,
    command,
    second,
    data.length >> 8,
    data.length & 0xff,
    ...data,
  ]);
  const crc = crc16CcittFalse(body);
  return Uint8Array.from([...body, crc >> 8, crc & 0xff]);
};

/** A frame as a host sends it: the CRC low byte first. */
export const requestAt = (bytes: Uint8Array): FrameFound => {
  const seen = Math.min(bytes.length, headerBytes);
  for (let at = 0; at < seen; at += 1) if (bytes[at] !== header[at]) return 'none';
  if (bytes.length < headerBytes + 4) return 'unfinished';
  const byteCount =
    headerBytes + 4 + (((bytes[headerBytes + 2] ?? 0) << 8) | (bytes[headerBytes + 3] ?? 0)) + 2;
  if (bytes.length < byteCount) return byteCount > 1_024 ? 'none' : 'unfinished';
  const crc = crc16CcittFalse(bytes.subarray(0, byteCount - 2));
  const isRight = bytes[byteCount - 2] === (crc & 0xff) && bytes[byteCount - 1] === crc >> 8;
  return isRight ? byteCount : 'none';
};

const reportBytes = 63;

/** A frame cut into numbered reports: 1 alone, 2 first, 3 further, 4 last (p. 41). */
export const cut = (frame: Uint8Array): { bytes: Uint8Array; id: number }[] => {
  const count = Math.ceil(frame.length / reportBytes);
  return Array.from({ length: count }, (_, at) => {
    const bytes = new Uint8Array(reportBytes);
    bytes.set(frame.subarray(at * reportBytes, (at + 1) * reportBytes));
    const id = count === 1 ? 1 : at === 0 ? 2 : at === count - 1 ? 4 : 3;
    return { bytes, id };
  });
};
