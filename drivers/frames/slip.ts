/**
 * SLIP (RFC 1055): frames between END bytes, on a line that has no packets of its own.
 *
 * An END never occurs within a frame, so a broken frame costs no other: whatever lies between two of them is
 * a frame or it is not, and the next begins anew. An empty one is what two ENDs in a row make, and no news.
 */
import type { Framer, FrameToken } from './framer.ts';

const end = 0xc0;
const escape = 0xdb;
const escapedEnd = 0xdc;
const escapedEscape = 0xdd;

/** How frames are told from noise. */
export interface SlipFraming {
  /** Bytes of the longest frame, its escapes taken away. */
  readonly frameBytesMax: number;
  /** Whether what lay between two ENDs is a whole frame; noise on the line is not. */
  readonly isFrame: (bytes: Uint8Array) => boolean;
}

/** A framer for one stream. Bytes discarded are counted as they came, without their ENDs. */
export const slipFramer = (framing: SlipFraming): Framer => new SlipFramer(framing);

class SlipFramer implements Framer {
  readonly #isFrame: (bytes: Uint8Array) => boolean;
  readonly #held: Uint8Array;
  #heldCount = 0;
  /** Bytes since the last END, as they came. */
  #cameCount = 0;
  #isEscaped = false;
  #isBroken = false;

  constructor({ frameBytesMax, isFrame }: SlipFraming) {
    this.#held = new Uint8Array(frameBytesMax);
    this.#isFrame = isFrame;
  }

  take(chunk: Uint8Array): readonly FrameToken[] {
    const tokens: FrameToken[] = [];
    for (const byte of chunk) {
      if (byte !== end) {
        this.#hold(byte);
        continue;
      }
      if (this.#cameCount > 0) tokens.push(this.#cut());
    }
    return tokens;
  }

  skip(): void {
    if (this.#cameCount > 0) this.#isBroken = true;
  }

  // What comes after it until the next END is no frame either, and told then.
  stalled(): readonly FrameToken[] {
    this.skip();
    return this.#cameCount > 0 ? [this.#cut()] : [];
  }

  #hold(byte: number): void {
    this.#cameCount += 1;
    if (byte === escape && !this.#isEscaped) {
      this.#isEscaped = true;
      return;
    }
    const isRight = !this.#isEscaped || byte === escapedEnd || byte === escapedEscape;
    if (!isRight || this.#heldCount === this.#held.length) this.#isBroken = true;
    if (this.#isBroken) return;
    this.#held[this.#heldCount] = this.#isEscaped ? (byte === escapedEnd ? end : escape) : byte;
    this.#heldCount += 1;
    this.#isEscaped = false;
  }

  #cut(): FrameToken {
    const frame = this.#held.slice(0, this.#heldCount);
    const isWhole = !this.#isBroken && !this.#isEscaped && this.#isFrame(frame);
    const token: FrameToken = isWhole
      ? { is: 'frame', bytes: frame }
      : { is: 'discarded', byteCount: this.#cameCount };
    // What was held may have been a card.
    if (!isWhole) frame.fill(0);
    this.#held.fill(0, 0, this.#heldCount);
    this.#heldCount = 0;
    this.#cameCount = 0;
    this.#isEscaped = false;
    this.#isBroken = false;
    return token;
  }
}

/** A frame as it goes over the line. The END in front closes whatever noise there was. */
export const slipFrame = (bytes: Uint8Array): Uint8Array => {
  const written: number[] = [end];
  for (const byte of bytes) {
    if (byte === end) written.push(escape, escapedEnd);
    else if (byte === escape) written.push(escape, escapedEscape);
    else written.push(byte);
  }
  written.push(end);
  return Uint8Array.from(written);
};
