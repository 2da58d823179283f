/** A row of the catalogue: what is said of a protocol, and how each line it runs over is set. */
import type { Decoded } from './decoded.ts';
import type { Framing } from './frames/framer.ts';
import type { ReportSizes } from './hid/report.ts';
import type { LineKind } from './lines/line.ts';
import type { OpenReader } from './reader.ts';

/** How a serial line is set unless the configuration says otherwise. */
export interface SerialDefaults {
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd' | 'mark';
  readonly stopBits: 1 | 2;
  readonly framing: Framing;
  /** Milliseconds one write may take. */
  readonly writeWithinMs: number;
}

/** How a socket to a terminal server is used; what comes over it is what the serial line would bring. */
export interface TcpDefaults {
  readonly framing: Framing;
  /** Milliseconds the connection may take, and one write after it. */
  readonly connectWithinMs: number;
  readonly writeWithinMs: number;
}

/** How a HID device is known and used. */
export interface HidDefaults extends ReportSizes {
  readonly usagePage: number;
  readonly usage: number;
  /** Milliseconds one write may take. */
  readonly writeWithinMs: number;
}

/** A protocol: who makes its readers, what lines it runs over, how it is driven and decoded. */
export interface ProtocolRow {
  readonly maker: string;
  readonly says: string;
  readonly lines: {
    readonly serial?: SerialDefaults;
    readonly tcp?: TcpDefaults;
    readonly hid?: HidDefaults;
  };
  /** What its reader takes as `options`, each with its default. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly openReader: OpenReader;
  /** Decodes captured bytes; `line` where a protocol is wrapped differently on each. */
  readonly decode: (bytes: Uint8Array, line: LineKind) => Decoded;
}
