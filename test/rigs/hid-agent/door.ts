/** The door to HID devices that are played elsewhere, as `drivers/lines/hid.ts` is to the system’s. */
import { connect, type Socket } from 'node:net';
import type { HidDevice } from '../../../drivers/index.ts';
import { openHidOn, type HidHandle } from '../../../drivers/lines/hid-line.ts';
import { devicesVariable, lines, socketVariable, written, type Told } from './told.ts';

const { [socketVariable]: socketPath = '', [devicesVariable]: listed = '[]' } = process.env;
const devices = JSON.parse(listed) as HidDevice[];
const gone = new Set<string>();

/** Every device there is. */
export const listHid = (): HidDevice[] => devices.filter(({ path }) => !gone.has(path));

type Heard = (told: Told) => void;

const listeners = new Map<string, Heard>();
let connected: Promise<Socket> | undefined;

/** One socket for all devices, from when the first is opened. */
const bus = (): Promise<Socket> => (connected ??= connectedTo(socketPath));

const connectedTo = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket)).unref();
    socket.once('error', reject);
    socket.on(
      'data',
      lines((told) => {
        if (told.is === 'gone') gone.add(told.path);
        listeners.get(told.path)?.(told);
      }),
    );
  });

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

const handleOf = (path: string, socket: Socket): HidHandle => {
  const answers: ((report: Uint8Array) => void)[] = [];
  let hearReport = (_report: Uint8Array): void => {};
  let hearLost = (_why: string): void => {};
  listeners.set(path, (told) => {
    if (told.is === 'gone') hearLost('could not read from HID device');
    else if (told.is === 'answer') answers.shift()?.(Uint8Array.of(0, ...bytesOf(told.report)));
    else hearReport(bytesOf(told.report));
  });
  const tell = async (is: 'write' | 'set', report: Uint8Array): Promise<void> => {
    socket.write(written({ path, is, report: Buffer.from(report).toString('hex') }));
  };
  return {
    write: (report) => tell('write', report),
    sendFeatureReport: (report) => tell('set', report),
    getFeatureReport: () => new Promise((resolve) => void answers.push(resolve)),
    listen(hear, lost) {
      hearReport = hear;
      hearLost = lost;
    },
    async close() {
      listeners.delete(path);
    },
  };
};

/** A way to open a device that is played. */
export const openHidLine = openHidOn({
  list: listHid,
  realPath: (path) => path,
  descriptorOf: () => undefined,
  isThere: ({ path }) => !gone.has(path),
  access: ({ path }) => (gone.has(path) ? 'absent' : 'allowed'),
  groupOf: () => undefined,
  open: async ({ path }) => handleOf(path, await bus()),
});
