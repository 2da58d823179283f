/**
 * Plugs a simulated HID reader into Linux: the kernel makes a real `/dev/hidrawN` of it, for all to open.
 *
 * It takes a kernel with `uhid` (Documentation/hid/uhid.rst), and root or a udev rule on `/dev/uhid`. A door
 * to `node:fs`.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { filledUp, readDescriptor } from '../../drivers/index.ts';
import type { MakeHidReader, SimulatedHidReader } from './hid-wire.ts';
import {
  eventOf,
  heardIn,
  uhidEventBytes,
  type UhidHeard,
  type UhidIdentity,
  type UhidTold,
} from './uhid-event.ts';

/** A reader that hangs on this system. */
export interface PluggedHidReader<R extends SimulatedHidReader> {
  readonly reader: R;
  unplug(): void;
  /** Plugs it in again; the kernel takes it for another device. */
  replug(): void;
  /** Unplugs it for good. */
  stop(): void;
}

const uhid = '/dev/uhid';
// Looked for and not waited for: a read that waits would hold one of Node's few threads.
const lookEveryMs = 5;

/** Plugs a reader in; the kernel lists it a moment later. Throws where the system allows no such thing. */
export const plugHidReader = <R extends SimulatedHidReader>(
  make: MakeHidReader<R>,
  identity: UhidIdentity,
): PluggedHidReader<R> => {
  const file = openUhid();
  let state: 'unplugged' | 'plugged' | 'stopped' = 'unplugged';
  // A reader may still say something when it is gone; nobody hears it.
  const tell = (told: UhidTold) => {
    if (state === 'plugged') writeSync(file, eventOf(told));
  };
  const unplug = () => {
    tell({ is: 'destroy' });
    if (state === 'plugged') state = 'unplugged';
  };
  const replug = () => {
    if (state !== 'unplugged') return;
    state = 'plugged';
    tell({ is: 'create', identity, descriptor });
  };
  const features = featureReports(tell, (reportId) => featureBytesOf(reportId));
  const reader = make({
    send(report, reportId) {
      const number = reportId === undefined ? [] : [reportId];
      tell({ is: 'input', report: Uint8Array.of(...number, ...report) });
    },
    answer: (report) => features.answer(report),
    leave: unplug,
    comeBack: replug,
  });
  const descriptor = descriptorOf(reader);
  const read = readDescriptor(descriptor);
  const featureBytesOf = (reportId: number) =>
    read.ok ? read.map.bytesOf('feature', reportId) : 0;
  const hear = (heard: UhidHeard) => {
    if (heard.is === 'get') return features.get(heard);
    const [number = 0, ...bytes] = heard.report;
    const report = [Uint8Array.from(bytes), ...(number === 0 ? [] : [number])] as const;
    if (heard.is === 'output') return reader.receive(...report);
    features.set(heard);
    reader.feature(...report);
  };
  const looking = setInterval(() => {
    for (let heard = look(file); heard !== undefined; heard = look(file)) {
      if (heard !== 'of no use') hear(heard);
    }
  }, lookEveryMs);
  replug();
  return {
    reader,
    unplug,
    replug,
    stop() {
      clearInterval(looking);
      unplug();
      state = 'stopped';
      closeSync(file);
    },
  };
};

const descriptorOf = ({ descriptor }: SimulatedHidReader): Uint8Array => {
  if (descriptor !== undefined) return descriptor;
  throw new Error('Linux takes no HID reader that has no report descriptor; give it one.');
};

interface FeatureReports {
  set(asked: Extract<UhidHeard, { is: 'set' }>): void;
  get(asked: Extract<UhidHeard, { is: 'get' }>): void;
  answer(report: Uint8Array): void;
}

/** One answer for each feature report that was set; whoever reads it back too early waits for it. */
const featureReports = (
  tell: (told: UhidTold) => void,
  featureBytesOf: (reportId: number) => number,
): FeatureReports => {
  let answer: Uint8Array | undefined;
  let waiting: Extract<UhidHeard, { is: 'get' }> | undefined;
  const give = () => {
    if (answer === undefined || waiting === undefined) return;
    const { id, reportId } = waiting;
    waiting = undefined;
    if (answer.length === 0) return tell({ is: 'refused', id });
    const report = filledUp(answer, featureBytesOf(reportId));
    tell({ is: 'got', id, report: Uint8Array.of(reportId, ...report) });
  };
  return {
    set({ id }) {
      answer = undefined;
      tell({ is: 'set', id });
    },
    get(asked) {
      waiting = asked;
      give();
    },
    answer(report) {
      answer = report;
      give();
    },
  };
};

const openUhid = (): number => {
  try {
    return openSync(uhid, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const takes = `a Linux kernel with its module uhid (modprobe uhid), and root or a right to ${uhid}`;
    throw new Error(`A HID reader cannot be played here (${why}); it takes ${takes}.`);
  }
};

const look = (file: number): UhidHeard | 'of no use' | undefined => {
  const event = new Uint8Array(uhidEventBytes);
  try {
    readSync(file, event);
    return heardIn(event) ?? 'of no use';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
};
