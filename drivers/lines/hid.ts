/**
 * The door to HID devices: the only file that opens one.
 *
 * It is `HIDAsync` only: closing the synchronous kind while it reads can crash the process, and every call of
 * it holds the event loop. The library reads in a thread of its own and knows no unplugging; what becomes of
 * that is for `hid-line.ts` to say.
 */
import { HIDAsync } from 'node-hid';
import { openHidOn, type HidHandle, type HidHost } from './hid-line.ts';
import { accessTo, descriptorOf, isThere, listHid, realPath } from './hidraw.ts';
import { groupOf } from './ttys.ts';

export { listHid } from './hidraw.ts';

const handleOf = (device: HIDAsync): HidHandle => ({
  write: (report) => device.write(Buffer.from(report)),
  sendFeatureReport: (report) => device.sendFeatureReport(Buffer.from(report)),
  getFeatureReport: (reportId, byteCount) => device.getFeatureReport(reportId, byteCount),
  listen(hear, lost) {
    device.on('error', (error: unknown) => lost(String(error).replace(/^(Type)?Error: /, '')));
    device.on('data', (report: Buffer) =>
      hear(new Uint8Array(report.buffer, report.byteOffset, report.length)),
    );
  },
  close: () => device.close(),
});

const system: HidHost = {
  list: () => listHid(),
  realPath,
  descriptorOf,
  isThere: (device) => isThere(device),
  access: ({ path }) => accessTo(path),
  groupOf: ({ path }) => groupOf(path),
  open: async ({ path }) => handleOf(await HIDAsync.open(path)),
};

/** A way to open a HID device of this machine. */
export const openHidLine = openHidOn(system);
