/** The catalogue: every protocol a card reader may speak. One row a protocol. */
import type { Decoded } from './decoded.ts';
import { openMagtekSerialLine } from './protocols/magtek-serial-line/reader.ts';
import { decodeMagtekSerialLine } from './protocols/magtek-serial-line/decode.ts';
import type { OpenReader } from './reader.ts';

/** The kinds of line a reader hangs on. */
export const lineKinds = ['serial', 'hid'] as const;
export type LineKind = (typeof lineKinds)[number];

/** How a serial line is set unless the configuration says otherwise. */
export interface SerialDefaults {
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd' | 'mark';
  readonly stopBits: 1 | 2;
  readonly delimiter: string;
  /** Bytes of the longest record, its delimiter not counted. */
  readonly recordBytesMax: number;
  /** Milliseconds one write may take. */
  readonly writeWithinMs: number;
}

/** A protocol: who makes its readers, what lines it runs over, how it is driven and decoded. */
export interface ProtocolRow {
  readonly maker: string;
  readonly says: string;
  readonly lines: readonly LineKind[];
  readonly serial: SerialDefaults;
  readonly openReader: OpenReader;
  readonly decode: (bytes: Uint8Array) => Decoded;
}

/** Every protocol by its name. */
export const protocols = {
  'magtek-serial-line': {
    maker: 'MagTek',
    says: 'MagneSafe V5 swipe and insert readers over RS-232 or UART (manual 99875475-10)',
    lines: ['serial'],
    // Page 33: property 0x0A leaves the factory as 9600 baud, 8 bits, no parity.
    serial: {
      baudRate: 9_600,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      delimiter: '\r',
      recordBytesMax: 2_048,
      writeWithinMs: 1_000,
    },
    openReader: openMagtekSerialLine,
    decode: (bytes) => decodeMagtekSerialLine(bytes),
  },
} as const satisfies Record<string, ProtocolRow>;

export type ProtocolName = keyof typeof protocols;

/** Whether a protocol of this name is in the catalogue. */
export const isProtocol = (name: string): name is ProtocolName => Object.hasOwn(protocols, name);

/** Bytes of the longest capture that is decoded at once. */
export const captureBytesMax = 65_536;

/** Decodes captured bytes as a protocol; says in a sentence why it cannot. */
export const decodeCapture = (
  protocol: string,
  bytes: Uint8Array,
  { line }: { readonly line?: LineKind } = {},
): Decoded => {
  if (!isProtocol(protocol)) {
    const known = Object.keys(protocols).join(', ');
    return { ok: false, why: `There is no protocol "${protocol}"; known are ${known}.` };
  }
  const row: ProtocolRow = protocols[protocol];
  if (line !== undefined && !row.lines.includes(line)) {
    return { ok: false, why: `${protocol} runs over ${row.lines.join(' or ')}, not over ${line}.` };
  }
  if (bytes.length > captureBytesMax) {
    const why = `The capture has ${bytes.length} bytes; cut it to ${captureBytesMax} at most.`;
    return { ok: false, why };
  }
  return row.decode(bytes);
};
