/**
 * Answers to commands: `02 (function length data…)… 03 LRC`, or `02 text 03 LRC` (iMag manual §§ 4.1-4.3).
 *
 * The LRC covers the 02 as well, so that the exclusive or of the whole answer is 0.
 */
import type { Found } from '../../frames/hunting.ts';
import { textOf } from '../../frames/latin1.ts';
import { lrcOf } from '../../frames/lrc.ts';

const etx = 0x03;

/** Bytes of the longest answer: a function's length is one byte; a review of all takes a few hundred. */
const answerBytesMax = 1_024;

/** What an answer says: one text, or the data of each function. */
export type Answer =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'functions'; readonly functions: readonly FunctionData[] };

/** A function of the reader and its data. */
export interface FunctionData {
  readonly id: number;
  readonly data: Uint8Array;
}

/** Reads an answer from its 02 to its LRC, or `undefined` when it is none. */
export const answerIn = (bytes: Uint8Array): Answer | undefined => {
  if (lrcOf(bytes) !== 0) return undefined;
  const body = bytes.subarray(1, -2);
  if (textEnd(bytes) === bytes.length) return { is: 'text', text: textOf(body) };
  const functions: FunctionData[] = [];
  let at = 0;
  while (at < body.length) {
    const end = at + 2 + (body[at + 1] ?? 0);
    if (end > body.length) return undefined;
    functions.push({ id: body[at] ?? 0, data: body.slice(at + 2, end) });
    at = end;
  }
  return functions.length === 0 ? undefined : { is: 'functions', functions };
};

// Where the frame ends if its body is text; `undefined` where it cannot be.
const textEnd = (bytes: Uint8Array): number | undefined => {
  const end = bytes.findIndex((byte, at) => at > 0 && (byte < 0x20 || byte > 0x7e));
  if (end === -1) return Infinity;
  return bytes[end] === etx && end > 1 ? end + 2 : undefined;
};

// The same for a body of functions: each says how long it is, and no function has the number 3.
const functionsEnd = (bytes: Uint8Array): number | undefined => {
  let at = 1;
  while (at < bytes.length && bytes[at] !== etx) {
    const dataCount = bytes[at + 1];
    if (dataCount === undefined) return Infinity;
    at += 2 + dataCount;
  }
  if (at >= bytes.length) return Infinity;
  return at > 1 ? at + 2 : undefined;
};

/** What stands at the beginning of bytes that begin with an answer's 02. */
export const answerAt = (bytes: Uint8Array): Found => {
  const ends = [textEnd(bytes), functionsEnd(bytes)].filter((end) => end !== undefined);
  const last = Math.min(bytes.length, answerBytesMax);
  const whole = ends.filter((end) => end <= last && lrcOf(bytes.subarray(0, end)) === 0);
  if (whole.length > 0) return Math.min(...whole);
  const isUnfinished = ends.some((end) => end > bytes.length) && bytes.length < answerBytesMax;
  return isUnfinished ? 'unfinished' : 'none';
};
