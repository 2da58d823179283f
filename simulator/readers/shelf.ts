/** The shelf: simulated readers that speak over a serial line, one row a protocol. */
import type { ProtocolName, Timers } from '../../drivers/index.ts';
import { simulateIntellistripe } from './magtek-intellistripe.ts';
import { simulatePortPowered } from './magtek-port-powered.ts';
import { simulateMagtekSerialLine } from './magtek-serial-line.ts';
import type { SimulatedReader } from './simulated-reader.ts';

/** Makes a reader of one protocol that sends its bytes there. */
export type MakeShelved = (timers: Timers, send: (bytes: Uint8Array) => void) => SimulatedReader;

/** Every reader that can be played at the end of a cable. */
export const shelf: Readonly<Partial<Record<ProtocolName, MakeShelved>>> = {
  'magtek-serial-line': (timers, send) => simulateMagtekSerialLine({ timers }, send),
  'magtek-port-powered': (timers, send) => simulatePortPowered({ timers }, send),
  'magtek-intellistripe-ascii': (timers, send) => simulateIntellistripe({ timers }, send),
};
