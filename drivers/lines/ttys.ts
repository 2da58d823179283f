/**
 * The serial ports of a Linux system, as its kernel lists them in sysfs, and what can be seen of one without
 * opening it. A door to `node:fs`. Neither udev nor a program of it is needed: a slim container has none.
 */
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { serialDeviceOf, usbFolderOf, type SerialDevice } from '../serial/device.ts';
import type { OwningGroup, PortHolder, PortLook } from '../serial/refusal.ts';

/** Processes, and open files of each, that are looked at for who holds a port. */
const lookedAtMost = 4_096;

/** Every serial port with something behind it, ordered by path; `root` is where the system's files begin. */
export const listSerial = (root = ''): SerialDevice[] => {
  const links = ['by-id', 'by-path'].flatMap((kind) => linksIn(root, `/dev/serial/${kind}`));
  return namesIn(`${root}/sys/class/tty`)
    .map((name) => deviceIn(root, name, links))
    .filter((device) => device !== undefined)
    .sort((one, other) => one.path.localeCompare(other.path, 'en', { numeric: true }));
};

interface Link {
  readonly path: string;
  readonly to: string;
}

const linksIn = (root: string, folder: string): Link[] =>
  namesIn(`${root}${folder}`).flatMap((name) => {
    const to = tried(() => readlinkSync(`${root}${folder}/${name}`));
    return to === undefined ? [] : [{ path: `${folder}/${name}`, to: to.replace(/^.*\//, '') }];
  });

const deviceIn = (root: string, name: string, links: readonly Link[]): SerialDevice | undefined => {
  const folder = `${root}/sys/class/tty/${name}`;
  // Consoles and pseudo terminals have no device behind them.
  const place = tried(() => realpathSync(`${folder}/device`));
  if (place === undefined) return undefined;
  const usb = usbFolderOf(place);
  const usbText = (file: string) => (usb === undefined ? '' : textIn(`${usb}/${file}`));
  return serialDeviceOf({
    ...{ name, place, type: textIn(`${folder}/type`).trim() },
    links: links.filter(({ to }) => to === name).map(({ path }) => path),
    ...{ idVendor: usbText('idVendor'), idProduct: usbText('idProduct') },
    ...{ serial: usbText('serial'), product: usbText('product') },
    manufacturer: usbText('manufacturer'),
  });
};

/** Whether there is something at this path. */
export const isPortThere = (path: string): boolean => existsSync(path);

/** What can be seen of a port: who has it open, as far as this user may know, and whose it is. */
export const lookAtPort = (path: string): PortLook => {
  const device = tried(() => realpathSync(path));
  if (device === undefined) return { holders: [] };
  const group = groupOf(path);
  const holders = holdersOf(device);
  const name = device.replace(/^.*\//, '');
  return { holders, name, ...(group === undefined ? {} : { group }) };
};

const holdersOf = (device: string): PortHolder[] => {
  const self = tried(() => readlinkSync('/proc/self')) ?? '';
  return namesIn('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .slice(0, lookedAtMost)
    .filter((process) => holds(process, device))
    .map((process) => ({
      processId: Number(process),
      program: textIn(`/proc/${process}/comm`).trim() || 'an unknown program',
      isThisOne: process === self,
    }));
};

// The files of other users' processes are not to be seen; then nothing is found.
const holds = (process: string, device: string): boolean =>
  namesIn(`/proc/${process}/fd`)
    .slice(0, lookedAtMost)
    .some((fd) => tried(() => readlinkSync(`/proc/${process}/fd/${fd}`)) === device);

const groupReadsAndWrites = 0o060;

/** The group that owns the device at this path. */
export const groupOf = (path: string): OwningGroup | undefined => {
  const found = tried(() => statSync(path));
  if (found === undefined) return undefined;
  // `name:password:id:members`, as group(5) has it.
  const row = textIn('/etc/group')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , id]) => id === String(found.gid));
  const [name = String(found.gid)] = row ?? [];
  return { name, mayUse: (found.mode & groupReadsAndWrites) === groupReadsAndWrites };
};

const namesIn = (folder: string): string[] => tried(() => readdirSync(folder)) ?? [];

const textIn = (file: string): string => tried(() => readFileSync(file, 'utf8')) ?? '';

// What goes between two looks, or may not be seen, is not told.
const tried = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};
