/**
 * A lane: bytes on their way from one socket to another, which can be held back or slowed down. While it
 * holds, it stops reading too, so that the sender feels the pressure as on a real dead link.
 */
import type { Socket } from 'node:net';

/** How a lane moves: `bytesPerSecond` is without bound unless slowed. */
export interface Pace {
  readonly stalled: boolean;
  readonly bytesPerSecond: number;
}

export const freely: Pace = { stalled: false, bytesPerSecond: Infinity };

/** Bytes a lane takes in beyond what it could pass on before it stops reading. */
export const laneBytes = 65_536;
const tickMs = 20;

export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  #pace: Pace;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #tick: NodeJS.Timeout | undefined;
  #credit = 0;
  #finishing = false;

  constructor({ from, to, pace }: { from: Socket; to: Socket; pace: Pace }) {
    this.#from = from;
    this.#to = to;
    this.#pace = pace;
    to.on('drain', () => this.#move());
    // What was sent before the end still arrives, in its own time.
    from.once('close', () => {
      this.#finishing = true;
      this.#move();
    });
    to.once('close', () => clearTimeout(this.#tick));
    this.#move();
  }

  put(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#move();
  }

  set(pace: Pace): void {
    this.#pace = pace;
    this.#credit = 0;
    clearTimeout(this.#tick);
    this.#tick = undefined;
    this.#move();
  }

  #move(): void {
    if (!this.#pace.stalled) {
      if (this.#pace.bytesPerSecond === Infinity) this.#write(Infinity);
      else if (this.#waitingBytes > 0) this.#tick ??= setTimeout(() => this.#dole(), tickMs);
      if (this.#finishing && this.#waitingBytes === 0) this.#to.destroySoon();
    }
    if (this.#pace.stalled || this.#waitingBytes > laneBytes) this.#from.pause();
    else this.#from.resume();
  }

  // A fraction of a byte is kept as credit, so that even a few bytes a second add up.
  #dole(): void {
    this.#tick = undefined;
    this.#credit += (this.#pace.bytesPerSecond * tickMs) / 1_000;
    this.#credit -= this.#write(Math.floor(this.#credit));
    this.#move();
  }

  #write(atMost: number): number {
    let written = 0;
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || written >= atMost || this.#to.writableNeedDrain) break;
      const part = first.subarray(0, atMost - written);
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
      this.#to.write(part);
      written += part.length;
    }
    this.#waitingBytes -= written;
    return written;
  }
}
