/** Records: what a framer makes of a stream, with a watch over the silences in the middle of a frame. */
import { boundedLines } from '../frames/bounded-lines.ts';
import type { Framer, FrameToken, Framing } from '../frames/framer.ts';
import { bytesOf } from '../frames/latin1.ts';
import type { LineEvent, Timers } from './line.ts';

/** The records of one stream, until it is stopped. */
export interface Records {
  take(chunk: Uint8Array): void;
  skip(): void;
  stop(): void;
}

/** A framer of this framing. */
export const framerOf = (framing: Framing): Framer =>
  framing.by === 'framer'
    ? framing.framer()
    : boundedLines({
        delimiter: bytesOf(framing.delimiter),
        lineBytesMax: framing.recordBytesMax,
      });

/** Cuts a stream into records; each is told to `hear`, as is what had to be discarded. */
export const recordsOf = (
  framing: Framing,
  timers: Timers,
  hear: (event: LineEvent) => void,
): Records => {
  const framer = framerOf(framing);
  let isStopped = false;
  let callOff = (): void => {};
  const say = (tokens: readonly FrameToken[]): void => {
    for (const token of tokens) {
      if (isStopped) return;
      if (token.is === 'discarded') hear(token);
      // An empty record says nothing, on a serial port as elsewhere.
      else if (token.bytes.length > 0) hear({ is: 'record', bytes: token.bytes });
    }
  };
  return {
    take(chunk) {
      callOff();
      say(framer.take(chunk));
      if (isStopped || framing.by === 'delimiter') return;
      callOff = timers.after(framing.stalledAfterMs, () => say(framer.stalled()));
    },
    skip: () => framer.skip(),
    stop() {
      isStopped = true;
      callOff();
    },
  };
};
