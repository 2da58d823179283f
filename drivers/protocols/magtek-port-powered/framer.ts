/**
 * The framer: a message ends where STX, ETX or CR stands, whichever the reader was told to send.
 *
 * A reader that was told nothing sends none of them, in bursts of 5 to 6 ms with 10 ms between (Half Card
 * manual p. 13); then a long silence is all that ends a message, so what came before one counts as whole.
 */
import type { Framer, FrameToken } from '../../frames/framer.ts';

const framing: readonly number[] = [0x02, 0x03, 0x0d];

/** Bytes of the longest message: three tracks of ISO/IEC 7813 with sentinels, ESC and the sensor's digit. */
export const messageBytesMax = 240;

/** A framer for one stream of messages. */
export const portPoweredFramer = (): Framer => {
  const held = new Uint8Array(messageBytesMax);
  let heldCount = 0;
  let droppedCount = 0;

  const drop = (): void => {
    droppedCount += heldCount;
    heldCount = 0;
    held.fill(0);
  };

  const end = (): FrameToken[] => {
    const byteCount = droppedCount + heldCount;
    if (byteCount === 0) return [];
    const token: FrameToken =
      droppedCount === 0
        ? { is: 'frame', bytes: held.slice(0, heldCount) }
        : { is: 'discarded', byteCount };
    drop();
    droppedCount = 0;
    return [token];
  };

  return {
    take(chunk) {
      const tokens: FrameToken[] = [];
      for (const byte of chunk) {
        if (framing.includes(byte)) {
          tokens.push(...end());
          continue;
        }
        if (heldCount === held.length) drop();
        held[heldCount] = byte;
        heldCount += 1;
      }
      return tokens;
    },
    skip: drop,
    stalled: end,
  };
};
