/** The shelf: simulated readers that speak over a serial line, one row a protocol. */
import type { ProtocolName, Timers } from '../../drivers/index.ts';
import { simulateIdtechMsr } from './idtech-msr.ts';
import { simulateIntellistripe } from './magtek-intellistripe.ts';
import { simulateMagtekMms } from './magtek-mms.ts';
import { simulatePortPowered } from './magtek-port-powered.ts';
import { simulateMagtekSerialLine } from './magtek-serial-line.ts';
import type { SimulatedReader } from './simulated-reader.ts';
import { simulateVivotech2 } from './vivotech2.ts';

/** Makes a reader of one protocol that sends its bytes there. */
export type MakeShelved = (timers: Timers, send: (bytes: Uint8Array) => void) => SimulatedReader;

/** Those that speak with chips. */
export const chipReaders: ReadonlySet<ProtocolName> = new Set(['magtek-mms', 'vivotech2']);

/** Every reader that can be played at the end of a cable. */
export const shelf: Readonly<Partial<Record<ProtocolName, MakeShelved>>> = {
  'magtek-serial-line': (timers, send) => simulateMagtekSerialLine({ timers }, send),
  'magtek-port-powered': (timers, send) => simulatePortPowered({ timers }, send),
  'magtek-intellistripe-ascii': (timers, send) => simulateIntellistripe({ timers }, send),
  'magtek-mms': (timers, send) => simulateMagtekMms({ timers }, send),
  'idtech-msr': (timers, send) => simulateIdtechMsr({ timers }, send),
  vivotech2: (timers, send) => simulateVivotech2({ timers }, send),
};
