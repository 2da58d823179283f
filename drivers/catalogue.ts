/** The catalogue: every protocol a card reader may speak. One row a protocol. */
import type { Decoded } from './decoded.ts';
import type { LineKind } from './lines/line.ts';
import { idtechMsr } from './protocols/idtech-msr/row.ts';
import { magtekHid } from './protocols/magtek-hid/row.ts';
import { magtekSerialLine } from './protocols/magtek-serial-line/row.ts';
import { vivotech2 } from './protocols/vivotech2/row.ts';
import type { ProtocolRow } from './protocol-row.ts';

export type { HidDefaults, ProtocolRow, SerialDefaults, TcpDefaults } from './protocol-row.ts';

/** Every protocol by its name. */
export const protocols = {
  'magtek-hid': magtekHid,
  'magtek-serial-line': magtekSerialLine,
  'idtech-msr': idtechMsr,
  vivotech2: vivotech2,
} as const satisfies Record<string, ProtocolRow>;

export type ProtocolName = keyof typeof protocols;

/** Whether a protocol of this name is in the catalogue. */
export const isProtocol = (name: string): name is ProtocolName => Object.hasOwn(protocols, name);

/** The lines a protocol runs over, the usual one first. */
export const linesOf = ({ lines }: ProtocolRow): LineKind[] => Object.keys(lines) as LineKind[];

/** Bytes of the longest capture that is decoded at once. */
export const captureBytesMax = 65_536;

/** Decodes captured bytes as a protocol; says in a sentence why it cannot. */
export const decodeCapture = (
  protocol: string,
  bytes: Uint8Array,
  { line: asked }: { readonly line?: LineKind } = {},
): Decoded => {
  if (!isProtocol(protocol)) {
    const known = Object.keys(protocols).join(', ');
    return { ok: false, why: `There is no protocol "${protocol}"; known are ${known}.` };
  }
  const row: ProtocolRow = protocols[protocol];
  const lines = linesOf(row);
  const line = asked ?? lines[0] ?? 'serial';
  if (!lines.includes(line)) {
    return { ok: false, why: `${protocol} runs over ${lines.join(' or ')}, not over ${line}.` };
  }
  if (bytes.length > captureBytesMax) {
    const why = `The capture has ${bytes.length} bytes; cut it to ${captureBytesMax} at most.`;
    return { ok: false, why };
  }
  return row.decode(bytes, line);
};
