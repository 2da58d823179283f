/**
 * Data objects as ID TECH writes them: BER-TLV with a mark in front of some lengths.
 *
 *   57 A1 11 …   the value is masked      57 C1 18 …   the value is encrypted
 *
 * (Encrypted Data Output 80000502-001; a BER length never begins with A1 or C1.) Older readers send the
 * ciphertext as 57 and 5A themselves, and the masked values as DFEF5D and DFEF5B (Augusta p. 32).
 */
import { depthMax, objectsMax, readLength, tagBytesMax, type DataObject } from '../../emv/tlv.ts';
import { toHex } from '../../frames/hex.ts';

/** What a reader told, sorted by what it did to it. Containers are taken apart; views into the bytes. */
export interface Objects {
  readonly plain: readonly DataObject[];
  readonly masked: ReadonlyMap<string, Uint8Array>;
  readonly encrypted: ReadonlyMap<string, Uint8Array>;
}

const marks: Readonly<Record<number, 'masked' | 'encrypted'>> = {
  0xa1: 'masked',
  0xc1: 'encrypted',
};

/** Reads data objects one after another, or `undefined` when the bytes are none. */
export const readMarked = (bytes: Uint8Array): Objects | undefined => {
  const found: Found = { plain: [], masked: new Map(), encrypted: new Map() };
  return gather(bytes, 0, found) ? withoutDisguise(found) : undefined;
};

interface Found {
  readonly plain: DataObject[];
  readonly masked: Map<string, Uint8Array>;
  readonly encrypted: Map<string, Uint8Array>;
}

const gather = (bytes: Uint8Array, depth: number, found: Found): boolean => {
  if (depth > depthMax) return false;
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === 0x00) {
      at += 1;
      continue;
    }
    const tagCount = tagCountAt(bytes, at);
    if (tagCount === undefined) return false;
    const tag = bytes.subarray(at, at + tagCount);
    const mark = marks[bytes[at + tagCount] ?? 0];
    const lengthAt = at + tagCount + (mark === undefined ? 0 : 1);
    const length = readLength(bytes, lengthAt);
    if (!length.ok) return false;
    at = lengthAt + length.bytesUsed + length.length;
    if (at > bytes.length) return false;
    const value = bytes.subarray(at - length.length, at);
    if (!keep(tag, value, mark, { found, depth })) return false;
  }
  return true;
};

const keep = (
  tag: Uint8Array,
  value: Uint8Array,
  mark: 'masked' | 'encrypted' | undefined,
  { found, depth }: { readonly found: Found; readonly depth: number },
): boolean => {
  if (found.plain.length + found.masked.size + found.encrypted.size >= objectsMax) return false;
  const name = toHex(tag);
  if (mark !== undefined) {
    found[mark].set(name, value);
    return true;
  }
  const isConstructed = ((tag[0] ?? 0) & 0x20) !== 0;
  if (isConstructed) return gather(value, depth + 1, found);
  found.plain.push({ tag: name, value });
  return true;
};

const tagCountAt = (bytes: Uint8Array, at: number): number | undefined => {
  if (((bytes[at] ?? 0) & 0x1f) !== 0x1f) return 1;
  for (let count = 2; count <= tagBytesMax; count += 1) {
    const byte = bytes[at + count - 1];
    if (byte === undefined) return undefined;
    if (byte < 0x80) return count;
  }
  return undefined;
};

/** Where the masked values have tags of their own, those of the card are ciphertext without a mark. */
const disguises: readonly (readonly [string, string])[] = [
  ['DFEF5D', '57'],
  ['DFEF5B', '5A'],
];

const withoutDisguise = (found: Found): Objects => {
  let { plain } = found;
  for (const [maskTag, tag] of disguises) {
    const mask = plain.find((one) => one.tag === maskTag);
    const ciphertext = plain.find((one) => one.tag === tag);
    if (mask === undefined) continue;
    found.masked.set(tag, mask.value);
    if (ciphertext !== undefined) found.encrypted.set(tag, ciphertext.value);
    plain = plain.filter((one) => one.tag !== maskTag && one.tag !== tag);
  }
  return { ...found, plain };
};
