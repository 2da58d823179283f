/**
 * Frames: what ID TECH readers of stripes send, and where each ends.
 *
 *   swipe        02 LenL LenH data… LRC Sum 03    LRC and Sum over the data  (SecureMag 80096504-001 p. 43)
 *   in hex text  the same after its `02`, each byte as two characters, masked tracks as they are; then the
 *                length counts characters, LRC and Sum run over them         (Bluefin Decryptx, SecuRED)
 *   answer       06 02 (function length data…)… 03 LRC, or 06 02 text 03 LRC  (iMag manual §§ 4.1-4.3)
 *   refusal      15, 16 or 17                                                 (SecureMag p. 16)
 *
 * An answer's LRC covers its 02 as well, so that the exclusive or of all but the 06 is 0. Nothing but the 06
 * tells an answer from a swipe: without it, one kind could be found inside the other.
 */
import { swipeAt, swipeDataBytesMax, type SwipeData } from '../../cards/idtech/swipe-frame.ts';
import { huntingFramer, type Around, type Found } from '../../frames/hunting.ts';
import type { Framer } from '../../frames/framer.ts';
import { answerAt, answerIn, type Answer } from './answer.ts';

const stx = 0x02;
const ack = 0x06;

/** What a refusal means (SecureMag p. 16). FD is the 15 of keyboard readers, which no line carries. */
export const refusals: Readonly<Record<number, string>> = {
  0x15: 'not acknowledged',
  0x16: 'unsupported ID',
  0x17: 'already in OPOS mode',
};

/** A hex frame is not longer than twice a binary one. */
export const frameBytesMax = 2 * swipeDataBytesMax + 12;

const acknowledgedAt = (bytes: Uint8Array, { isAll, isAfterGarbage }: Around): Found => {
  // A single byte proves nothing where bytes were damaged; with an answer behind it, it does.
  const alone = isAfterGarbage ? 'none' : 1;
  if (bytes.length === 1) return isAll ? alone : 'unfinished';
  if (bytes[1] !== stx) return alone;
  const answer = answerAt(bytes.subarray(1));
  const swipe = swipeAt(bytes.subarray(1));
  // Whichever is whole first; an acknowledgement in front of a swipe stands alone.
  if (typeof answer === 'number') return swipe.ok && swipe.byteCount < answer ? alone : answer + 1;
  return answer === 'none' || swipe.ok || isAll ? alone : 'unfinished';
};

/** What stands at the beginning of bytes that came over a serial line. */
export const frameAt = (bytes: Uint8Array, around: Around): Found => {
  const [first = 0] = bytes;
  if (first === ack) return acknowledgedAt(bytes, around);
  if (refusals[first] !== undefined) return around.isAfterGarbage ? 'none' : 1;
  const swipe = swipeAt(bytes);
  if (swipe.ok) return swipe.byteCount;
  return swipe.error === 'incomplete' ? 'unfinished' : 'none';
};

/** A framer for a serial line of these readers. */
export const idtechFramer = (): Framer => huntingFramer({ frameBytesMax, frameAt });

/** Bytes of the shortest swipe; as many that make no frame may have been one. */
export const swipeBytesMin = 40;

/** Milliseconds of silence after which half a frame is given up; at 9600 baud a byte takes about one. */
export const stalledAfterMs = 500;

/** What a frame is, once a framer has cut it. */
export type Frame =
  | { readonly is: 'swipe'; readonly data: SwipeData }
  | { readonly is: 'answer'; readonly answer: Answer }
  | { readonly is: 'acknowledged' }
  | { readonly is: 'refused'; readonly code: number };

/** Reads a whole frame, or `undefined` when it is none. */
export const readFrame = (frame: Uint8Array): Frame | undefined => {
  const [first = 0] = frame;
  if (first === ack && frame.length === 1) return { is: 'acknowledged' };
  if (first === ack) {
    const answer = answerIn(frame.subarray(1));
    return answer && { is: 'answer', answer };
  }
  if (frame.length === 1 && refusals[first] !== undefined) return { is: 'refused', code: first };
  const swipe = swipeAt(frame);
  return swipe.ok && swipe.byteCount === frame.length
    ? { is: 'swipe', data: swipe.data }
    : undefined;
};
