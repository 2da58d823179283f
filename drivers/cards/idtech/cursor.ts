/** A cursor over a swipe's data: the same fields, whether they came as bytes or as hex text. */
import { fromHex } from '../../frames/hex.ts';
import { textOf } from '../../frames/latin1.ts';
import type { SwipeData } from './swipe-frame.ts';

/** Takes fields one after another. Past the end, or where hex is none, it gives zeros and has failed. */
export interface Cursor {
  byte(): number;
  bytes(byteCount: number): Uint8Array;
  /** Characters that stand as they are in either form. */
  text(characterCount: number): string;
  /** Bytes of ASCII, without blanks and zeros around them. */
  ascii(byteCount: number): string;
  readonly hasFailed: boolean;
  /** Bytes (of hex text: whole pairs) that have not been taken. */
  readonly left: number;
}

/** A cursor at the beginning of some data. */
export const cursorOver = ({ form, bytes: data }: SwipeData): Cursor => {
  const width = form === 'hex' ? 2 : 1;
  let at = 0;
  let hasFailed = false;

  const raw = (count: number): Uint8Array | undefined => {
    if (at + count > data.length) {
      hasFailed = true;
      return undefined;
    }
    at += count;
    return data.subarray(at - count, at);
  };

  const bytes = (byteCount: number): Uint8Array => {
    const taken = raw(byteCount * width);
    const value = form === 'hex' && taken !== undefined ? fromHex(textOf(taken)) : taken?.slice();
    if (value === undefined) hasFailed = true;
    return value ?? new Uint8Array();
  };

  return {
    byte: () => bytes(1)[0] ?? 0,
    bytes,
    text: (characterCount) => textOf(raw(characterCount) ?? new Uint8Array()),
    ascii: (byteCount) => textOf(bytes(byteCount)).replace(/^[\0 ]+|[\0 ]+$/g, ''),
    get hasFailed() {
      return hasFailed;
    },
    get left() {
      return (data.length - at) / width;
    },
  };
};
