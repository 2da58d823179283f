/**
 * A wire without a port: a line and a simulated reader in one process, under whatever clock is given.
 *
 * It keeps every promise of a line: nothing is said before `open` has returned, and nothing after `ended`.
 */
import {
  recordsOf,
  type Framing,
  type Line,
  type LineEnd,
  type LineEvent,
  type OpenLine,
  type Records,
  type Timers,
} from '../../drivers/index.ts';
import type { MakeReader, SimulatedReader } from './simulated-reader.ts';

/** Both ends of a wire. */
export interface Wire<R extends SimulatedReader> {
  readonly reader: R;
  /** The agent's end; one opening at a time, others find it busy. */
  readonly open: OpenLine;
  /** Sends bytes as they are, as noise on the cable does. */
  send(bytes: Uint8Array): void;
  unplug(): void;
  replug(): void;
  /** Whoever had it open is gone; the next may open it. */
  release(): void;
}

/** Strings a wire between the agent and a reader. */
export const stringWire = <R extends SimulatedReader>(
  make: MakeReader<R>,
  framing: Framing,
  timers: Timers,
): Wire<R> => {
  let isPlugged = true;
  let opened: WireEnd | undefined;
  const send = (bytes: Uint8Array) => opened?.take(bytes);
  const reader = make(send);
  return {
    reader,
    open: (hear) => {
      const end = new WireEnd(hear, framing, timers);
      if (!isPlugged) end.end('absent', 'The wire is not plugged in.');
      else if (opened?.isLive === true) end.end('busy', 'The wire is in use (PORT_BUSY).');
      else opened = end.start((bytes) => reader.receive(bytes));
      return end;
    },
    send,
    unplug() {
      isPlugged = false;
      opened?.end('unplugged', 'The wire was pulled.');
    },
    replug() {
      isPlugged = true;
    },
    release() {
      opened?.end('closed', 'Whoever had it open is gone.');
    },
  };
};

class WireEnd implements Line {
  readonly #hear: (event: LineEvent) => void;
  readonly #records: Records;
  readonly #timers: Timers;
  #toReader: (bytes: Uint8Array) => void = () => {};
  #isOpen = false;
  isLive = true;

  constructor(hear: (event: LineEvent) => void, framing: Framing, timers: Timers) {
    this.#hear = hear;
    this.#records = recordsOf(framing, timers, hear);
    this.#timers = timers;
  }

  start(toReader: (bytes: Uint8Array) => void): this {
    this.#toReader = toReader;
    this.#timers.after(0, () => {
      if (!this.isLive) return;
      this.#isOpen = true;
      this.#hear({ is: 'opened' });
    });
    return this;
  }

  // What comes before the line is open is lost, as on a port that nobody has opened yet.
  take(bytes: Uint8Array): void {
    if (this.#isOpen) this.#records.take(bytes);
  }

  send(bytes: Uint8Array): void {
    this.#timers.after(0, () => {
      if (this.isLive) this.#toReader(bytes);
    });
  }

  query(bytes: Uint8Array): void {
    this.send(bytes);
  }

  skip(): void {
    this.#records.skip();
  }

  close(): void {
    this.end('closed', 'The wire was closed.');
  }

  end(why: LineEnd, detail: string): void {
    if (!this.isLive) return;
    this.isLive = false;
    this.#records.stop();
    this.#timers.after(0, () => this.#hear({ is: 'ended', why, detail }));
  }
}
