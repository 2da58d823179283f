/** The catalogue: every protocol a card reader may speak. One row a protocol. */
import type { LineKind } from './lines/line.ts';
import { magtekHid } from './protocols/magtek-hid/row.ts';
import { magtekIntellistripeAscii } from './protocols/magtek-intellistripe-ascii/row.ts';
import { magtekPortPowered } from './protocols/magtek-port-powered/row.ts';
import { magtekSerialLine } from './protocols/magtek-serial-line/row.ts';
import type { ProtocolRow } from './protocol-row.ts';

export type { HidDefaults, ProtocolRow, SerialDefaults, TcpDefaults } from './protocol-row.ts';

/** Every protocol by its name. */
export const protocols = {
  'magtek-hid': magtekHid,
  'magtek-serial-line': magtekSerialLine,
  'magtek-port-powered': magtekPortPowered,
  'magtek-intellistripe-ascii': magtekIntellistripeAscii,
} as const satisfies Record<string, ProtocolRow>;

export type ProtocolName = keyof typeof protocols;

/** Whether a protocol of this name is in the catalogue. */
export const isProtocol = (name: string): name is ProtocolName => Object.hasOwn(protocols, name);

/** The lines a protocol runs over, the usual one first. */
export const linesOf = ({ lines }: ProtocolRow): LineKind[] => Object.keys(lines) as LineKind[];
