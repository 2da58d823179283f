/**
 * The door to readers behind a terminal server (ser2net in raw mode, and boxes like it): the only file that
 * opens a socket.
 *
 *   socket ─ framer ─ `record`
 *
 * A server that is in use takes the connection and hangs up at once, so a line is open only after a moment
 * in which it did not. A peer that vanished without a word is found out by keepalive probes; while bytes are
 * on their way to it there are none, and whoever waits for an answer has a deadline of its own.
 */
import { connect, type Socket } from 'node:net';
import type { Framing } from '../frames/framer.ts';
import type { Line, LineEnd, LineEvent, OpenLine, Timers } from './line.ts';
import { recordsOf } from './records.ts';
import { writesOf, writesWaitingMax, type Writes } from './writes.ts';

/** Where the terminal server listens, and how to speak over it. */
export interface TcpLineOptions {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing;
  /** Milliseconds the connection may take, its host's name included. */
  readonly connectWithinMs: number;
  /** Milliseconds one write may take. */
  readonly writeWithinMs: number;
}

/** Limits of every socket. */
export const tcpLimits = {
  writesWaitingMax,
  /** Milliseconds after connecting in which a server may still hang up; what it says meanwhile is dropped. */
  settleMs: 100,
  /** Milliseconds of silence before the first probe; the system sends ten more, a second apart. */
  keepaliveAfterMs: 10_000,
} as const;

type State = 'connecting' | 'settling' | 'open' | 'ending' | 'ended';

/** A way to connect; the server gives its port to one at a time. */
export const openTcpLine =
  (options: TcpLineOptions, timers: Timers): OpenLine =>
  (hear) =>
    new TcpLine(options, timers, hear);

class TcpLine implements Line {
  readonly #options: TcpLineOptions;
  readonly #timers: Timers;
  readonly #hear: (event: LineEvent) => void;
  readonly #path: string;
  readonly #socket: Socket;
  readonly #writes: Writes;
  #state: State = 'connecting';
  #last: LineEvent = { is: 'ended', why: 'closed', detail: '' };
  #skip: () => void = () => {};
  #stopRecords: () => void = () => {};
  #callOff: () => void;

  constructor(options: TcpLineOptions, timers: Timers, hear: (event: LineEvent) => void) {
    this.#options = options;
    this.#timers = timers;
    this.#hear = hear;
    this.#path = pathOf(options);
    const { host, port, connectWithinMs, writeWithinMs: withinMs } = options;
    this.#callOff = timers.after(connectWithinMs, () => {
      const found = `${this.#path} did not answer within ${connectWithinMs} ms`;
      this.#end('absent', `${found}; ${checkNetwork}.`);
    });
    this.#socket = connect({
      ...{ host, port, noDelay: true },
      ...{ keepAlive: true, keepAliveInitialDelay: tcpLimits.keepaliveAfterMs },
    });
    this.#writes = writesOf({
      ...{ timers, withinMs, path: this.#path },
      write: (bytes, done) => void this.#socket.write(bytes, done),
      fail: (why, detail) => this.#end(why, detail),
    });
    this.#heedSocket();
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
    this.#end('closed', `${this.#path} was closed.`);
  }

  #heedSocket(): void {
    const socket = this.#socket;
    socket.once('connect', () => this.#settle());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isConnecting = this.#state === 'connecting';
      const told = isConnecting ? whyNotConnected : whyLost;
      this.#end(...told(this.#path, error.code ?? error.message));
    });
    socket.on('end', () => this.#hungUp());
    socket.on('close', () => {
      this.#hungUp();
      this.#released();
    });
  }

  #settle(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'settling';
    this.#callOff();
    const socket = this.#socket;
    let droppedByteCount = 0;
    const drop = (bytes: Uint8Array) => {
      droppedByteCount += bytes.length;
      if (isTelnet(bytes)) {
        const found = `${this.#path} speaks Telnet`;
        this.#end('failed', `${found}; set its port to raw mode (ser2net: "tcp", not "telnet").`);
      }
    };
    socket.on('data', drop);
    this.#callOff = this.#timers.after(tcpLimits.settleMs, () => {
      socket.off('data', drop);
      this.#listen();
      if (droppedByteCount > 0) this.#say({ is: 'discarded', byteCount: droppedByteCount });
      this.#writes.start();
    });
  }

  #listen(): void {
    const records = recordsOf(this.#options.framing, this.#timers, (event) => this.#say(event));
    this.#socket.on('data', (bytes: Uint8Array) => records.take(bytes));
    this.#skip = () => records.skip();
    this.#stopRecords = () => records.stop();
    this.#state = 'open';
    this.#say({ is: 'opened' });
  }

  #hungUp(): void {
    if (this.#state !== 'settling') {
      return this.#end('unplugged', `${this.#path} hung up; ${checkNetwork}.`);
    }
    const found = `${this.#path} hung up at once, as a port does that is in use (PORT_BUSY)`;
    this.#end('busy', `${found}; disconnect whoever else has it, or restart the terminal server.`);
  }

  #say(event: LineEvent): void {
    if (this.#state === 'open') this.#hear(event);
  }

  #end(why: LineEnd, detail: string): void {
    if (this.#state === 'ending' || this.#state === 'ended') return;
    this.#state = 'ending';
    this.#last = { is: 'ended', why, detail };
    this.#callOff();
    this.#writes.stop();
    this.#stopRecords();
    // Its `close` follows, and with it the last word: then the server has its port back.
    this.#socket.destroy();
  }

  #released(): void {
    if (this.#state !== 'ending') return;
    this.#state = 'ended';
    this.#hear(this.#last);
  }
}

/** `host:port` as it is written in settings; the address of an IPv6 host stands in brackets. */
const pathOf = ({ host, port }: TcpLineOptions): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

// RFC 854 and 855: IAC, then WILL, WONT, DO or DONT, with which every Telnet server begins.
const isTelnet = ([first, second = 0]: Uint8Array): boolean =>
  first === 0xff && second >= 0xfb && second <= 0xfe;

const checkNetwork = 'check its address, its power and the network';

/** What the system's refusal to connect means, and what to do about it. */
export const whyNotConnected = (path: string, code: string): [LineEnd, string] => {
  const [why, says] = refusals[code] ?? ['failed', `cannot be connected to (${code})`];
  return [why, `${path} ${says}.`];
};

/** What the end of a connection means. */
export const whyLost = (path: string, code: string): [LineEnd, string] => {
  const says = code === 'ETIMEDOUT' ? 'answers no more' : `broke off (${code})`;
  return ['unplugged', `${path} ${says}; ${checkNetwork}.`];
};

const refusals: Readonly<Record<string, readonly [LineEnd, string]>> = {
  ECONNREFUSED: ['absent', 'refuses connections; start the terminal server, or correct the port'],
  ECONNRESET: ['absent', `broke off while connecting; ${checkNetwork}`],
  EHOSTUNREACH: ['absent', `cannot be reached; ${checkNetwork}`],
  ENETUNREACH: ['absent', `cannot be reached; ${checkNetwork}`],
  ETIMEDOUT: ['absent', `does not answer; ${checkNetwork}`],
  ENOTFOUND: ['absent', 'is a name nobody knows; correct the host, or write its address'],
  EAI_AGAIN: ['absent', 'could not be looked up; check the network and its name server'],
  EACCES: ['denied', 'may not be connected to by this user; check the firewall of this device'],
  EPERM: ['denied', 'may not be connected to by this user; check the firewall of this device'],
};
