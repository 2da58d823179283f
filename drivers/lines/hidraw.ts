/**
 * The HID devices of a Linux system, as its kernel lists them in sysfs. A door to `node:fs`.
 *
 * Neither udev nor a library is needed for it, and a look costs a few short reads. Another system than Linux
 * has no such list; there no HID device is found.
 */
import { accessSync, constants, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { hidDeviceOf, type HidDevice } from '../hid/device.ts';

/** Where the kernel lists them. */
const listedIn = '/sys/class/hidraw';

/** Every HID device that is plugged in, ordered by path. */
export const listHid = (listDirectory: string = listedIn): HidDevice[] =>
  namesIn(listDirectory)
    .map((name) => deviceIn(listDirectory, name))
    .filter((device) => device !== undefined)
    .sort((one, other) => one.path.localeCompare(other.path, 'en', { numeric: true }));

/** The report descriptor of a device, or `undefined` when it has gone. */
export const descriptorOf = (device: HidDevice): Uint8Array | undefined =>
  bytesIn(`${device.place}/report_descriptor`);

/** Whether the device is still plugged in, at the same path, and never was not. */
export const isThere = (device: HidDevice, listDirectory: string = listedIn): boolean =>
  placeOf(listDirectory, device.path.replace('/dev/', '')) === device.place;

/** Where a link leads; another path as it is. */
export const realPath = (path: string): string => tried(() => realpathSync(path)) ?? path;

/** Whether this user may read and write a file, as the system says it. */
export const accessTo = (path: string): 'allowed' | 'denied' | 'absent' => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'allowed';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'absent';
  }
};

const deviceIn = (listDirectory: string, name: string): HidDevice | undefined => {
  const place = placeOf(listDirectory, name);
  if (place === undefined) return undefined;
  // A USB device has its texts two folders up: device, then interface, then the HID device.
  const usbText = (file: string) => ({ [file]: textIn(`${place}/../../${file}`) });
  const isOfUsb = /\/[0-9]+-[0-9.]+:[0-9]+\.[0-9]+\/[^/]+$/.test(place);
  const descriptor = bytesIn(`${place}/report_descriptor`);
  return hidDeviceOf({
    name,
    uevent: textIn(`${place}/uevent`),
    place,
    ...(descriptor === undefined ? {} : { descriptor }),
    ...(isOfUsb ? { ...usbText('manufacturer'), ...usbText('product'), ...usbText('serial') } : {}),
  });
};

const placeOf = (listDirectory: string, name: string): string | undefined =>
  tried(() => realpathSync(`${listDirectory}/${name}/device`));

const namesIn = (directory: string): string[] =>
  tried(() => readdirSync(directory))?.filter((name) => /^hidraw[0-9]+$/.test(name)) ?? [];

const bytesIn = (file: string): Uint8Array | undefined => {
  const bytes = tried(() => readFileSync(file));
  return bytes && new Uint8Array(bytes);
};

const textIn = (file: string): string => tried(() => readFileSync(file, 'utf8')) ?? '';

// A device may go between two looks at it; what is not there is not told.
const tried = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};
