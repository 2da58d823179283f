/**
 * The door to serial ports: the only file that opens one.
 *
 *   port ─ bounding Transform ─ ReadlineParser ─ `record`     where records are lines
 *   port ─ framer ─ `record`                                  where a protocol has frames of its own
 *
 * The transform is there because the parser alone buffers without limit. Writes go one at a time, each with
 * a deadline. Whatever way a port is lost (`close`, `error`, `end`, a failed write), `ended` is said once.
 */
import { Transform } from 'node:stream';
import { ReadlineParser } from '@serialport/parser-readline';
import { SerialPort } from 'serialport';
import { boundedLines } from '../frames/bounded-lines.ts';
import type { Framer, Framing } from '../frames/framer.ts';
import { bytesOf } from '../frames/latin1.ts';
import { whyNotOpened } from '../serial/refusal.ts';
import type { Line, LineEnd, LineEvent, OpenLine, Timers } from './line.ts';
import { recordsOf } from './records.ts';
import { lookAtPort } from './ttys.ts';
import { writesOf, writesWaitingMax, type Writes } from './writes.ts';

/** A port and how to speak over it. */
export interface SerialLineOptions {
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits?: 7 | 8;
  readonly parity?: 'none' | 'even' | 'odd' | 'mark';
  readonly stopBits?: 1 | 2;
  readonly framing: Framing;
  /** Milliseconds one write may take. */
  readonly writeWithinMs: number;
}

/** Limits of every serial line. */
export const serialLimits = {
  writesWaitingMax,
  /** Milliseconds after opening in which old bytes are read and thrown away. */
  settleMs: 60,
  /** Milliseconds a port may take to close before it is given up. */
  closeWithinMs: 2_000,
} as const;

const checkCable = 'check the cable and the power of the reader';

type State = 'opening' | 'settling' | 'open' | 'ending' | 'ended';

/** A way to open the port; it is held exclusively from then on. */
export const openSerialLine =
  (options: SerialLineOptions, timers: Timers): OpenLine =>
  (hear) =>
    new SerialLine(options, timers, hear);

class SerialLine implements Line {
  readonly #options: SerialLineOptions;
  readonly #timers: Timers;
  readonly #hear: (event: LineEvent) => void;
  readonly #writes: Writes;
  #state: State = 'opening';
  #port: SerialPort | undefined;
  #last: LineEvent = { is: 'ended', why: 'closed', detail: '' };
  #skip: () => void = () => {};
  #stopRecords: () => void = () => {};
  #callOff: () => void = () => {};

  constructor(options: SerialLineOptions, timers: Timers, hear: (event: LineEvent) => void) {
    this.#options = options;
    this.#timers = timers;
    this.#hear = hear;
    this.#writes = writesOf({
      timers,
      path: options.path,
      withinMs: options.writeWithinMs,
      // Not drained: tcdrain would hold a thread of the pool for as long as the device holds the line.
      write: (bytes, done) => void this.#port?.write(bytes, undefined, done),
      fail: (why, detail) => this.#end(why, detail),
    });
    try {
      this.#port = this.#open();
    } catch (error) {
      // Wrong options throw at once, but nothing may be said before the line is in somebody's hands.
      this.#callOff = timers.after(0, () => this.#notOpened(messageOf(error)));
    }
  }

  send(bytes: Uint8Array): void {
    this.#writes.add(bytes);
  }

  query(bytes: Uint8Array): void {
    this.send(bytes);
  }

  skip(): void {
    this.#skip();
  }

  close(): void {
    this.#end('closed', `${this.#options.path} was closed.`);
  }

  #open(): SerialPort {
    const { path, baudRate, dataBits = 8, parity = 'none', stopBits = 1 } = this.#options;
    const port = new SerialPort({ path, baudRate, dataBits, parity, stopBits, autoOpen: false });
    port.on('error', (error) => this.#end('failed', `${path} failed: ${messageOf(error)}.`));
    port.on('end', () => this.#end('unplugged', `${path} hung up; ${checkCable}.`));
    port.on('close', (error: unknown) => {
      // A stream that destroys itself says `close` before its port has closed.
      if (port.closing) return;
      this.#end('unplugged', `${path} went away (${messageOf(error)}); ${checkCable}.`);
      this.#released();
    });
    port.open((error) => {
      if (error) return this.#notOpened(error.message);
      if (this.#state !== 'opening') return port.close();
      this.#settle(port);
    });
    return port;
  }

  // What came before anybody listened is of no use: an old card, or the second half of one.
  #settle(port: SerialPort): void {
    this.#state = 'settling';
    this.#heedHangUp(port);
    let staleByteCount = 0;
    const discard = (bytes: Uint8Array) => {
      staleByteCount += bytes.length;
    };
    port.on('data', discard);
    // Some readers send only while DTR is up. A pseudo terminal has no modem lines and says so.
    port.set({ dtr: true, rts: true }, () => {});
    this.#callOff = this.#timers.after(serialLimits.settleMs, () => {
      port.off('data', discard);
      this.#listen(port);
      if (staleByteCount > 0) this.#say({ is: 'discarded', byteCount: staleByteCount });
      this.#writes.start();
    });
  }

  // From a terminal that hung up one reads no bytes, again and again, and that is what the port does when it
  // happens in the middle of a read; only whoever polls is told.
  #heedHangUp({ port: binding }: SerialPort): void {
    if (binding === undefined || !('poller' in binding)) return;
    const { path } = this.#options;
    binding.poller.once('disconnect', () =>
      this.#end('unplugged', `${path} hung up; ${checkCable}.`),
    );
  }

  #listen(port: SerialPort): void {
    const { framing } = this.#options;
    if (framing.by === 'delimiter') this.#listenForLines(port, framing);
    else this.#listenForFrames(port, framing);
    this.#state = 'open';
    this.#say({ is: 'opened' });
  }

  #listenForLines(port: SerialPort, framing: Extract<Framing, { by: 'delimiter' }>): void {
    const { recordBytesMax: lineBytesMax } = framing;
    const delimiter = bytesOf(framing.delimiter);
    const lines = boundedLines({ delimiter, lineBytesMax });
    const discarded = (byteCount: number) => this.#say({ is: 'discarded', byteCount });
    // One character a byte: nothing on a serial line is UTF-8.
    const parser = new ReadlineParser({ delimiter: framing.delimiter, encoding: 'latin1' });
    parser.on('data', (text: string) => this.#say({ is: 'record', bytes: bytesOf(text) }));
    port.pipe(boundingTransform(lines, delimiter, discarded)).pipe(parser);
    this.#skip = () => lines.skip();
  }

  #listenForFrames(port: SerialPort, framing: Framing): void {
    const records = recordsOf(framing, this.#timers, (event) => this.#say(event));
    port.on('data', (bytes: Uint8Array) => records.take(bytes));
    this.#skip = () => records.skip();
    this.#stopRecords = () => records.stop();
  }

  #say(event: LineEvent): void {
    if (this.#state === 'open') this.#hear(event);
  }

  #notOpened(message: string): void {
    const { path } = this.#options;
    this.#end(...whyNotOpened(path, message, lookAtPort(path)));
    this.#released();
  }

  #end(why: LineEnd, detail: string): void {
    if (this.#state === 'ending' || this.#state === 'ended') return;
    const isOpening = this.#state === 'opening';
    this.#state = 'ending';
    this.#last = { is: 'ended', why, detail };
    this.#writes.stop();
    this.#callOff();
    this.#stopRecords();
    // The port is let go first, so that whoever hears of the end may open it again at once.
    this.#callOff = this.#timers.after(serialLimits.closeWithinMs, () => this.#released());
    if (this.#port?.isOpen === true) this.#port.close();
    // A port still opening, or already closing, comes by `#released` on its own.
    else if (this.#port === undefined) this.#released();
    else if (!isOpening && !this.#port.closing) this.#released();
  }

  #released(): void {
    if (this.#state !== 'ending') return;
    this.#callOff();
    this.#state = 'ended';
    this.#hear(this.#last);
  }
}

const boundingTransform = (
  lines: Framer,
  delimiter: Uint8Array,
  discarded: (byteCount: number) => void,
): Transform =>
  new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      for (const token of lines.take(chunk)) {
        if (token.is === 'discarded') {
          discarded(token.byteCount);
        } else {
          this.push(token.bytes);
          this.push(delimiter);
        }
      }
      done();
    },
  });

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^Error:? /, '') : 'the device was unplugged';
