/**
 * An MMS device (DynaFlex, DynaProx), byte for byte: on a serial line in SLIP frames, over USB in reports.
 *
 * What it does on a request or a card is a row of behaviours; the first that answers wins. Its keys are real
 * DUKPT keys of the published test base key, its cards play their own part.
 */
import type { Timers } from '../../drivers/index.ts';
import { emit, reactionOf, type Behaviour } from './behaviour.ts';
import { testBaseKey, testInitialKsn } from './dukpt.ts';
import type { HidPlug, SimulatedHidReader } from './hid-wire.ts';
import {
  mmsDevice,
  type MmsDevice,
  type MmsInside,
  type MmsStimulus,
} from './magtek-mms-device.ts';
import { hidWire, serialWire, type MmsWire } from './magtek-mms-wire.ts';
import type { SimulatedChipReader } from './simulated-reader.ts';

/** A habit of the device. */
export type MmsBehaviour = Behaviour<MmsStimulus, MmsDevice>;

/** How a device is made: what is inside, its habits, and its clock. */
export interface MmsOptions extends MmsInside {
  readonly behaviours: readonly MmsBehaviour[];
  readonly timers: Timers;
}

type Given = Partial<Omit<MmsOptions, 'timers'>> & Pick<MmsOptions, 'timers'>;

const factory: Omit<MmsOptions, 'timers'> = {
  serialNumber: 'B571AF2',
  firmware: '1000007393-A6-PRD',
  baseKey: testBaseKey,
  initialKsn: testInitialKsn,
  hasDisplay: true,
  behaviours: [],
};

/** A device with its slot, and everything it heard. */
export interface SimulatedMms extends SimulatedChipReader {
  /** Every request it took, the newest last. */
  readonly heard: readonly Uint8Array[];
}

/** A device on a serial line. */
export const simulateMagtekMms = (
  given: Given,
  send: (bytes: Uint8Array) => void,
): SimulatedMms => {
  const die = () => {};
  return played(given, { wire: serialWire(), send, die });
};

/** A device on USB. */
export const simulateMagtekMmsHid = (
  given: Given,
  plug: HidPlug,
): SimulatedMms & SimulatedHidReader => {
  const send = (report: Uint8Array) => plug.send(report);
  const device = played(given, { wire: hidWire(), send, die: () => plug.leave() });
  return { ...device, feature: () => {} };
};

/** Where what a device says goes, and in which pieces. */
interface Mouth {
  readonly wire: MmsWire;
  readonly send: (piece: Uint8Array) => void;
  readonly die: () => void;
}

const played = (given: Given, { wire, send, die }: Mouth): SimulatedMms => {
  const options: MmsOptions = { ...factory, ...given };
  const heard: Uint8Array[] = [];
  let isDead = false;
  let callOff = (): void => {};
  const obedient: MmsBehaviour = (stimulus, device) => ({
    pieces: device.reaction(stimulus).flatMap((message) => wire.pieces(message)),
  });
  const row = [...options.behaviours, obedient];
  const react = (stimulus: MmsStimulus): void => {
    if (isDead) return;
    if (stimulus.is === 'request') heard.push(stimulus.message);
    const emission = reactionOf(row, stimulus, device);
    const dieOnce = () => {
      isDead = true;
      die();
    };
    if (emission !== undefined) emit(emission, { timers: options.timers, send, die: dieOnce });
  };
  const device = mmsDevice(options, (seconds) => {
    callOff();
    if (seconds > 0) {
      callOff = options.timers.after(seconds * 1_000, () => react({ is: 'time is up' }));
    }
  });
  return {
    heard,
    receive(bytes) {
      for (const message of wire.take(bytes)) react({ is: 'request', message });
    },
    swipe: (card) => react({ is: 'swipe', card }),
    insert: (card) => react({ is: 'insert', card }),
    tap: (card) => react({ is: 'tap', card }),
    remove: () => react({ is: 'remove' }),
  };
};
