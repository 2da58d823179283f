/** Serial ports: what Linux lists, which one is meant, and who is in the way. */
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { handTimers } from '../../rigs/hand-timers.ts';
import { chooseSerial, openLate, type LineEvent } from '../../../drivers/index.ts';
import { listSerial, lookAtPort } from '../../../drivers/lines/ttys.ts';
import { whyNotOpened } from '../../../drivers/serial/refusal.ts';
import { plugCable } from '../../../simulator/readers/pty.ts';
import { containing } from '../../rigs/containing.ts';

const root = mkdtempSync(join(tmpdir(), 'holdfast-ttys-'));
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
};
const link = (path: string, to: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(to, join(root, path));
};

afterAll(() => rmSync(root, { recursive: true }));

// A USB modem, a USB adapter behind a hub, two built-in ports, one with nothing at it, and a console.
const usb = 'sys/devices/pci0/usb1';
for (const [folder, texts] of Object.entries({
  [`${usb}/1-1`]: { idVendor: '0801', idProduct: '2020', serial: 'B12', product: 'DynaFlex' },
  [`${usb}/1-2/1-2.3`]: { idVendor: '0403', idProduct: '6001', manufacturer: 'FTDI' },
})) {
  for (const [file, text] of Object.entries(texts)) write(`${folder}/${file}`, text);
}
write(`${usb}/1-1/1-1:1.0/bInterfaceNumber`, '00');
write(`${usb}/1-2/1-2.3/1-2.3:1.0/ttyUSB0/port_number`, '0');
write('sys/devices/platform/serial/uevent', '');
link('sys/class/tty/ttyACM0/device', `${root}/${usb}/1-1/1-1:1.0`);
link('sys/class/tty/ttyUSB0/device', `${root}/${usb}/1-2/1-2.3/1-2.3:1.0/ttyUSB0`);
link('sys/class/tty/ttyS0/device', `${root}/sys/devices/platform/serial`);
write('sys/class/tty/ttyS0/type', '0');
link('sys/class/tty/ttyAMA0/device', `${root}/sys/devices/platform/serial`);
write('sys/class/tty/ttyAMA0/type', '32');
write('sys/class/tty/tty1/uevent', '');
link('dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0', '../../ttyACM0');
link('dev/serial/by-id/usb-MagTek_DynaFlex_B12-if00', '../../ttyACM0');

describe('the serial ports of a system', () => {
  test('are those with something behind them, with the names that stay', () => {
    expect(listSerial(root)).toEqual([
      {
        path: '/dev/ttyACM0',
        links: [
          '/dev/serial/by-id/usb-MagTek_DynaFlex_B12-if00',
          '/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0',
        ],
        ...{ vendorId: 0x0801, productId: 0x2020, serialNumber: 'B12', product: 'DynaFlex' },
        ...{ port: '1-1', interface: 0 },
      },
      { path: '/dev/ttyAMA0', links: [] },
      {
        path: '/dev/ttyUSB0',
        links: [],
        ...{ vendorId: 0x0403, productId: 0x6001, manufacturer: 'FTDI' },
        ...{ port: '1-2.3', interface: 0 },
      },
    ]);
  });

  test('are none where there is no sysfs, and listing those of this system is no fault', () => {
    expect(listSerial(join(root, 'nowhere'))).toEqual([]);
    for (const { path } of listSerial()) expect(path).toMatch(/^\/dev\/tty/);
  });
});

describe('the port that is meant', () => {
  const devices = listSerial(root);
  const magtek = { vendorId: 0x0801, productId: 0x2020 };

  test.each([
    ['its path, whatever it is', { path: '/dev/of/my/own' }, '/dev/of/my/own'],
    ['the USB port it is plugged into', { port: '1-2.3' }, '/dev/ttyUSB0'],
    ['its USB numbers', magtek, '/dev/ttyACM0'],
    ['its USB and serial numbers', { ...magtek, serialNumber: 'B12' }, '/dev/ttyACM0'],
  ])('is named by %s', (_, pick, path) => {
    expect(chooseSerial(devices, pick)).toEqual({ ok: true, path });
  });

  test('is absent, by the name it was asked for', () => {
    expect(chooseSerial(devices, { ...magtek, serialNumber: 'B13' })).toEqual({
      ok: false,
      why: 'absent',
      detail: containing('0801:2020 number B13'),
    });
    expect(chooseSerial(devices, { port: '9-1' })).toMatchObject({ why: 'absent' });
  });

  test('is not guessed where there are two of a kind; their ports tell them apart', () => {
    const [first] = devices;
    if (first === undefined) throw new Error('There is no port.');
    const twins = [first, { ...first, path: '/dev/ttyACM1', port: '1-4' }];
    expect(chooseSerial(twins, magtek)).toEqual({
      ok: false,
      why: 'failed',
      detail: containing('by its path: usb:1-1, usb:1-4.'),
    });
    expect(chooseSerial(twins, { port: '1-4' })).toEqual({ ok: true, path: '/dev/ttyACM1' });
  });

  test('of several behind one USB port is told by its link, or by what it is called', () => {
    const [first] = devices;
    if (first === undefined) throw new Error('There is no port.');
    const both = [first, { ...first, path: '/dev/ttyACM1', links: [], interface: 1 }];
    for (const pick of [magtek, { port: '1-1' }]) {
      const choice = chooseSerial(both, pick);
      const link = '/dev/serial/by-id/usb-MagTek_DynaFlex_B12-if00';
      expect(choice).toMatchObject({ detail: containing(`by its path: ${link}, /dev/ttyACM1.`) });
    }
  });
});

describe('a line whose device is looked up', () => {
  test('ends a moment later when there is none, once', () => {
    const timers = handTimers();
    const events: LineEvent[] = [];
    const open = openLate(() => ({ ok: false, why: 'absent', detail: 'Gone.' }), timers);
    const line = open((event) => void events.push(event));
    line.send(new Uint8Array(1));
    line.close();
    expect(events).toEqual([]);
    timers.pass(1_000);
    expect(events).toEqual([{ is: 'ended', why: 'absent', detail: 'Gone.' }]);
  });

  test('is looked up each time it is opened', () => {
    const opened: string[] = [];
    const paths = ['/dev/ttyUSB0', '/dev/ttyUSB1'];
    const open = openLate(() => {
      const path = paths.shift() ?? '';
      return {
        ok: true,
        open: () => {
          opened.push(path);
          return { send() {}, query() {}, skip() {}, close() {} };
        },
      };
    }, handTimers());
    open(() => {});
    open(() => {});
    expect(opened).toEqual(['/dev/ttyUSB0', '/dev/ttyUSB1']);
  });
});

describe('a port that is not opened', () => {
  test.each([
    ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'absent', 'by-id'],
    ['Error: Permission denied, cannot open /dev/ttyUSB0', 'denied', 'udev rule'],
    ['Error Resource temporarily unavailable Cannot lock port', 'busy', 'PORT_BUSY'],
    ['Error: Device or resource busy, cannot open /dev/ttyUSB0', 'busy', 'PORT_BUSY'],
    ['Error: Input/output error', 'failed', 'Input/output error'],
  ])('because of "%s" is %s, and it says what to do', (message, why, advice) => {
    const [found, detail] = whyNotOpened('/dev/ttyUSB0', message);
    expect(found).toBe(why);
    expect(detail).toContain(advice);
  });

  const busy = (program: string, isThisOne = false): string =>
    whyNotOpened('/dev/ttyACM0', 'Cannot lock port', {
      holders: [{ processId: 812, program, isThisOne }],
    })[1];

  test('since it is in use names the program, and what helps against that one', () => {
    expect(busy('ModemManager')).toContain('by ModemManager, process 812 (PORT_BUSY)');
    expect(busy('ModemManager')).toContain('70-holdfast-readers.rules');
    expect(busy('minicom')).toContain('kill 812');
    expect(busy('node', true)).toContain('two readers have the same port');
    expect(busy('agetty')).toContain('disable --now serial-getty@ttyACM0.');
    const link = '/dev/serial/by-id/usb-MagTek-if00';
    const holders = [{ processId: 7, program: 'agetty', isThisOne: false }];
    const [, byLink] = whyNotOpened(link, 'Cannot lock port', { holders, name: 'ttyUSB3' });
    expect(byLink).toContain('disable --now serial-getty@ttyUSB3.');
  });

  test('since it belongs to others names the group, or the rule where no group helps', () => {
    const denied = (name: string, mayUse: boolean) =>
      whyNotOpened('/dev/ttyACM0', 'Permission denied', {
        holders: [],
        group: { name, mayUse },
      })[1];
    expect(denied('dialout', true)).toContain('"dialout" and may not be opened by this user; add');
    expect(denied('dialout', true)).toContain(
      'usermod -aG dialout USER) and start the agent anew.',
    );
    for (const mayUse of [true, false]) {
      expect(denied('root', mayUse)).toContain('70-holdfast-readers.rules');
      expect(denied('root', mayUse)).toContain('usermod -aG cardreader USER) and start the agent');
    }
  });

  test('is looked at: its holder and its group are found', async () => {
    const path = join(root, 'reader');
    const cable = await plugCable(path, () => {});
    const held = () => lookAtPort(path).holders.filter(({ isThisOne }) => isThisOne);
    expect(held()).toEqual([]);
    const file = openSync(path, 'r+');
    expect(held()).toMatchObject([{ processId: process.pid }]);
    expect(lookAtPort(path).group?.name).toMatch(/^\w+$/);
    expect(lookAtPort(path).name).toMatch(/^[0-9]+$/);
    closeSync(file);
    await cable.unplug();
    expect(lookAtPort(path)).toEqual({ holders: [] });
  });
});
