/**
 * A HID device as Linux lists it, and which of those that are plugged in a configuration means.
 *
 * A device that types like a keyboard is never chosen: the kernel would type the card into whatever window
 * has the focus, whoever else reads it.
 */
import { modelOf } from '../models.ts';
import type { LineEnd } from '../lines/line.ts';
import { readDescriptor, type HidUsage } from './descriptor.ts';

/** A device that is plugged in; what it does not say is absent. */
export interface HidDevice {
  /** `/dev/hidrawN`; another one may have it after the next plug. */
  readonly path: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber?: string;
  readonly manufacturer?: string;
  readonly product?: string;
  /** The USB port, as `1-1.2`: bus, then the port of each hub. It stays while nobody moves the plug. */
  readonly port?: string;
  /** Number of its USB interface, where a device has several. */
  readonly interface?: number;
  /** What it is for: the top collections of its report descriptor. */
  readonly uses: readonly HidUsage[];
  /** Its place among the system's devices; never the same for two plugs of one device. */
  readonly place: string;
}

/** What sysfs has of a device, as text; what is not there is absent. */
export interface HidFiles {
  /** `hidrawN`. */
  readonly name: string;
  readonly uevent: string;
  /** Where the link `device` leads. */
  readonly place: string;
  readonly descriptor?: Uint8Array;
  readonly manufacturer?: string;
  readonly product?: string;
  readonly serial?: string;
}

/** The device of these files, or `undefined` when they are not of one. */
export const hidDeviceOf = (files: HidFiles): HidDevice | undefined => {
  const uevent = new Map(
    files.uevent.split('\n').map((line): [string, string] => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=').trim()];
    }),
  );
  // The bus, the maker and the product, each in hex: `0003:00000801:00000011`.
  const ids = /^[0-9A-F]{4}:([0-9A-F]{8}):([0-9A-F]{8})$/i.exec(uevent.get('HID_ID') ?? '');
  if (ids === null) return undefined;
  const usb = /\/([0-9]+-[0-9.]+):[0-9]+\.([0-9]+)\/[^/]+$/.exec(files.place);
  const read = readDescriptor(files.descriptor ?? new Uint8Array());
  const text = {
    serialNumber: filled(files.serial) ?? filled(uevent.get('HID_UNIQ')),
    manufacturer: filled(files.manufacturer),
    product: filled(files.product) ?? filled(uevent.get('HID_NAME')),
  };
  return {
    path: `/dev/${files.name}`,
    vendorId: parseInt(ids[1] ?? '', 16),
    productId: parseInt(ids[2] ?? '', 16),
    ...Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined)),
    ...(usb === null ? {} : { port: usb[1] ?? '', interface: Number(usb[2]) }),
    uses: read.ok ? read.map.uses : [],
    place: files.place,
  };
};

const filled = (text: string | undefined): string | undefined => {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? undefined : trimmed.slice(0, 128);
};

/** Which device is meant: by its path, by its numbers, or by the port it is plugged into. */
export type HidPick =
  | { readonly path: string }
  | { readonly vendorId: number; readonly productId: number; readonly serialNumber?: string }
  | { readonly port: string };

/**
 * A pick as a configuration writes it: `/dev/hidraw0`, `usb:0801:0011`, `usb:0801:0011:SERIAL` or, by its
 * port, `usb:1-1.2`. `undefined` when it is none of these.
 */
export const hidPickOf = (text: string): HidPick | undefined => {
  if (/^\/dev\/hidraw[0-9]+$/.test(text)) return { path: text };
  const [, port] = /^usb:([0-9]+-[0-9]+(?:\.[0-9]+)*)$/.exec(text) ?? [];
  if (port !== undefined) return { port };
  const ids = /^usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(.{1,128}))?$/i.exec(text);
  if (ids === null) return undefined;
  const [, vendor = '', product = '', serialNumber] = ids;
  const model = { vendorId: parseInt(vendor, 16), productId: parseInt(product, 16) };
  return serialNumber === undefined ? model : { ...model, serialNumber };
};

export type HidChoice =
  | { readonly ok: true; readonly device: HidDevice }
  | { readonly ok: false; readonly why: LineEnd; readonly detail: string };

/** The one device that is meant; of several interfaces of one device, the one that is for `use`. */
export const chooseHid = (
  devices: readonly HidDevice[],
  pick: HidPick,
  use?: HidUsage,
): HidChoice => {
  const meant = devices.filter((device) => fits(device, pick));
  const readers = meant.filter((device) => adviceAgainst(device) === undefined);
  const ofUse = readers.filter((device) => use !== undefined && isFor(device, use));
  const [device, ...others] = ofUse.length > 0 ? ofUse : readers;
  const named = nameOf(pick);
  if (device === undefined) return whyNone(meant[0], named);
  if (others.length === 0) return { ok: true, device };
  const paths = pathsOf([device, ...others]);
  const detail = `${paths.length} devices are ${named}; name one by its path: ${paths.join(', ')}.`;
  return { ok: false, why: 'failed', detail };
};

// What tells them apart in a setting; interfaces of one device have the same port.
const pathsOf = (devices: readonly HidDevice[]): readonly string[] => {
  const ports = devices.flatMap(({ port }) => (port === undefined ? [] : [`usb:${port}`]));
  const isEachAlone = new Set(ports).size === devices.length;
  return isEachAlone ? ports : devices.map(({ path }) => path);
};

/** What a technician calls the device that is meant. */
export const nameOf = (pick: HidPick): string => {
  if ('path' in pick) return pick.path;
  if ('port' in pick) return `the HID reader at USB port ${pick.port}`;
  const { vendorId, productId, serialNumber } = pick;
  const ids = [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');
  return `the HID reader ${ids}${serialNumber === undefined ? '' : ` number ${serialNumber}`}`;
};

const fits = (device: HidDevice, pick: HidPick): boolean => {
  if ('path' in pick) return device.path === pick.path;
  if ('port' in pick) return device.port === pick.port;
  const { vendorId, productId, serialNumber = device.serialNumber } = pick;
  const isModel = device.vendorId === vendorId && device.productId === productId;
  return isModel && device.serialNumber === serialNumber;
};

const isFor = ({ uses }: HidDevice, { page, usage }: HidUsage): boolean =>
  uses.some((one) => one.page === page && one.usage === usage);

// Page 1, usage 6: a keyboard (USB HID usage tables).
/** Why a device is not opened as it is, and what to do; `undefined` where nothing speaks against it. */
export const adviceAgainst = (device: HidDevice): string | undefined => {
  const { advice } = modelOf(device) ?? {};
  if (advice !== undefined) return advice;
  return isFor(device, { page: 1, usage: 6 })
    ? 'It types like a keyboard, so the system would type cards into the open window; switch it to HID.'
    : undefined;
};

const whyNone = (meant: HidDevice | undefined, named: string): HidChoice => {
  const advice = meant && adviceAgainst(meant);
  return advice === undefined
    ? { ok: false, why: 'absent', detail: `${upper(named)} is not there; plug it in.` }
    : { ok: false, why: 'failed', detail: `${upper(named)} is not opened. ${advice}` };
};

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
