/**
 * A playback: a tape played to a driver, as fast as it takes it. Driver and framer are those of the agent,
 * with the framing of the protocol's row; only the port is none.
 */
import {
  protocols,
  recordsOf,
  type LineEvent,
  type ProtocolRow,
  type Reader,
  type ReaderEvent,
  type Timers,
} from '../../drivers/index.ts';
import { handTimers } from '../rigs/hand-timers.ts';
import { copyOf, wish, type Passage, type Tape } from './tape.ts';

/** What went over the line in the sales of a tape. */
export interface Played {
  /** Of a processor; nobody else's work is in it. */
  readonly ms: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Bytes a serial port gives at once. */
const chunkBytes = 64;

/** Plays a tape once; throws unless every card on it was read. */
export const played = (tape: Tape, clock: Timers): Played => {
  const driver = new PlayedDriver(tape, clock);
  driver.play(tape.opening);
  const sold = driver.sell(tape.sales);
  driver.close();
  if (driver.cards === tape.cards) return sold;
  throw new Error(`Of ${tape.cards} cards the driver of ${tape.protocol} read ${driver.cards}.`);
};

class PlayedDriver {
  cards = 0;
  #frames = 0;
  #bytes = 0;
  #isSelling = false;
  #hearLine: (event: LineEvent) => void = () => undefined;
  readonly #hand = handTimers();
  readonly #reader: Reader;
  readonly #take: (bytes: Uint8Array) => void;
  readonly #stop: () => void;

  constructor({ protocol, line }: Tape, clock: Timers) {
    const row: ProtocolRow = protocols[protocol];
    // Opening has silences, which are wound on by hand; selling has none, and timers at their real price.
    const timers: Timers = {
      after: (ms, then) => (this.#isSelling ? clock : this.#hand).after(ms, then),
    };
    let skip = () => {};
    this.#reader = row.openReader({
      ...{ line, timers, settings: {} },
      open: (hear) => {
        this.#hearLine = hear;
        return { send() {}, query() {}, skip: () => skip(), close() {} };
      },
      hear: (event) => this.#hear(event),
    });
    const framing = line === 'serial' ? row.lines.serial?.framing : undefined;
    const records = framing && recordsOf(framing, timers, (event) => this.#tell(event));
    skip = () => records?.skip();
    this.#take = (bytes) => records?.take(bytes);
    this.#stop = () => records?.stop();
  }

  play(passages: readonly Passage[]): void {
    for (const passage of passages) this.#pass(passage);
  }

  sell(passages: readonly Passage[]): Played {
    this.#isSelling = true;
    this.#frames = 0;
    this.#bytes = 0;
    const began = process.cpuUsage();
    this.play(passages);
    const { user, system } = process.cpuUsage(began);
    return { ms: (user + system) / 1000, frames: this.#frames, bytes: this.#bytes };
  }

  close(): void {
    this.#reader.close();
    this.#stop();
  }

  #pass(passage: Passage): void {
    switch (passage.is) {
      case 'bytes':
        this.#bytes += passage.bytes.length;
        for (let at = 0; at < passage.bytes.length; at += chunkBytes) {
          this.#take(passage.bytes.subarray(at, at + chunkBytes));
        }
        return;
      case 'event':
        if (passage.event.is === 'record') this.#bytes += passage.event.bytes.length;
        return this.#tell(copyOf(passage.event));
      case 'time':
        return this.#hand.pass(passage.ms);
      default:
        return wish(this.#reader, passage);
    }
  }

  #tell(event: LineEvent): void {
    if (event.is === 'record') this.#frames += 1;
    this.#hearLine(event);
  }

  #hear(event: ReaderEvent): void {
    if (event.is !== 'card') return;
    this.cards += 1;
    event.read.likeness.wipe();
    event.read.accountData.wipe();
  }
}
