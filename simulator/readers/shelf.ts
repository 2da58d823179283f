/** The shelf: the simulated readers whoever has no hardware can play, one row a protocol and a line. */
import type { ProtocolName, Timers } from '../../drivers/index.ts';
import type { Habit } from './habits.ts';
import { plainDescriptor } from './hid-descriptor.ts';
import type { HidPlug, SimulatedHidReader } from './hid-wire.ts';
import { hidReportBytes, simulateIdtechMsr, simulateIdtechMsrHid } from './idtech-msr.ts';
import { simulateMagtekHid } from './magtek-hid.ts';
import { simulateIntellistripe } from './magtek-intellistripe.ts';
import { simulateMagtekMms, simulateMagtekMmsHid } from './magtek-mms.ts';
import { simulatePortPowered } from './magtek-port-powered.ts';
import { simulateMagtekSerialLine } from './magtek-serial-line.ts';
import type { SimulatedReader } from './simulated-reader.ts';
import type { UhidIdentity } from './uhid-event.ts';
import { simulateVivotech2, simulateVivotech2Hid } from './vivotech2.ts';

/** How a reader of the shelf is made. */
export interface Shelved {
  readonly timers: Timers;
  readonly behaviours: readonly Habit[];
}

/** Makes a reader of one protocol that sends its bytes there. */
export type MakeShelved = (given: Shelved, send: (bytes: Uint8Array) => void) => SimulatedReader;

/** What a person does with a card at a reader. */
export type CardSlots = Pick<SimulatedReader, 'swipe' | 'insert' | 'remove' | 'tap'>;

/** A HID reader: what it says it is, and what makes it. */
export interface ShelvedHid {
  readonly identity: UhidIdentity;
  readonly make: (given: Shelved, plug: HidPlug) => SimulatedHidReader & CardSlots;
}

/** Those that speak with chips. */
export const chipReaders: ReadonlySet<ProtocolName> = new Set(['magtek-mms', 'vivotech2']);

/** Every reader that can be played at the end of a cable. */
export const shelf: Readonly<Partial<Record<ProtocolName, MakeShelved>>> = {
  'magtek-serial-line': simulateMagtekSerialLine,
  'magtek-port-powered': simulatePortPowered,
  'magtek-intellistripe-ascii': simulateIntellistripe,
  'magtek-mms': simulateMagtekMms,
  'idtech-msr': simulateIdtechMsr,
  vivotech2: simulateVivotech2,
};

// Linux takes no HID device without a report descriptor.
const described = <R extends SimulatedHidReader>(reader: R, descriptor: Uint8Array): R =>
  Object.assign(reader, { descriptor });

/** Every reader that can be played as a HID device. */
export const hidShelf: Readonly<Partial<Record<ProtocolName, ShelvedHid>>> = {
  'magtek-hid': {
    identity: { vendorId: 0x0801, productId: 0x0011, name: 'Simulated MagneSafe V5' },
    make: simulateMagtekHid,
  },
  'magtek-mms': {
    identity: { vendorId: 0x0801, productId: 0x2020, name: 'Simulated DynaFlex' },
    make: (given, plug) => described(simulateMagtekMmsHid(given, plug), plain64),
  },
  'idtech-msr': {
    identity: { vendorId: 0x0acd, productId: 0x2010, name: 'Simulated SecureMag' },
    make: (given, plug) => described(simulateIdtechMsrHid(given, plug), stripesOnly),
  },
  vivotech2: {
    identity: { vendorId: 0x0acd, productId: 0x3530, name: 'Simulated VP3300' },
    make: (given, plug) => described(simulateVivotech2Hid(given, plug), numbered63),
  },
};

const plain64 = plainDescriptor({ inputBytes: 64, outputBytes: 64 });
const stripesOnly = plainDescriptor({ inputBytes: hidReportBytes, outputBytes: 0 });
const numbered63 = plainDescriptor({ inputBytes: 63, outputBytes: 63, reportIds: [1, 2, 3, 4] });
