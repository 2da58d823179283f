/** Writes data objects, with the shortest length that holds each value. */
import { fromHex } from '../frames/hex.ts';

/** One object: its tag in hex, and its value (or the objects it is made of, already written). */
export const dataObject = (tag: string, ...values: readonly Uint8Array[]): Uint8Array => {
  const name = fromHex(tag);
  if (name === undefined || name.length === 0) {
    throw new RangeError(`${tag} is no tag; write it as hex digits, like 9F02.`);
  }
  const value = joined(...values);
  return joined(name, lengthOf(value.length), value);
};

/** Bytes one after another. */
export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** The bytes of a length: one below 0x80, else 81, 82 or 83 and as many as it takes. */
export const lengthOf = (length: number): Uint8Array => {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x10000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  if (length < 0x1000000) {
    return Uint8Array.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
  }
  throw new RangeError(`A value of ${length} bytes is longer than any length can say.`);
};
