/** A serial port as Linux lists it, and which of those that are there a configuration means. */
import type { HidPick } from '../hid/device.ts';
import type { LineEnd } from '../lines/line.ts';

/** A serial port; what it does not say is absent. */
export interface SerialDevice {
  /** `/dev/ttyACM0`; another device may have it after the next plug. */
  readonly path: string;
  /** Its names that stay: by what it is (`/dev/serial/by-id/…`), then by where it is plugged in. */
  readonly links: readonly string[];
  readonly vendorId?: number;
  readonly productId?: number;
  readonly serialNumber?: string;
  readonly manufacturer?: string;
  readonly product?: string;
  /** The USB port, as `1-1.2`: bus, then the port of each hub. */
  readonly port?: string;
  /** Number of its USB interface, where a device has several. */
  readonly interface?: number;
}

/** What sysfs has of a port, as text; what is not there is empty. */
export interface SerialFiles {
  /** `ttyACM0`. */
  readonly name: string;
  /** Where the link `device` leads. */
  readonly place: string;
  readonly links: readonly string[];
  /** `type` of a built-in port: `0` where no hardware answers at its address. */
  readonly type: string;
  /** Texts of the USB device it belongs to. */
  readonly idVendor: string;
  readonly idProduct: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly product: string;
}

// Bus and ports, configuration, interface: `1-1.2:1.0`, with a usb-serial port's own folder behind it.
const usbInterface = /\/([0-9]+-[0-9.]+):[0-9]+\.([0-9]+)(?:\/|$)/;

/** The folder of the USB device a port belongs to, or `undefined` when it is not on USB. */
export const usbFolderOf = (place: string): string | undefined => {
  const found = usbInterface.exec(place);
  return found === null ? undefined : place.slice(0, found.index);
};

/** The port of these files, or `undefined` when no hardware is behind it. */
export const serialDeviceOf = (files: SerialFiles): SerialDevice | undefined => {
  if (files.type === '0') return undefined;
  const usb = usbInterface.exec(files.place);
  const text = {
    serialNumber: filled(files.serial),
    manufacturer: filled(files.manufacturer),
    product: filled(files.product),
    vendorId: idIn(files.idVendor),
    productId: idIn(files.idProduct),
  };
  return {
    path: `/dev/${files.name}`,
    links: files.links,
    ...Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined)),
    ...(usb === null ? {} : { port: usb[1] ?? '', interface: Number(usb[2]) }),
  };
};

const filled = (text: string): string | undefined => {
  const trimmed = text.trim();
  return trimmed === '' ? undefined : trimmed.slice(0, 128);
};

const idIn = (text: string): number | undefined =>
  /^[0-9a-f]{4}$/i.test(text.trim()) ? parseInt(text, 16) : undefined;

/** Which port is meant: by its path, by its USB numbers, or by the USB port it is plugged into. */
export type SerialPick = HidPick;

export type SerialChoice =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly why: LineEnd; readonly detail: string };

/** The one port that is meant. A path is taken as it is: it may be a link, or of a kind nobody lists. */
export const chooseSerial = (devices: readonly SerialDevice[], pick: SerialPick): SerialChoice => {
  if ('path' in pick) return { ok: true, path: pick.path };
  const [device, ...others] = devices.filter((one) => fits(one, pick));
  const named = nameOfSerial(pick);
  if (device === undefined) {
    const detail = `${named} is not there; plug it in, or see \`holdfast readers list\` for what is.`;
    return { ok: false, why: 'absent', detail };
  }
  if (others.length === 0) return { ok: true, path: device.path };
  const paths = pathsOf([device, ...others]);
  const detail = `${named} is ${paths.length} ports; name one by its path: ${paths.join(', ')}.`;
  return { ok: false, why: 'failed', detail };
};

// What tells them apart in a setting; several ports of one adapter have the same USB port.
const pathsOf = (devices: readonly SerialDevice[]): readonly string[] => {
  const ports = devices.flatMap(({ port }) => (port === undefined ? [] : [`usb:${port}`]));
  const isEachAlone = new Set(ports).size === devices.length;
  return isEachAlone ? ports : devices.map(({ path, links: [link = path] }) => link);
};

const fits = (device: SerialDevice, pick: Exclude<SerialPick, { path: string }>): boolean => {
  if ('port' in pick) return device.port === pick.port;
  const { vendorId, productId, serialNumber = device.serialNumber } = pick;
  const isModel = device.vendorId === vendorId && device.productId === productId;
  return isModel && device.serialNumber === serialNumber;
};

/** What a technician calls the port that is meant. */
export const nameOfSerial = (pick: SerialPick): string => {
  if ('path' in pick) return pick.path;
  if ('port' in pick) return `The serial reader at USB port ${pick.port}`;
  const { vendorId, productId, serialNumber } = pick;
  const ids = [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');
  return `The serial reader ${ids}${serialNumber === undefined ? '' : ` number ${serialNumber}`}`;
};
