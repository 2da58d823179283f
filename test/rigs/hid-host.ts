/** A system with one HID device, which does to its opener whatever a kernel may do. */
import type { HidDevice } from '../../drivers/hid/device.ts';
import type { HidHost } from '../../drivers/lines/hid-line.ts';
import { textOf } from '../../drivers/index.ts';

/** How the system behaves; as it should unless told otherwise. */
export interface HidHostHabits {
  readonly access?: ReturnType<HidHost['access']>;
  readonly group?: ReturnType<HidHost['groupOf']>;
  readonly descriptor?: Uint8Array;
  /** The device numbers its reports, so each that comes in begins with this. */
  readonly inputId?: number;
  /** An unplugging is not told by a failing read. */
  readonly readsOn?: boolean;
  readonly write?: () => Promise<unknown>;
  readonly feature?: () => Promise<unknown>;
  readonly close?: () => Promise<void>;
}

export interface OneHidDevice {
  readonly host: HidHost;
  /** Every output and feature report as it left, its id first. */
  readonly left: readonly Uint8Array[];
  /** The text of all output reports. */
  received(): string;
  send(report: Uint8Array): void;
  unplug(): void;
  replug(): void;
}

interface Opened {
  hear: (report: Uint8Array) => void;
  lost: (why: string) => void;
}

export const readerDevice: HidDevice = {
  path: '/dev/hidraw0',
  vendorId: 0x0801,
  productId: 0x0011,
  uses: [{ page: 0xff00, usage: 1 }],
  place: '/sys/devices/usb1/1-1/1-1:1.0/0003:0801:0011.0001',
};

/** A link to the device, as a udev rule makes one. */
export const readerLink = '/dev/cardreader/magtek';

/** A system with this device plugged in; it gives back every feature report as it was set. */
export const oneHidDevice = (habits: HidHostHabits = {}): OneHidDevice => {
  const { access = 'allowed', descriptor, group, inputId, readsOn = false } = habits;
  const left: Uint8Array[] = [];
  const opened = new Set<Opened>();
  let plugs = 1;
  let isPlugged = true;
  let text = '';
  const device = (): HidDevice => ({ ...readerDevice, place: `${readerDevice.place}${plugs}` });
  const open = () => {
    const mine: Opened = { hear: () => {}, lost: () => {} };
    let feature = new Uint8Array();
    opened.add(mine);
    return {
      async write(report: Uint8Array) {
        await habits.write?.();
        left.push(report);
        text += textOf(report.subarray(1)).replace(/\0+$/, '');
      },
      async sendFeatureReport(report: Uint8Array) {
        await habits.feature?.();
        left.push(report);
        feature = new Uint8Array(report);
      },
      getFeatureReport: () => Promise.resolve(feature),
      listen(hear: Opened['hear'], lost: Opened['lost']) {
        Object.assign(mine, { hear, lost });
      },
      async close() {
        opened.delete(mine);
        await habits.close?.();
      },
    };
  };
  return {
    host: {
      list: () => (isPlugged ? [device()] : []),
      realPath: (path) => (path === readerLink ? readerDevice.path : path),
      descriptorOf: () => descriptor,
      isThere: ({ place }) => isPlugged && place === device().place,
      access: () => access,
      groupOf: () => group,
      open: () =>
        access === 'allowed'
          ? Promise.resolve(open())
          : Promise.reject(new TypeError('cannot open device with path /dev/hidraw0')),
    },
    left,
    received: () => text,
    send(report) {
      const whole = inputId === undefined ? report : Uint8Array.of(inputId, ...report);
      for (const { hear } of opened) hear(whole.slice());
    },
    unplug() {
      isPlugged = false;
      if (readsOn) return;
      for (const { lost } of opened) lost('could not read from HID device');
    },
    replug() {
      isPlugged = true;
      plugs += 1;
    },
  };
};
