/**
 * A bench: simulated readers plugged into the guest, and the lines that the agent opened to them. What was
 * put on it for one promise is put away after it.
 */
import type { OpenLine } from '../../../drivers/index.ts';
import type { MakeHidReader, SimulatedHidReader } from '../../../simulator/readers/hid-wire.ts';
import {
  simulateMagtekHid,
  type MagtekHidOptions,
  type SimulatedMagtekHid,
} from '../../../simulator/readers/magtek-hid.ts';
import type { SimulatedMagtek } from '../../../simulator/readers/magtek-serial-line.ts';
import { plugHidReader, type PluggedHidReader } from '../../../simulator/readers/uhid.ts';
import { listHid } from '../../../drivers/lines/hid.ts';
import { realTimers } from '../../rigs/hand-timers.ts';
import { drive, listen, type LineEar, type ReaderEar } from './ear.ts';
import { isThere, listed } from './found.ts';
import {
  magtek,
  plugUsbHid,
  plugUsbSerial,
  serialPath,
  texts,
  type UsbReader,
} from './usb-readers.ts';

/** Promises about the guest's readers: each a sentence, and how it is tried. */
export type Promises = Readonly<Record<string, (bench: Bench) => Promise<void>>>;

type Does = Partial<Omit<MagtekHidOptions, 'timers'>>;

export interface Bench {
  /** A HID reader that answers feature reports, and hangs on no USB port. */
  plugHid(serialNumber?: string, does?: Does): Promise<PluggedHidReader<SimulatedMagtekHid>>;
  /** A HID reader of another kind. */
  plugOther<R extends SimulatedHidReader>(make: MakeHidReader<R>): Promise<PluggedHidReader<R>>;
  /** A HID reader at one of the guest's two USB ports. */
  plugUsb(at: 0 | 1, serialNumber?: string): Promise<UsbReader<SimulatedMagtekHid>>;
  /** A reader there that comes up as a serial port. */
  plugSerial(at: 0 | 1): Promise<UsbReader<SimulatedMagtek>>;
  listen(open: OpenLine): LineEar;
  drive(open: OpenLine, line?: 'hid' | 'serial'): ReaderEar;
  putAway(): Promise<void>;
}

/** A bench with nothing on it. */
export const emptyBench = (): Bench => {
  const away: (() => void)[] = [];
  const put = <Thing>(thing: Thing, putAway: (thing: Thing) => void): Thing => {
    away.push(() => putAway(thing));
    return thing;
  };
  const stop = (plugged: { stop(): void }) => plugged.stop();
  return {
    plugHid: async (serialNumber, does = {}) =>
      put(
        await plugHid(
          (plug) => simulateMagtekHid({ ...does, timers: realTimers }, plug),
          serialNumber,
        ),
        stop,
      ),
    plugOther: async (make) => put(await plugHid(make), stop),
    plugUsb: async (at, serialNumber) =>
      put(await plugUsbHid({ at, ...(serialNumber === undefined ? {} : { serialNumber }) }), stop),
    plugSerial: async (at) => put(await plugUsbSerial({ at }), stop),
    listen: (open) => put(listen(open), ({ line }) => line.close()),
    drive: (open, line = 'hid') => put(drive(open, line), ({ reader }) => reader.close()),
    async putAway() {
      for (const putOne of away.splice(0).reverse()) putOne();
      await listed(0);
      await isThere(serialPath, false);
    },
  };
};

const plugHid = async <R extends SimulatedHidReader>(
  make: MakeHidReader<R>,
  serialNumber?: string,
): Promise<PluggedHidReader<R>> => {
  const before = listHid().length;
  const identity = { ...magtek, name: `${texts.manufacturer} ${texts.product}` };
  const numbered = serialNumber === undefined ? {} : { serialNumber };
  const plugged = plugHidReader(make, { ...identity, ...numbered });
  await listed(before + 1);
  return plugged;
};
