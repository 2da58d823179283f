/** The roster: what is plugged in, what of it becomes a reader by itself, and what tells two apart. */
import { describe, expect, test } from 'vitest';
import { pluggedIn, settingFor, type Devices } from '../../../agent/readers/plugged-in.ts';
import { postOf, type Post } from '../../../agent/readers/post.ts';
import { readersMost, rosterLookEveryMs, rosterOf } from '../../../agent/readers/roster.ts';
import type { ReaderSetting } from '../../../config/index.ts';
import { readerModels, type HidDevice, type SerialDevice } from '../../../drivers/index.ts';
import { virtualClock } from '../../../simulator/world/clock.ts';
import { containing } from '../../rigs/containing.ts';
import { ReaderShelf } from '../../rigs/scripted-reader.ts';

const { vendorId, productId } = { vendorId: 0x0801, productId: 0x0011 };

const hid = (plug: number, differently: Partial<HidDevice> = {}): HidDevice => ({
  ...{ path: `/dev/hidraw${plug}`, vendorId, productId, port: `1-${plug}` },
  ...{ serialNumber: `B${plug}`, uses: [], place: `/sys/${plug}` },
  ...differently,
});
const adapter: SerialDevice = {
  ...{ path: '/dev/ttyUSB0', links: ['/dev/serial/by-id/usb-FTDI-if00'], port: '1-9' },
  ...{ vendorId: 0x0403, productId: 0x6001, manufacturer: 'FTDI' },
};
const keyboard = hid(5, { vendorId: 0x046d, productId: 0xc31c });
const serialReader: ReaderSetting = {
  ...{ id: 'counter', protocol: 'magtek-serial-line', path: adapter.links[0] ?? '' },
};

describe('what is plugged in', () => {
  test('is shown with its model and the path that stays; what is no reader is not', () => {
    const shown = pluggedIn({ hid: [hid(1), keyboard], serial: [adapter] }, []);
    expect(shown).toMatchObject([
      { line: 'hid', path: '/dev/hidraw1', serialNumber: 'B1', usbPort: '1-1', maker: 'MagTek' },
      {
        line: 'serial',
        path: '/dev/serial/by-id/usb-FTDI-if00',
        maker: 'FTDI',
        usbId: '0403:6001',
      },
    ]);
    expect(shown).toHaveLength(2);
  });

  test.each([
    ['its link', adapter.links[0]],
    ['its device', '/dev/ttyUSB0'],
    ['its USB port', 'usb:1-9'],
    ['its USB numbers', 'usb:0403:6001'],
  ])('is known as the reader that is configured by %s', (_, path = '') => {
    const [shown] = pluggedIn({ hid: [], serial: [adapter] }, [{ ...serialReader, path }]);
    expect(shown).toMatchObject({ readerId: 'counter' });
  });

  test('is no reader of another line, or of a setting that cannot be', () => {
    const others: ReaderSetting[] = [
      { ...serialReader, line: 'tcp', path: 'host:1' },
      { ...serialReader, id: 'odd', protocol: 'semaphore' },
    ];
    const [shown] = pluggedIn({ hid: [], serial: [adapter] }, others);
    expect(shown?.readerId).toBe(undefined);
  });
});

/** A roster over devices that come and go. */
const rostered = (given: { readers?: ReaderSetting[]; automatic?: boolean } = {}) => {
  const { readers = [], automatic = true } = given;
  const clock = virtualClock();
  const devices: { -readonly [K in keyof Devices]: Devices[K] } = { hid: [], serial: [] };
  const shelves = new Map<string, ReaderShelf>();
  const roster = rosterOf({
    settings: { readers, 'reader.automatic': automatic },
    devices: () => devices,
    clock,
    postFor: (setting): Post => {
      const shelf = new ReaderShelf();
      shelves.set(setting.id, shelf);
      const silent = () => undefined;
      return postOf({
        ...{ setting, clock, openReader: shelf.openReader, line: 'hid', tell: silent },
        openLine: () => ({ send: silent, query: silent, skip: silent, close: silent }),
      });
    },
  });
  const settings = () => roster.posts.map(({ setting }) => setting);
  return { roster, clock, devices, shelves, settings };
};

describe('an automatic roster', () => {
  test('opens what is plugged in and known, and what is plugged in later', () => {
    const { roster, clock, devices, shelves, settings } = rostered();
    devices.hid = [hid(1), keyboard];
    devices.serial = [adapter];
    roster.start();
    const known = ['magtek-b1'];
    expect(settings().map(({ id }) => id)).toEqual(known);
    devices.hid = [hid(1), hid(2)];
    clock.advance(rosterLookEveryMs);
    expect(settings()).toHaveLength(known.length);
    clock.advance(rosterLookEveryMs);
    expect(settings().map(({ id }) => id)).toEqual(['magtek-b1', 'magtek-b2']);
    for (const shelf of shelves.values()) expect(shelf.opened).toHaveLength(1);
    expect(settings()[0]).toMatchObject({ serialNumber: 'B1', line: 'hid' });
    expect(roster.pluggedIn().map(({ readerId }) => readerId)).toEqual([
      'magtek-b1',
      'magtek-b2',
      undefined,
    ]);
  });

  test('tells two of a kind without a serial number, or with the same, apart by their USB port', () => {
    const nameless = (plug: number): HidDevice => {
      const { serialNumber: _none, ...device } = hid(plug);
      return device;
    };
    const same = (plug: number) => hid(plug, { serialNumber: '0000' });
    for (const twin of [nameless, same]) {
      const all = pluggedIn({ hid: [twin(1), twin(2)], serial: [] }, []);
      const paths = all.map((device) => settingFor(device, all)?.path);
      expect(paths).toEqual(['usb:1-1', 'usb:1-2']);
    }
  });

  test('takes a device that shows several interfaces once, and opens the one that is for cards', () => {
    const cards = { page: 0xff00, usage: 1 };
    const second = { ...hid(1), path: '/dev/hidraw7', interface: 1, uses: [cards] };
    for (const one of [hid(1), hid(1, { uses: [{ page: 1, usage: 6 }] })]) {
      const { roster, clock, devices, settings } = rostered();
      devices.hid = [one, second];
      roster.start();
      clock.advance(2 * rosterLookEveryMs);
      expect(settings()).toMatchObject([{ path: 'usb:0801:0011', serialNumber: 'B1' }]);
      expect(roster.pluggedIn()).toMatchObject([{ path: '/dev/hidraw7', readerId: 'magtek-b1' }]);
    }
  });

  test('says of a device with several interfaces that are alike how to choose, and takes none', () => {
    const all = pluggedIn({ hid: [hid(1), { ...hid(1), path: '/dev/hidraw7' }], serial: [] }, []);
    expect(all).toMatchObject([{ advice: containing('/dev/hidraw1, /dev/hidraw7') }]);
    expect(all.map((device) => settingFor(device, all))).toEqual([undefined]);
  });

  test('takes a device that is on two lines, or on two serial ports, once', () => {
    const { roster, clock, devices, settings } = rostered();
    const dynaFlex = { vendorId: 0x0801, productId: 0x2020, serialNumber: 'D1', port: '1-4' };
    const ports = ['/dev/ttyACM0', '/dev/ttyACM1'].map((path) => ({
      path,
      links: [],
      ...dynaFlex,
    }));
    devices.hid = [hid(4, dynaFlex)];
    devices.serial = ports;
    roster.start();
    clock.advance(2 * rosterLookEveryMs);
    expect(settings()).toMatchObject([{ line: 'hid', path: 'usb:0801:2020' }]);
    const all = pluggedIn({ hid: [], serial: ports }, []);
    const paths = all.map((device) => settingFor(device, all)?.path);
    expect(paths).toEqual(['/dev/ttyACM0', undefined]);
  });

  test('takes nothing that types, whether its model is known or only its maker', () => {
    const typing = { uses: [{ page: 1, usage: 6 }] };
    for (const ids of [
      { vendorId: 0x0acd, productId: 0x2010 },
      { vendorId: 0x0acd, productId: 0x3820 },
      { vendorId: 0x0acd, productId: 0x4521 },
    ]) {
      const all = pluggedIn({ hid: [hid(1, { ...ids, ...typing })], serial: [] }, []);
      expect(all).toMatchObject([{ maker: 'ID TECH', advice: containing('keyboard') }]);
      expect(all.map((device) => settingFor(device, all))).toEqual([undefined]);
    }
  });

  test('takes no reader that needs something done to it first', () => {
    const typing = readerModels.find(({ advice }) => advice !== undefined);
    if (typing === undefined) throw new Error('There is no such model.');
    const [shown] = pluggedIn({ hid: [hid(1, typing)], serial: [] }, []);
    expect(shown?.advice).toBeDefined();
    expect(shown && settingFor(shown, [shown])).toBe(undefined);
  });

  test('has no more readers than the settings may name, and makes room where one is gone', () => {
    const { roster, clock, devices, shelves, settings } = rostered();
    devices.hid = Array.from({ length: readersMost + 1 }, (_, plug) => hid(plug));
    roster.start();
    expect(settings()).toHaveLength(readersMost);
    shelves.get('magtek-b0')?.last().lose();
    devices.hid = devices.hid.slice(1);
    clock.advance(2 * rosterLookEveryMs);
    expect(settings()).toHaveLength(readersMost);
    expect(settings().map(({ id }) => id)).toContain(`magtek-b${readersMost}`);
    expect(settings().map(({ id }) => id)).not.toContain('magtek-b0');
  });

  test('once stopped looks no more', () => {
    const { roster, clock } = rostered();
    roster.start();
    roster.stop();
    expect(clock.nextDueInMs()).toBe(undefined);
  });
});

describe('a roster that is not automatic', () => {
  test('has the readers of its settings, whatever is plugged in', () => {
    for (const automatic of [true, false]) {
      const { roster, clock, devices, settings } = rostered({ readers: [serialReader], automatic });
      devices.hid = [hid(1)];
      roster.start();
      clock.advance(10 * rosterLookEveryMs);
      expect(settings()).toEqual([serialReader]);
    }
    const { roster, devices, settings } = rostered({ automatic: false });
    devices.hid = [hid(1)];
    roster.start();
    expect(settings()).toEqual([]);
  });
});
