/** What is plugged in: devices as people know them, and the setting that would make each a reader. */
import {
  isProtocol,
  modelOf,
  readerMakers,
  type HidDevice,
  type SerialDevice,
} from '../../drivers/index.ts';
import type { ReaderSetting } from '../../config/index.ts';
import { placeOf, type Place } from './place.ts';

/** All devices of this machine that might be readers. */
export interface Devices {
  readonly hid: readonly HidDevice[];
  readonly serial: readonly SerialDevice[];
}

/** A device that may be a reader; what it does not say is absent. */
export interface PluggedIn {
  readonly line: 'hid' | 'serial';
  /** The path that stays, where it has one. */
  readonly path: string;
  readonly usbId?: string;
  readonly usbPort?: string;
  readonly serialNumber?: string;
  readonly maker?: string;
  readonly model?: string;
  /** Of the catalogue, when its model is known. */
  readonly protocol?: string;
  /** Why it cannot be used as it is. */
  readonly advice?: string;
  /** The reader that is configured for it. */
  readonly readerId?: string;
}

/** The devices that may be readers, and which of these readers each is. */
export const pluggedIn = (
  { hid, serial }: Devices,
  readers: readonly ReaderSetting[],
): PluggedIn[] => {
  const places = readers.flatMap((setting) => {
    const placed = placeOf(setting);
    return placed.ok ? [{ id: setting.id, place: placed.place }] : [];
  });
  const idOf = (line: 'hid' | 'serial', device: HidDevice | SerialDevice) =>
    places.find(({ place }) => place.line === line && means(place, device))?.id;
  return [
    ...hid.filter(mayBeReader).map((device) => shownOf('hid', device, idOf('hid', device))),
    ...serial.map((device) => shownOf('serial', device, idOf('serial', device))),
  ];
};

// Mice and keyboards are HID devices too.
const mayBeReader = ({ vendorId, productId }: HidDevice): boolean =>
  modelOf({ vendorId, productId }) !== undefined || readerMakers[vendorId] !== undefined;

const means = (place: Place, device: HidDevice | SerialDevice): boolean => {
  if (place.line === 'tcp') return false;
  const { pick } = place;
  if ('path' in pick) return pick.path === device.path || linksOf(device).includes(pick.path);
  if ('port' in pick) return pick.port === device.port;
  const { vendorId, productId, serialNumber = device.serialNumber } = pick;
  const isModel = vendorId === device.vendorId && productId === device.productId;
  return isModel && serialNumber === device.serialNumber;
};

const linksOf = (device: HidDevice | SerialDevice): readonly string[] =>
  'links' in device ? device.links : [];

const shownOf = (
  line: 'hid' | 'serial',
  device: HidDevice | SerialDevice,
  readerId: string | undefined,
): PluggedIn => {
  const { vendorId, productId, serialNumber, port: usbPort } = device;
  const known = vendorId !== undefined && productId !== undefined;
  const model = known ? modelOf({ vendorId, productId }) : undefined;
  const usbId = known ? [vendorId, productId].map(hex).join(':') : undefined;
  const protocol = model?.protocol;
  const shown = {
    ...{ usbId, usbPort, serialNumber },
    maker: model?.maker ?? (known ? readerMakers[vendorId] : undefined) ?? device.manufacturer,
    model: model?.model ?? device.product,
    protocol: protocol !== undefined && isProtocol(protocol) ? protocol : undefined,
    ...{ advice: model?.advice, readerId },
  };
  const filled = Object.entries(shown).filter(([, value]) => value !== undefined);
  return { line, path: linksOf(device)[0] ?? device.path, ...Object.fromEntries(filled) };
};

const hex = (id: number): string => id.toString(16).padStart(4, '0');

/**
 * The setting that makes a device a reader, where its model is known and it can be used as it is; by serial
 * number, so that it may be moved, and by its USB port where another one here has the same.
 */
export const settingFor = (
  device: PluggedIn,
  all: readonly PluggedIn[],
): ReaderSetting | undefined => {
  const { line, protocol, usbId, usbPort, serialNumber, maker = 'reader', advice } = device;
  if (protocol === undefined || advice !== undefined) return undefined;
  const twins = all.filter((one) => one.usbId === usbId && one.serialNumber === serialNumber);
  const isNamed = usbId !== undefined && serialNumber !== undefined && twins.length === 1;
  const byPort = usbPort === undefined ? device.path : `usb:${usbPort}`;
  const path = isNamed ? `usb:${usbId}` : byPort;
  const id = `${maker}-${isNamed ? serialNumber : (usbPort ?? path)}`.replace(
    /[^A-Za-z0-9_-]+/g,
    '-',
  );
  const setting = { id: id.toLowerCase().slice(0, 64), protocol, line, path };
  const whole = isNamed ? { ...setting, serialNumber } : setting;
  return placeOf(whole).ok ? whole : undefined;
};
