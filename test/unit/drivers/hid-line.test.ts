/** The HID line: the promises of a line, and every way in which a device is lost. */
import { describe, expect, test } from 'vitest';
import { bytesOf, fromHex, type LineEvent } from '../../../drivers/index.ts';
import {
  hidLimits,
  openHidOn,
  whyNotOpened,
  type HidLineOptions,
} from '../../../drivers/lines/hid-line.ts';
import { until } from '../../../simulator/shop/until.ts';
import { openHidLine } from '../../../drivers/lines/hid.ts';
import { vector } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';
import { handTimers, realTimers } from '../../rigs/hand-timers.ts';
import { oneHidDevice, readerDevice, readerLink, type HidHostHabits } from '../../rigs/hid-host.ts';
import { linePromises, suiteRecordBytesMax, type LineRig } from '../../suites/line.ts';

const options: HidLineOptions = {
  pick: { vendorId: 0x0801, productId: 0x0011 },
  sizes: {
    numbered: false,
    inputBytesMax: suiteRecordBytesMax,
    outputBytes: 32,
    featureBytes: 16,
  },
  writeWithinMs: 1_000,
};

const rig = (): Promise<LineRig> => {
  const far = oneHidDevice();
  return Promise.resolve({
    open: openHidOn(far.host)(options, realTimers),
    send: far.send,
    arrived: () => Promise.resolve(),
    received: far.received,
    unplug: () => Promise.resolve(far.unplug()),
    replug: () => Promise.resolve(far.replug()),
    stop: () => Promise.resolve(),
  });
};

linePromises('a HID line', rig, 'reports');

describe('a HID line', () => {
  const opening = (habits: HidHostHabits = {}, given: Partial<HidLineOptions> = {}) => {
    const far = oneHidDevice(habits);
    const timers = handTimers();
    const events: LineEvent[] = [];
    const open = openHidOn(far.host)({ ...options, ...given }, timers);
    const line = open((event) => void events.push(event));
    timers.pass(0);
    const heard = async (is: LineEvent['is'], count = 1) => {
      await until(`it hears "${is}"`, () => {
        timers.pass(0);
        return events.filter((event) => event.is === is).length >= count;
      });
      return events.at(-1);
    };
    return { far, timers, events, line, heard };
  };
  const opened = async (habits: HidHostHabits = {}) => {
    const made = opening(habits);
    await made.heard('opened');
    return made;
  };

  test.each([
    ['denied', 'udev rule'],
    ['absent', 'plug the reader in'],
  ] as const)('that may not be opened is %s', async (access, advice) => {
    const end = await opening({ access }).heard('ended');
    expect(end).toEqual({ is: 'ended', why: access, detail: containing(advice) });
  });

  test('that belongs to a group names it, and the rule where that does not help', async () => {
    const refused = async (name: string, mayUse: boolean) => {
      const end = await opening({ access: 'denied', group: { name, mayUse } }).heard('ended');
      return end?.is === 'ended' ? end.detail : '';
    };
    const toGroup =
      'add the user to the group (usermod -aG cardreader USER) and start the agent anew.';
    const cardreader = await refused('cardreader', true);
    expect(cardreader).toContain('/dev/hidraw0 belongs to the group "cardreader"');
    expect(cardreader).toContain(toGroup);
    expect(cardreader).not.toContain('rule');
    const root = await refused('root', false);
    expect(root).toContain('belongs to the group "root"');
    expect(root).toContain('(packaging/udev/70-holdfast-readers.rules)');
    expect(root).toContain(toGroup);
  });

  test('is opened by a link to its device', async () => {
    await opening({}, { pick: { path: readerLink } }).heard('opened');
  });

  test('names the libraries it needs when they are not there', () => {
    const message = 'libusb-1.0.so.0: cannot open shared object file: No such file or directory';
    const [why, detail] = whyNotOpened('/dev/hidraw3', message, { access: 'allowed' });
    expect([why, detail]).toEqual(['failed', containing('install libusb-1.0-0')]);
  });

  test('that cannot be opened although it may says what the system said', () => {
    const message = 'not a HIDRAW device';
    const [why, detail] = whyNotOpened('/dev/hidraw3', message, { access: 'allowed' });
    expect([why, detail]).toEqual(['failed', containing('not a HIDRAW device')]);
  });

  test('is never opened on a keyboard', async () => {
    const far = oneHidDevice();
    const keyboard = { ...readerDevice, productId: 0x0001, uses: [{ page: 1, usage: 6 }] };
    const host = { ...far.host, list: () => [keyboard] };
    const events: LineEvent[] = [];
    const timers = handTimers();
    openHidOn(host)({ ...options, pick: { path: '/dev/hidraw0' } }, timers)(
      (event) => void events.push(event),
    );
    timers.pass(0);
    expect(events).toEqual([{ is: 'ended', why: 'failed', detail: containing('0x10') }]);
    expect(far.left).toEqual([]);
  });

  test('notices by looking that a device is gone whose reads go on', async () => {
    const { far, timers, heard } = await opened({ readsOn: true });
    timers.pass(10 * hidLimits.lookEveryMs);
    far.unplug();
    timers.pass(hidLimits.lookEveryMs);
    expect(await heard('ended')).toMatchObject({ why: 'unplugged', detail: containing('listed') });
  });

  test('notices that another device has taken the place of its own', async () => {
    const { far, timers, heard } = await opened({ readsOn: true });
    far.unplug();
    far.replug();
    timers.pass(hidLimits.lookEveryMs);
    expect(await heard('ended')).toMatchObject({ why: 'unplugged' });
  });

  test('ends with a write that fails, and with one that takes too long', async () => {
    const failing = await opened({ write: () => Promise.reject(new Error('EPIPE')) });
    failing.line.send(bytesOf('a'));
    expect(await failing.heard('ended')).toMatchObject({
      why: 'unplugged',
      detail: containing('EPIPE'),
    });
    const hanging = await opened({ write: () => new Promise(() => {}) });
    hanging.line.send(bytesOf('a'));
    hanging.timers.pass(2 * options.writeWithinMs);
    expect(await hanging.heard('ended')).toMatchObject({ why: 'write_timeout' });
  });

  test('ends as silent with a question that nobody answers', async () => {
    const mute = await opened({ feature: () => new Promise(() => {}) });
    mute.line.query(bytesOf('a'));
    mute.timers.pass(2 * options.writeWithinMs);
    expect(await mute.heard('ended')).toMatchObject({
      why: 'silent',
      detail: containing('answered no question within 2000 ms'),
    });
  });

  test('goes on with a device that refuses a question: that is an answer of no bytes', async () => {
    let isRefusing = true;
    const feature = () => (isRefusing ? Promise.reject(new Error('EPIPE')) : Promise.resolve());
    const { line, events, heard, far } = await opened({ feature });
    line.query(bytesOf('one'));
    line.send(bytesOf('then'));
    await until('the next write left', () => far.left.length === 1);
    expect(await heard('answer')).toEqual({ is: 'answer', bytes: new Uint8Array() });
    isRefusing = false;
    line.query(bytesOf('two'));
    await heard('answer', 2);
    expect(events.map(({ is }) => is)).toEqual(['opened', 'answer', 'answer']);
  });

  test('ends with a question refused by a device that is gone', async () => {
    const feature = () => Promise.reject(new Error('ENODEV'));
    const { line, heard, far } = await opened({ feature, readsOn: true });
    far.unplug();
    line.query(bytesOf('one'));
    expect(await heard('ended')).toMatchObject({ why: 'unplugged', detail: containing('ENODEV') });
  });

  test('bounds what waits to be told, and counts what it discards', async () => {
    const { far, events, timers } = await opened();
    const { reportsWaitingMax } = hidLimits;
    for (let at = 0; at < reportsWaitingMax + 100; at += 1) far.send(Uint8Array.of(at, 0, 0));
    timers.pass(0);
    const [, ...told] = events;
    expect(told.length).toBe(reportsWaitingMax + 1);
    expect(told.at(-2)).toEqual({
      is: 'record',
      bytes: Uint8Array.of(reportsWaitingMax - 1, 0, 0),
    });
    expect(told.at(-1)).toEqual({ is: 'discarded', byteCount: 300 });
    far.send(bytesOf('next'));
    timers.pass(0);
    expect(events.at(-1)).toEqual({ is: 'record', bytes: bytesOf('next') });
  });

  test('believes the descriptor about numbers and sizes of reports', async () => {
    // Report 1: two bytes in, four bytes of feature; from a device the options call unnumbered.
    const descriptor = fromHex('0600FF0901A1018501750895020920810295040920B102C0');
    const { far, events, line, heard } = await opened({ descriptor: descriptor!, inputId: 1 });
    far.send(bytesOf('ab'));
    expect(await heard('record')).toEqual({ is: 'record', bytes: bytesOf('ab'), reportId: 1 });
    line.query(bytesOf('?'), 1);
    expect(await heard('answer')).toEqual({ is: 'answer', bytes: Uint8Array.of(63, 0, 0, 0) });
    expect(far.left).toEqual([Uint8Array.of(1, 63, 0, 0, 0)]);
    expect(events[0]).toEqual({ is: 'opened', descriptor });
  });

  test('puts a zero before reports of a device that does not number them', async () => {
    const descriptor = fromHex(vector('magtek-hid-report-descriptor').descriptor_hex ?? '');
    const { far, line, heard } = await opened({ descriptor: descriptor! });
    line.query(Uint8Array.of(0x09, 0x00));
    await heard('answer');
    const [left = new Uint8Array()] = far.left;
    expect([left.length, ...left.subarray(0, 3)]).toEqual([61, 0, 0x09, 0x00]);
  });

  test('says that it has ended when its device does not close', async () => {
    const { line, timers, heard } = await opened({ close: () => new Promise(() => {}) });
    line.close();
    timers.pass(hidLimits.closeWithinMs);
    expect(await heard('ended')).toMatchObject({ why: 'closed' });
  });
});

describe('the door to HID devices', () => {
  test('finds nothing at a path that no device has', async () => {
    const events: LineEvent[] = [];
    const pick = { path: '/dev/hidraw9999' };
    openHidLine({ ...options, pick }, realTimers)((event) => void events.push(event));
    await until('it ends', () => events.length > 0);
    expect(events).toEqual([
      { is: 'ended', why: 'absent', detail: containing('/dev/hidraw9999 is not there') },
    ]);
  });
});
