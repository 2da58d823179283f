/** What is plugged in: devices as people know them, and the setting that would make each a reader. */
import {
  adviceAgainst,
  chooseHid,
  isProtocol,
  modelOf,
  protocols,
  readerMakers,
  type Capability,
  type HidDevice,
  type HidUsage,
  type ProtocolRow,
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
  /** Of its model. */
  readonly takes?: readonly Capability[];
  /** What a technician has to know of its model. */
  readonly quirks?: readonly string[];
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
  const readerOf = (line: 'hid' | 'serial', devices: readonly (HidDevice | SerialDevice)[]) =>
    places.find(({ place }) => place.line === line && devices.some((one) => means(place, one)))?.id;
  return [
    ...wholes(hid.filter(mayBeReader)).map((interfaces) => {
      const { device, advice } = oneOf(interfaces);
      return shownOf('hid', device, { advice, readerId: readerOf('hid', interfaces) });
    }),
    ...serial.map((device) => {
      const { advice } = knownOf(device) ?? {};
      return shownOf('serial', device, { advice, readerId: readerOf('serial', [device]) });
    }),
  ];
};

type Interfaces = readonly [HidDevice, ...HidDevice[]];

// A device with several HID interfaces is listed by the system once for each; it is one reader.
const wholes = (devices: readonly HidDevice[]): Interfaces[] =>
  devices.flatMap((device, at) => {
    const isOfIt = ({ port }: HidDevice) => port !== undefined && port === device.port;
    if (devices.slice(0, at).some(isOfIt)) return [];
    return [[device, ...devices.slice(at + 1).filter(isOfIt)] as const];
  });

/** The interface that would be opened, and why none would be. */
const oneOf = (interfaces: Interfaces): { device: HidDevice; advice: string | undefined } => {
  const [first, ...others] = interfaces;
  const open = interfaces.find((device) => adviceAgainst(device) === undefined);
  if (open?.port === undefined || others.length === 0) {
    return { device: first, advice: adviceAgainst(first) };
  }
  const choice = chooseHid(interfaces, { port: open.port }, useOf(knownOf(first)?.protocol));
  return choice.ok
    ? { device: choice.device, advice: undefined }
    : { device: open, advice: choice.detail };
};

const useOf = (protocol: string | undefined): HidUsage | undefined => {
  const { hid } = linesAt(protocol);
  return hid && { page: hid.usagePage, usage: hid.usage };
};

const linesAt = (protocol: string | undefined): ProtocolRow['lines'] =>
  protocol !== undefined && isProtocol(protocol) ? protocols[protocol].lines : {};

const knownOf = ({ vendorId, productId }: HidDevice | SerialDevice) =>
  vendorId === undefined || productId === undefined ? undefined : modelOf({ vendorId, productId });

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
  more: Pick<{ [Key in keyof PluggedIn]: PluggedIn[Key] | undefined }, 'advice' | 'readerId'>,
): PluggedIn => {
  const { vendorId, productId, serialNumber, port: usbPort } = device;
  const known = vendorId !== undefined && productId !== undefined;
  const model = knownOf(device);
  const usbId = known ? [vendorId, productId].map(hex).join(':') : undefined;
  const protocol = model?.protocol;
  const shown = {
    ...{ usbId, usbPort, serialNumber },
    maker: model?.maker ?? (known ? readerMakers[vendorId] : undefined) ?? device.manufacturer,
    model: model?.model ?? device.product,
    protocol: protocol !== undefined && isProtocol(protocol) ? protocol : undefined,
    ...{ takes: model?.takes, quirks: model?.quirks },
    ...more,
  };
  const filled = Object.entries(shown).filter(([, value]) => value !== undefined);
  return { line, path: linksOf(device)[0] ?? device.path, ...Object.fromEntries(filled) };
};

const hex = (id: number): string => id.toString(16).padStart(4, '0');

/**
 * The setting that makes a device a reader, where its model is known and it can be used as it is; by serial
 * number, so that it may be moved, and by its USB port where another one here has the same. Of a device that
 * is listed more than once, on each of its lines, only the first becomes a reader.
 */
export const settingFor = (
  device: PluggedIn,
  all: readonly PluggedIn[],
): ReaderSetting | undefined => {
  const { line, protocol, usbId, usbPort, serialNumber } = device;
  if (protocol === undefined || !isUsable(device)) return undefined;
  const siblings = all.filter((one) => one.path === device.path || isSibling(one, device));
  if (siblings.find(isUsable)?.path !== device.path) return undefined;
  const twins = all.filter((one) => one.usbId === usbId && one.serialNumber === serialNumber);
  // Its numbers and its port tell it apart on its own line.
  const isAlone = siblings.filter((one) => one.line === line).length === 1;
  const isOnlyOne = isAlone && twins.every((one) => siblings.includes(one));
  const isNamed = usbId !== undefined && serialNumber !== undefined && isOnlyOne;
  const byPort = isAlone && usbPort !== undefined ? `usb:${usbPort}` : device.path;
  const path = isNamed ? `usb:${usbId}` : byPort;
  const id = idOf(device, isNamed ? serialNumber : (usbPort ?? path));
  const setting = { id, protocol, line, path };
  const whole = isNamed ? { ...setting, serialNumber } : setting;
  return placeOf(whole).ok ? whole : undefined;
};

const idOf = ({ maker = 'reader' }: PluggedIn, which: string): string =>
  `${maker}-${which}`
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .toLowerCase()
    .slice(0, 64);

const isSibling = (one: PluggedIn, { usbPort }: PluggedIn): boolean =>
  usbPort !== undefined && one.usbPort === usbPort;

// A device may hang on a line that its protocol does not run over, as a console beside its reader.
const isUsable = ({ line, protocol, advice }: PluggedIn): boolean =>
  advice === undefined && linesAt(protocol)[line] !== undefined;
