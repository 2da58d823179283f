/**
 * Data object lists: what a chip asks its terminal for, tags with the lengths it wants (EMV 4.3 book 3, 5.4).
 */
import { toHex } from '../frames/hex.ts';
import { readLength, tagBytesMax } from './tlv.ts';
import { tags, type TagForm } from './tags.ts';
import { joined } from './write.ts';

/** One wish of a list; `length` in bytes. */
export interface DolEntry {
  readonly tag: string;
  readonly length: number;
}

/** A list, or in a sentence why the bytes are none. */
export type ReadDol =
  | { readonly ok: true; readonly entries: readonly DolEntry[]; readonly totalLength: number }
  | { readonly ok: false; readonly why: string };

/** Bytes of the longest list, and of what answers it: both go into one command of a chip. */
export const dolBytesMax = 252;

/** Reads a data object list. */
export const readDol = (bytes: Uint8Array): ReadDol => {
  if (bytes.length > dolBytesMax) {
    return { ok: false, why: `The list has ${bytes.length} bytes; ${dolBytesMax} are the most.` };
  }
  const entries: DolEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const size = tagSize(bytes, at);
    if (size === undefined) return { ok: false, why: `At byte ${at} there is no whole tag.` };
    const tag = toHex(bytes.subarray(at, at + size));
    const length = readLength(bytes, at + size);
    if (!length.ok) return length;
    entries.push({ tag, length: length.length });
    at += size + length.bytesUsed;
  }
  const totalLength = entries.reduce((sum, { length }) => sum + length, 0);
  if (totalLength <= dolBytesMax) return { ok: true, entries, totalLength };
  return { ok: false, why: `The list asks for ${totalLength} bytes; ${dolBytesMax} are the most.` };
};

const tagSize = (bytes: Uint8Array, at: number): number | undefined => {
  if (((bytes[at] ?? 0) & 0x1f) !== 0x1f) return 1;
  for (let size = 2; size <= tagBytesMax; size += 1) {
    const byte = bytes[at + size - 1];
    if (byte === undefined) return undefined;
    if (byte < 0x80) return size;
  }
  return undefined;
};

/** Answers a list: each value cut or filled to the length wanted, zeros for what is not known. */
export const answerDol = (
  entries: readonly DolEntry[],
  values: Readonly<Record<string, Uint8Array>>,
): Uint8Array =>
  joined(
    ...entries.map(({ tag, length }) =>
      fitted(values[tag] ?? new Uint8Array(), length, tags[tag]?.form ?? 'b'),
    ),
  );

// Numbers keep their right end, everything else its left (EMV 4.3 book 3, 5.4).
const fitted = (value: Uint8Array, length: number, form: TagForm): Uint8Array => {
  const fitting = new Uint8Array(length);
  if (form === 'n') {
    const kept = value.subarray(Math.max(0, value.length - length));
    fitting.set(kept, length - kept.length);
    return fitting;
  }
  if (form === 'cn' && value.length > 0) fitting.fill(0xff);
  fitting.set(value.subarray(0, length));
  return fitting;
};
