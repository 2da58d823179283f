/** What the guest has found of the devices that were plugged in. */
import { existsSync } from 'node:fs';
import type { HidDevice } from '../../../drivers/index.ts';
import { listHid } from '../../../drivers/lines/hid.ts';
import { until } from '../../../simulator/shop/until.ts';

/** Milliseconds within which a guest on a busy machine has done what it does in a moment. */
export const guestWithinMs = 30_000;

/** Resolves to the HID devices once there are so many. */
export const listed = async (count: number): Promise<readonly HidDevice[]> => {
  // A device is listed a moment before its file is there.
  const ready = () => listHid().filter(({ path }) => existsSync(path));
  await until(`${count} HID devices are listed`, () => ready().length === count, guestWithinMs);
  return ready();
};

/** Resolves once a device's file is there, or is gone. */
export const isThere = (path: string, wanted: boolean): Promise<void> =>
  until(
    `${path} is ${wanted ? 'there' : 'gone'}`,
    () => existsSync(path) === wanted,
    guestWithinMs,
  );
