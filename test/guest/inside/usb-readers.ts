/** Simulated readers inside whole USB devices. */
import { writeFileSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { listHid } from '../../../drivers/lines/hid.ts';
import {
  simulateMagtekHid,
  type SimulatedMagtekHid,
} from '../../../simulator/readers/magtek-hid.ts';
import {
  simulateMagtekSerialLine,
  type SimulatedMagtek,
} from '../../../simulator/readers/magtek-serial-line.ts';
import { realTimers } from '../../rigs/hand-timers.ts';
import { isThere, listed } from './found.ts';
import { plugGadget, type GadgetWanted } from './gadget.ts';

/** A reader in a USB device. */
export interface UsbReader<R> {
  readonly reader: R;
  unplug(): void;
  /** Plugs it in again at the same port; resolves once the guest has found it. */
  replug(): Promise<void>;
  stop(): void;
}

/** MagTek's numbers of a MagneSafe V5 reader, and what it calls itself. */
export const magtek = { vendorId: 0x0801, productId: 0x0011 } as const;
export const texts = { manufacturer: 'Mag-Tek', product: 'USB Swipe Reader' } as const;
const reportBytes = 887;

/** The serial port that a reader on USB comes up as. */
export const serialPath = '/dev/ttyACM0';

type Where = Pick<GadgetWanted, 'at' | 'serialNumber'>;

/** A HID reader; the kernel itself answers its feature reports, with zeros. */
export const plugUsbHid = async (where: Where): Promise<UsbReader<SimulatedMagtekHid>> => {
  const before = listHid().length;
  const { descriptor = new Uint8Array() } = simulated(() => {});
  const does = { is: 'hid', descriptor, reportBytes } as const;
  const gadget = plugGadget({ ...magtek, ...texts, ...where, does });
  await listed(before + 1);
  return {
    ...gadget,
    reader: simulated((report) => writeFileSync(gadget.farEnd, report)),
    async replug() {
      await listed(before);
      gadget.replug();
      await listed(before + 1);
    },
  };
};

const simulated = (send: (report: Uint8Array) => void): SimulatedMagtekHid =>
  simulateMagtekHid({ timers: realTimers }, { send, answer() {}, leave() {}, comeBack() {} });

/** A reader that USB shows as a serial port. */
export const plugUsbSerial = async (where: Where): Promise<UsbReader<SimulatedMagtek>> => {
  const gadget = plugGadget({ ...magtek, ...texts, ...where, does: { is: 'serial' } });
  const end: { port?: SerialPort } = {};
  const reader = simulateMagtekSerialLine(
    { timers: realTimers },
    (bytes) => void end.port?.write(bytes),
  );
  const takeEnd = async () => {
    end.port = await opened(gadget.farEnd, (bytes) => reader.receive(bytes));
    await isThere(serialPath, true);
  };
  await takeEnd();
  return {
    reader,
    unplug: gadget.unplug,
    async replug() {
      await isThere(serialPath, false);
      gadget.replug();
      await takeEnd();
    },
    stop() {
      end.port?.close();
      gadget.stop();
    },
  };
};

/** The device's own end of its serial port. It is lost with the plug, which is what is being tried. */
const opened = (path: string, hear: (bytes: Uint8Array) => void): Promise<SerialPort> =>
  new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: 9_600, autoOpen: false });
    port.on('data', hear);
    port.on('error', () => {});
    port.open((error) => (error === null ? resolve(port) : reject(error)));
  });
