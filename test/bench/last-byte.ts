/** The last byte: kept back for a moment, as on a slow wire, so that what follows it can be timed. */
import type { Timers } from '../../drivers/index.ts';

type Send = (bytes: Uint8Array) => void;

/** At 9600 baud a byte takes one; by then the bytes before it have been read and put away. */
const apartMs = 5;

export class LastByte {
  /** When the last one was handed over, by the clock of `performance`. */
  sentAt = NaN;
  readonly #timers: Timers;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Sends like this, but for the last byte of all that is sent at once. */
  readonly before =
    (send: Send): Send =>
    (bytes) => {
      send(bytes.subarray(0, -1));
      this.#timers.after(apartMs, () => {
        this.sentAt = performance.now();
        send(bytes.subarray(-1));
      });
    };
}
