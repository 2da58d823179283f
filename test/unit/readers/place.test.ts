/** Where a reader hangs: what its setting may say, and what is said when it says something else. */
import { describe, expect, test } from 'vitest';
import { placeOf } from '../../../agent/readers/place.ts';
import type { ReaderSetting } from '../../../config/index.ts';
import { linesOf, protocols, type ProtocolName } from '../../../drivers/index.ts';

const setting = (differently: Partial<ReaderSetting>): ReaderSetting => ({
  ...{ id: 'counter', protocol: 'magtek-serial-line', path: '/dev/ttyUSB0' },
  ...differently,
});

const placed = (differently: Partial<ReaderSetting>) => {
  const found = placeOf(setting(differently));
  if (!found.ok) throw new Error(found.why);
  return found.place;
};

const whyNot = (differently: Partial<ReaderSetting>): string => {
  const found = placeOf(setting(differently));
  if (found.ok) throw new Error('It was taken.');
  return found.why;
};

describe('a place', () => {
  test.each<[Partial<ReaderSetting>, object]>([
    [{}, { line: 'serial', pick: { path: '/dev/ttyUSB0' } }],
    [
      { path: '/dev/serial/by-id/usb-MagTek-if00' },
      { line: 'serial', pick: { path: '/dev/serial/by-id/usb-MagTek-if00' } },
    ],
    [{ path: 'usb:1-1.2' }, { line: 'serial', pick: { port: '1-1.2' } }],
    [{ path: 'usb:0801:2020' }, { line: 'serial', pick: { vendorId: 0x801, productId: 0x2020 } }],
    [
      { path: 'usb:0801:2020', serialNumber: 'B12' },
      { line: 'serial', pick: { vendorId: 0x801, productId: 0x2020, serialNumber: 'B12' } },
    ],
    [
      { line: 'tcp', path: '10.0.0.7:2001' },
      { line: 'tcp', host: '10.0.0.7', port: 2_001 },
    ],
    [
      { line: 'tcp', path: '[fe80::1]:2001' },
      { line: 'tcp', host: 'fe80::1', port: 2_001 },
    ],
    [
      { line: 'tcp', path: 'readers.local:1' },
      { line: 'tcp', host: 'readers.local', port: 1 },
    ],
    [
      { protocol: 'magtek-hid', path: 'usb:2-4' },
      { line: 'hid', pick: { port: '2-4' } },
    ],
    [
      { protocol: 'magtek-hid', path: '/dev/card' },
      { line: 'hid', pick: { path: '/dev/card' } },
    ],
  ])('of %j is understood', (given, expected) => {
    expect(placed(given)).toMatchObject(expected);
  });

  test('is on the usual line of its protocol unless another is named', () => {
    for (const protocol of Object.keys(protocols) as ProtocolName[]) {
      const [line] = linesOf(protocols[protocol]);
      const path = line === 'hid' ? '/dev/hidraw0' : line === 'tcp' ? 'host:1' : '/dev/ttyUSB0';
      expect(placed({ protocol, path }).line).toBe(line);
    }
  });
});

describe('a setting that cannot be', () => {
  test.each<[Partial<ReaderSetting>, RegExp]>([
    [{ protocol: 'semaphore' }, /"semaphore" of reader counter is no protocol; known are magtek/],
    [{ line: 'hid' }, /runs over serial or tcp, not over hid/],
    [{ path: '10.0.0.7:2001' }, /no place on a serial line; write a device.*set its line to tcp/],
    [{ path: '/dev/hidraw0' }, /no place on a serial line; write a device/],
    [{ path: 'ttyUSB0' }, /no place on a serial line/],
    [{ protocol: 'magtek-hid' }, /no place on a hid line; write a device/],
    [{ protocol: 'magtek-hid', path: '/dev/hidraw0', baudRate: 9_600 }, /no baudRate/],
    [{ line: 'tcp' }, /no place on a tcp line; write host:port, or set its line to serial/],
    [{ line: 'tcp', path: 'host:0' }, /no place on a tcp line/],
    [{ line: 'tcp', path: 'host:65536' }, /no place on a tcp line/],
    [{ line: 'tcp', path: 'host:1', baudRate: 9_600 }, /no baudRate/],
  ])('%j is told what to write instead', (given, says) => {
    expect(whyNot(given)).toMatch(says);
  });
});
