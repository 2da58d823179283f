/**
 * BER-TLV: data objects of a tag, a length and a value, as chips and their readers write them.
 *
 * To the letter of EMV 4.3 book 3, annex B, and ISO/IEC 8825-1: a value that is longer than what holds it is
 * an error, never read beyond; 00 bytes between objects mean nothing. Depth and count have limits.
 */
import { toHex } from '../frames/hex.ts';

/** A data object. `children` are those of a constructed one (bit 6 of its tag), in order. */
export interface DataObject {
  /** Upper-case hex. */
  readonly tag: string;
  /** A view into the bytes that were read. */
  readonly value: Uint8Array;
  readonly children?: readonly DataObject[];
}

/** What was read, or in a sentence why it is no BER-TLV; the sentence holds no value. */
export type ReadObjects =
  | { readonly ok: true; readonly objects: readonly DataObject[] }
  | { readonly ok: false; readonly why: string };

/** A length field: how long the value is, and how many bytes said so. */
export type ReadLength =
  | { readonly ok: true; readonly length: number; readonly bytesUsed: number }
  | { readonly ok: false; readonly why: string };

/** Bytes of the longest tag: EMV has two, makers of readers have up to four (MagTek’s DFDFDF37). */
export const tagBytesMax = 4;

/** Containers within each other at most; ARQC messages of readers have five. */
export const depthMax = 10;

/** Data objects in one reading at most, nested ones counted. */
export const objectsMax = 512;

/** Length bytes after the first: 81, 82 and 83. Images of firmware need three; nothing needs more. */
const lengthBytesMax = 3;

/** Reads the length at a place. */
export const readLength = (bytes: Uint8Array, at = 0): ReadLength => {
  const first = bytes[at];
  if (first === undefined) return { ok: false, why: `At byte ${at} a length was to come.` };
  if (first < 0x80) return { ok: true, length: first, bytesUsed: 1 };
  const count = first & 0x7f;
  if (count === 0 || count > lengthBytesMax) {
    const found = `the length begins with ${toHex(Uint8Array.of(first))}`;
    return { ok: false, why: `At byte ${at} ${found}; 00 to 7F, 81, 82 and 83 are known.` };
  }
  if (at + 1 + count > bytes.length) {
    return { ok: false, why: `At byte ${at} the bytes end within a length.` };
  }
  let length = 0;
  for (let place = 1; place <= count; place += 1) length = length * 256 + (bytes[at + place] ?? 0);
  return { ok: true, length, bytesUsed: 1 + count };
};

/** Reads data objects one after another, to the end of the bytes. */
export const readObjects = (bytes: Uint8Array): ReadObjects => {
  const left = { count: objectsMax };
  try {
    return { ok: true, objects: objectsIn(bytes, 0, left) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, why: error.message };
    throw error;
  }
};

// Thrown from within the recursion and caught above; no caller ever sees it.
class Malformed extends Error {}

const objectsIn = (bytes: Uint8Array, depth: number, left: { count: number }): DataObject[] => {
  if (depth > depthMax) {
    throw new Malformed(`Containers lie more than ${depthMax} deep within each other.`);
  }
  const objects: DataObject[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === 0x00) {
      at += 1;
      continue;
    }
    left.count -= 1;
    if (left.count < 0) throw new Malformed(`There are more than ${objectsMax} data objects.`);
    const tag = tagAt(bytes, at);
    at += tag.length;
    const length = readLength(bytes, at);
    if (!length.ok) throw new Malformed(`Tag ${toHex(tag)}: ${length.why}`);
    at += length.bytesUsed;
    const rest = bytes.length - at;
    if (length.length > rest) {
      const wanted = `Tag ${toHex(tag)} has a value of ${length.length} bytes`;
      throw new Malformed(`${wanted}, and ${rest} are left of what holds it.`);
    }
    const value = bytes.subarray(at, at + length.length);
    at += length.length;
    const isConstructed = ((tag[0] ?? 0) & 0x20) !== 0;
    objects.push({
      tag: toHex(tag),
      value,
      ...(isConstructed ? { children: objectsIn(value, depth + 1, left) } : {}),
    });
  }
  return objects;
};

// Five ones at the end of the first byte: more follow, each but the last with its highest bit set.
const tagAt = (bytes: Uint8Array, at: number): Uint8Array => {
  if (((bytes[at] ?? 0) & 0x1f) !== 0x1f) return bytes.subarray(at, at + 1);
  for (let size = 2; size <= tagBytesMax; size += 1) {
    const byte = bytes[at + size - 1];
    if (byte === undefined) throw new Malformed(`At byte ${at} the bytes end within a tag.`);
    // A number that begins with zeros could be written shorter (ISO/IEC 8825-1, 8.1.2.4.2).
    if (size === 2 && byte === 0x80) break;
    if (byte < 0x80) return bytes.subarray(at, at + size);
  }
  const found = toHex(bytes.subarray(at, at + tagBytesMax));
  throw new Malformed(`${found} begins no tag; the longest has ${tagBytesMax} bytes.`);
};

/** The first object of a tag, looked for in containers too, in the order of the bytes. */
export const findObject = (objects: readonly DataObject[], tag: string): DataObject | undefined => {
  for (const object of objects) {
    if (object.tag === tag) return object;
    const within = object.children === undefined ? undefined : findObject(object.children, tag);
    if (within !== undefined) return within;
  }
  return undefined;
};

/** Every object that holds a value of its own, containers taken apart. */
export const leavesOf = (objects: readonly DataObject[]): DataObject[] =>
  objects.flatMap((object) =>
    object.children === undefined ? [object] : leavesOf(object.children),
  );
