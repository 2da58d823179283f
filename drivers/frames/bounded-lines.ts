/**
 * Bounded lines: cuts a byte stream at its delimiter, and never holds more than one line.
 *
 * A line is held back until its delimiter has come; one longer than `lineBytesMax` is dropped up to the next
 * delimiter and reported by its length. However the stream is chunked, the result is the same.
 */
import type { Framer, FrameToken } from './framer.ts';

/** How lines are told apart. */
export interface LineFraming {
  readonly delimiter: Uint8Array;
  /** Bytes of the longest line that passes, its delimiter not counted. */
  readonly lineBytesMax: number;
}

/** A framer whose frames are lines without their delimiter. It never stalls: a line may take its time. */
export interface BoundedLines extends Framer {
  /** What has come of a line without its delimiter; the framer starts afresh. */
  rest(): FrameToken | undefined;
}

/** A framer for one stream of lines. */
export const boundedLines = ({ delimiter, lineBytesMax }: LineFraming): BoundedLines => {
  if (delimiter.length === 0) throw new RangeError('A delimiter is at least one byte.');
  const held = new Uint8Array(lineBytesMax + delimiter.length);
  let heldCount = 0;
  let droppedCount = 0;

  // Its last byte first, which nearly every byte of a line is not.
  const endsWithDelimiter = (): boolean => {
    const start = heldCount - delimiter.length;
    if (start < 0) return false;
    for (let at = delimiter.length - 1; at >= 0; at -= 1) {
      if (held[start + at] !== delimiter[at]) return false;
    }
    return true;
  };

  // The delimiter's beginning may be among the last bytes, so those are kept when a line overflows.
  const dropAllButTail = (): void => {
    const tail = Math.min(delimiter.length - 1, heldCount);
    droppedCount += heldCount - tail;
    held.copyWithin(0, heldCount - tail, heldCount);
    held.fill(0, tail);
    heldCount = tail;
  };

  const cut = (lineByteCount: number): FrameToken => {
    const token: FrameToken =
      droppedCount === 0 && lineByteCount <= lineBytesMax
        ? { is: 'frame', bytes: held.slice(0, lineByteCount) }
        : { is: 'discarded', byteCount: droppedCount + lineByteCount };
    // What was held may have been a card.
    held.fill(0);
    heldCount = 0;
    droppedCount = 0;
    return token;
  };

  return {
    take(chunk) {
      const tokens: FrameToken[] = [];
      for (const byte of chunk) {
        if (heldCount === held.length) dropAllButTail();
        held[heldCount] = byte;
        heldCount += 1;
        if (endsWithDelimiter()) tokens.push(cut(heldCount - delimiter.length));
      }
      return tokens;
    },
    skip: () => dropAllButTail(),
    stalled: () => [],
    rest: () => (heldCount + droppedCount === 0 ? undefined : cut(heldCount)),
  };
};
