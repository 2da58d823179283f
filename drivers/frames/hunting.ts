/**
 * A hunting framer: tries every place of a stream for the beginning of a frame.
 *
 * Where no frame can begin, one byte is given up and the next place is tried, so that a false start costs no
 * good frame behind it. A protocol brings one pure function that says what stands at the beginning of some
 * bytes; its answer about a prefix may only become more definite as the stream goes on.
 */
import type { Framer, FrameToken } from './framer.ts';

/** What stands at a place: a frame of so many bytes, perhaps one when more has come, or none. */
export type Found = number | 'unfinished' | 'none';

/** What is around a place. */
export interface Around {
  /** Nothing more is coming for now. */
  readonly isAll: boolean;
  /** The byte before was given up: what is short enough to be chance had better not be believed. */
  readonly isAfterGarbage: boolean;
}

/** How a protocol's frames are found. */
export interface Hunt {
  /** Bytes of the longest frame; nothing longer is ever held. */
  readonly frameBytesMax: number;
  /** What stands at the beginning of these bytes. */
  readonly frameAt: (bytes: Uint8Array, around: Around) => Found;
}

/** A framer for one stream. What it gives up is told as one `discarded`, before the next frame or silence. */
export const huntingFramer = ({ frameBytesMax, frameAt }: Hunt): Framer => {
  const held = new Uint8Array(frameBytesMax);
  let heldCount = 0;
  let unwantedCount = 0;
  let discardedCount = 0;

  // What was held may have been a card.
  const drop = (byteCount: number): void => {
    held.copyWithin(0, byteCount, heldCount);
    held.fill(0, heldCount - byteCount, heldCount);
    heldCount -= byteCount;
    unwantedCount = Math.max(0, unwantedCount - byteCount);
  };

  const discarded = (): FrameToken[] => {
    const byteCount = discardedCount;
    discardedCount = 0;
    return byteCount === 0 ? [] : [{ is: 'discarded', byteCount }];
  };

  const hunt = (isAll: boolean): FrameToken[] => {
    const tokens: FrameToken[] = [];
    while (heldCount > 0) {
      const isAfterGarbage = discardedCount > 0;
      const found = frameAt(held.subarray(0, heldCount), { isAll, isAfterGarbage });
      if (found === 'unfinished' && !isAll && heldCount < frameBytesMax) break;
      const byteCount = typeof found === 'number' ? found : 1;
      if (typeof found === 'number' && unwantedCount === 0) {
        tokens.push(...discarded(), { is: 'frame', bytes: held.slice(0, byteCount) });
      } else {
        discardedCount += byteCount;
      }
      drop(byteCount);
    }
    return tokens;
  };

  return {
    take(chunk) {
      const tokens: FrameToken[] = [];
      for (const byte of chunk) {
        held[heldCount] = byte;
        heldCount += 1;
        tokens.push(...hunt(false));
      }
      return tokens;
    },
    skip() {
      unwantedCount = heldCount;
    },
    stalled: () => [...hunt(true), ...discarded()],
  };
};
