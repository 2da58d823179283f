/**
 * A whole USB device without a cable: Linux plays it (Documentation/usb/gadget_configfs.rst) and meets it at
 * a USB port of its own (dummy_hcd), with all that a bus does between them.
 */
import {
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

export interface GadgetWanted {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturer: string;
  readonly product: string;
  readonly serialNumber?: string;
  /** Which of the guest's USB ports it is plugged into. */
  readonly at: 0 | 1;
  /** What it is: a HID device with reports of this size, or a serial port. */
  readonly does:
    | { readonly is: 'hid'; readonly descriptor: Uint8Array; readonly reportBytes: number }
    | { readonly is: 'serial' };
}

export interface Gadget {
  /** The device's own end: what is written there goes over the bus. */
  readonly farEnd: string;
  unplug(): void;
  replug(): void;
  /** Unplugs it and takes it apart. */
  stop(): void;
}

const listedIn = '/sys/kernel/config/usb_gadget';
const english = '0x409';
let madeCount = 0;

/** Makes a device and plugs it in; the system lists it a moment later. */
export const plugGadget = (wanted: GadgetWanted): Gadget => {
  const place = `${listedIn}/reader${(madeCount += 1)}`;
  const strings = `${place}/strings/${english}`;
  const deed = `${place}/functions/${wanted.does.is === 'hid' ? 'hid' : 'acm'}.reader`;
  const configuration = `${place}/configs/c.1`;
  for (const directory of [place, strings, deed, configuration]) mkdirSync(directory);
  const tell = (file: string, value: string | Uint8Array) =>
    writeFileSync(`${place}/${file}`, value);
  tell('idVendor', String(wanted.vendorId));
  tell('idProduct', String(wanted.productId));
  for (const text of ['manufacturer', 'product'] as const) {
    writeFileSync(`${strings}/${text}`, wanted[text]);
  }
  if (wanted.serialNumber !== undefined) {
    writeFileSync(`${strings}/serialnumber`, wanted.serialNumber);
  }
  if (wanted.does.is === 'hid') {
    // As readers are: what is sent to it goes by the control channel.
    writeFileSync(`${deed}/no_out_endpoint`, '1');
    writeFileSync(`${deed}/report_length`, String(wanted.does.reportBytes));
    writeFileSync(`${deed}/report_desc`, wanted.does.descriptor);
  }
  symlinkSync(deed, `${configuration}/does`);
  const unplug = () => tell('UDC', '\n');
  const replug = () => tell('UDC', `dummy_udc.${wanted.at}`);
  replug();
  return {
    farEnd: wanted.does.is === 'hid' ? `/dev/hidg${minorOf(`${deed}/dev`)}` : serialEndOf(deed),
    unplug,
    replug,
    stop() {
      if (readFileSync(`${place}/UDC`, 'utf8').trim() !== '') unplug();
      unlinkSync(`${configuration}/does`);
      for (const directory of [configuration, deed, strings, place]) rmdirSync(directory);
    },
  };
};

const minorOf = (file: string): string => readFileSync(file, 'utf8').trim().split(':')[1] ?? '';

const serialEndOf = (deed: string): string =>
  `/dev/ttyGS${readFileSync(`${deed}/port_num`, 'utf8').trim()}`;
