/**
 * The frame of a swipe, as every ID TECH reader sends it: alone on a line, or within a larger message.
 *
 *   02 LenL LenH data… LRC Sum 03   LRC and Sum over the data (SecureMag 80096504-001 p. 43)
 *
 * In hex text, as keyboard readers send it, each byte is two characters but those of masked tracks; then the
 * length counts characters, and LRC and Sum run over them (Bluefin Decryptx, SecuRED).
 */
import { fromHex } from '../../frames/hex.ts';
import { textOf } from '../../frames/latin1.ts';
import { lrcOf, sumOf } from '../../frames/lrc.ts';

const stx = 0x02;
const etx = 0x03;

/** Bytes of the longest data a swipe has; HID reports of these readers hold 512 (SecureHead p. 24). */
export const swipeDataBytesMax = 1_024;

/** A swipe's data: bytes, or the characters of the hex form. */
export interface SwipeData {
  readonly form: 'binary' | 'hex';
  readonly bytes: Uint8Array;
  readonly lrc: number;
  readonly sum: number;
}

/** What is wrong with bytes that begin like a swipe. */
export type SwipeError = 'start' | 'length' | 'incomplete' | 'end' | 'lrc' | 'checksum';

/** Whole bytes of a swipe, or what is missing. */
export type SwipeFound =
  | { readonly ok: true; readonly data: SwipeData; readonly byteCount: number }
  | { readonly ok: false; readonly error: SwipeError; readonly byteCount: number };

/** Where the parts of a swipe lie: how many bytes a byte takes, and how to read one there. */
interface Form {
  readonly width: 1 | 2;
  readonly byteAt: (bytes: Uint8Array, at: number) => number | undefined;
}

const forms: Readonly<Record<SwipeData['form'], Form>> = {
  binary: { width: 1, byteAt: (bytes, at) => bytes[at] },
  hex: { width: 2, byteAt: (bytes, at) => fromHex(textOf(bytes.subarray(at, at + 2)))?.[0] },
};

/** Reads the swipe these bytes begin with. `byteCount` is what its length asks for, as far as it is known. */
export const swipeAt = (bytes: Uint8Array): SwipeFound => {
  const form = bytes[0] === stx ? 'binary' : 'hex';
  const { width, byteAt } = forms[form];
  const wrong = (error: SwipeError, byteCount: number): SwipeFound => ({
    ok: false,
    error,
    byteCount,
  });
  if (bytes.length < width) return wrong(bytes[0] === 0x30 ? 'incomplete' : 'start', width);
  if (byteAt(bytes, 0) !== stx) return wrong('start', width);
  if (bytes.length < 3 * width) return wrong('incomplete', 3 * width);
  const low = byteAt(bytes, width);
  const high = byteAt(bytes, 2 * width);
  if (low === undefined || high === undefined) return wrong('length', 3 * width);
  const dataCount = low | (high << 8);
  if (dataCount < 5 * width || dataCount > swipeDataBytesMax * width) {
    return wrong('length', 3 * width);
  }
  const end = 3 * width + dataCount;
  const byteCount = end + 3 * width;
  if (bytes.length < byteCount) return wrong('incomplete', byteCount);
  const data = bytes.subarray(3 * width, end);
  const [lrc, sum, last] = [0, 1, 2].map((nth) => byteAt(bytes, end + nth * width));
  if (last !== etx) return wrong('end', byteCount);
  if (lrc !== lrcOf(data)) return wrong('lrc', byteCount);
  if (sum !== sumOf(data)) return wrong('checksum', byteCount);
  return { ok: true, data: { form, bytes: data, lrc, sum }, byteCount };
};
