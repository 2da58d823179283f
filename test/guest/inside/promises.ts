/** Every promise that the guest tries, by what it is about. */
import type { Promises } from './bench.ts';
import { hidPromises } from './hid-promises.ts';
import { serialPromises, usbPromises } from './usb-promises.ts';

export const promises: Readonly<Record<string, Promises>> = {
  'a HID reader': hidPromises,
  'a HID reader on USB': usbPromises,
  'a serial reader on USB': serialPromises,
};
