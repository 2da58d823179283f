/**
 * A framer: cuts the bytes of a stream into frames, and never holds more than one frame and its limit.
 *
 * It is pure: however the stream is chunked, the tokens are the same, and bytes that are no frame cost no
 * good frame that follows them. It has no clock; whoever feeds it tells it that the stream has stalled.
 */

/** A whole frame, or the length of what was no frame. */
export type FrameToken =
  | { readonly is: 'frame'; readonly bytes: Uint8Array }
  | { readonly is: 'discarded'; readonly byteCount: number };

/** Takes chunks as they come. The bytes of its frames belong to the caller, who may wipe them. */
export interface Framer {
  /** The frames that end within this chunk. */
  take(chunk: Uint8Array): readonly FrameToken[];
  /** Drops the frame that has begun to come, with the rest of it. */
  skip(): void;
  /** Nothing came for a while: half a frame is given up, and what it swallowed is looked through again. */
  stalled(): readonly FrameToken[];
}

/** How a stream is cut: at a delimiter, or by a protocol's own framer. */
export type Framing =
  | {
      readonly by: 'delimiter';
      readonly delimiter: string;
      /** Bytes of the longest record, its delimiter not counted; longer ones are discarded. */
      readonly recordBytesMax: number;
    }
  | {
      readonly by: 'framer';
      readonly framer: () => Framer;
      /** Milliseconds of silence in the middle of a frame after which it has stalled. */
      readonly stalledAfterMs: number;
    };
