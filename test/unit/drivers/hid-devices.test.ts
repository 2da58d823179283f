/** HID devices: what the system lists, which one is meant, and what a report descriptor says. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fromHex } from '../../../drivers/index.ts';
import { descriptorLimits, readDescriptor } from '../../../drivers/hid/descriptor.ts';
import {
  chooseHid,
  hidDeviceOf,
  hidPickOf,
  type HidDevice,
  type HidPick,
} from '../../../drivers/hid/device.ts';
import { accessTo, descriptorOf, isThere, listHid } from '../../../drivers/lines/hidraw.ts';
import { modelOf, readerModels } from '../../../drivers/models.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';

const magtek =
  fromHex(vector('magtek-hid-report-descriptor').descriptor_hex ?? '') ?? new Uint8Array();
const mapOf = (bytes: Uint8Array) => {
  const read = readDescriptor(bytes);
  if (!read.ok) throw new Error(read.why);
  return read.map;
};
const hex = (text: string) => fromHex(text.replaceAll(' ', '')) ?? new Uint8Array();

describe('a report descriptor', () => {
  test('has every field of MagTek’s where the manual’s table has it', () => {
    const { expected } = vector('magtek-hid-report-descriptor');
    const map = mapOf(magtek);
    const fields = map.fields.filter(({ kind }) => kind === 'input');
    const found = Object.fromEntries(
      fields.map(({ usage, bitOffset, bitCount }) => [
        usage.toString(16).toUpperCase(),
        { offset: bitOffset / 8, bytes: bitCount / 8 },
      ]),
    );
    expect(found).toEqual(expected['usageToField']);
    expect(map.uses).toEqual([{ page: parseInt(String(expected['usagePage']), 16), usage: 1 }]);
    expect(map.bytesOf('input', 0)).toBe(expected['inputReportBytes']);
    expect(map.bytesOf('feature', 0)).toBe(expected['featureReportBytes']);
    expect(map.numbered).toBe(expected['reportIdUsed']);
  });

  test('of a keyboard has its bits, and no place for the values of its array', () => {
    // The modifier keys, a byte of padding, and six key codes (HID 1.11, appendix B.1).
    const map = mapOf(
      hex(
        '0501 0906 A101 0507 19E0 29E7 1500 2501 7501 9508 8102 9501 7508 8101 9506 7508 8100 C0',
      ),
    );
    expect(map.uses).toEqual([{ page: 1, usage: 6 }]);
    expect(map.bytesOf('input', 0)).toBe(8);
    expect(map.fields.map(({ usage, bitOffset }) => [usage, bitOffset])).toEqual(
      Array.from({ length: 8 }, (_, at) => [0xe0 + at, at]),
    );
  });

  test('keeps apart reports of several numbers and kinds, and what was pushed', () => {
    const map = mapOf(
      hex('0600FF 0901 A101 8501 7508 9502 0920 8102 A4 8502 9505 0921 9102 B4 0922 8102 C0'),
    );
    expect(map.numbered).toBe(true);
    expect([map.bytesOf('input', 1), map.bytesOf('output', 2), map.bytesOf('input', 2)]).toEqual([
      4, 5, 0,
    ]);
    expect(map.fields.at(-1)).toMatchObject({ reportId: 1, usage: 0x22, bitOffset: 16 });
  });

  test('takes a usage of four bytes with its page, and passes a long item over', () => {
    const map = mapOf(hex('0501 FE 02 10 AA BB A101 0B 01 00 8E 00 7508 9501 8102 C0'));
    expect(map.fields).toMatchObject([{ page: 0x8e, usage: 1 }]);
  });

  test.each([
    ['06 00', 'cut short'],
    ['FE 09', 'cut short'],
    ['A1 01', 'open'],
    ['C0', 'did not begin'],
    ['85 00', 'number'],
    ['75 20 97 FF FF FF 7F 81 02', 'too long'],
  ])('%s is refused', (bytes, why) => {
    expect(readDescriptor(hex(bytes))).toEqual({ ok: false, why: containing(why) });
  });

  test('that is longer than Linux takes is refused', () => {
    const { descriptorBytes } = descriptorLimits;
    expect(readDescriptor(new Uint8Array(descriptorBytes + 1)).ok).toBe(false);
  });

  test(`of any bytes at all is read or refused, within its limits (seed ${seed})`, () => {
    const mutated = fc
      .tuple(fc.nat(magtek.length - 1), fc.nat(255))
      .map(([at, byte]) => magtek.with(at, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        const read = readDescriptor(bytes);
        const fieldCount = read.ok ? read.map.fields.length : 0;
        expect(fieldCount).toBeLessThanOrEqual(descriptorLimits.fields);
        expect(read.ok ? '' : read.why).toMatch(/^$|report descriptor/);
      }),
      { seed, numRuns: 500 },
    );
  });
});

const device = (given: Partial<HidDevice>): HidDevice => ({
  path: '/dev/hidraw0',
  vendorId: 0x0801,
  productId: 0x0011,
  uses: [{ page: 0xff00, usage: 1 }],
  place: '/sys/devices/a',
  ...given,
});

describe('the reader that is meant', () => {
  const ids = { vendorId: 0x0801, productId: 0x0011 };
  const left = device({ path: '/dev/hidraw0', port: '1-1.1' });
  const right = device({ path: '/dev/hidraw1', port: '1-1.2', serialNumber: 'B000795' });

  test.each([
    [{ path: '/dev/hidraw1' }, right],
    [{ port: '1-1.1' }, left],
    [{ ...ids, serialNumber: 'B000795' }, right],
  ] as const)('is found by %j', (pick, found) => {
    expect(chooseHid([left, right], pick)).toEqual({ ok: true, device: found });
  });

  test.each([
    ['/dev/hidraw3', { path: '/dev/hidraw3' }],
    ['usb:0801:0011', ids],
    ['usb:0ACD:2010:T0:1', { vendorId: 0x0acd, productId: 0x2010, serialNumber: 'T0:1' }],
    ['usb:1-1.2', { port: '1-1.2' }],
    ['/dev/ttyACM0', undefined],
    ['usb:801:11', undefined],
  ])('is written as %s', (text, pick) => {
    expect(hidPickOf(text)).toEqual(pick);
  });

  test('of two alike has to be named by its port, or by what it is called where they share one', () => {
    const detailOf = (pick: HidPick, ...devices: HidDevice[]) => {
      const choice = chooseHid(devices, pick);
      return choice.ok ? choice.device.path : choice.detail;
    };
    expect(detailOf(ids, left, right)).toContain('by its path: usb:1-1.1, usb:1-1.2.');
    const second = device({ path: '/dev/hidraw3', port: '1-1.1', interface: 1 });
    const inTheirWords = 'by its path: /dev/hidraw0, /dev/hidraw3.';
    expect(detailOf({ port: '1-1.1' }, left, second)).toContain(inTheirWords);
    const nowhere = device({ path: '/dev/hidraw4' });
    expect(detailOf(ids, left, nowhere)).toContain('by its path: /dev/hidraw0, /dev/hidraw4.');
  });

  test('is absent when none of those plugged in is it', () => {
    const choice = chooseHid([left], { ...ids, serialNumber: 'B000795' });
    expect(choice).toEqual({
      ok: false,
      why: 'absent',
      detail: containing('0801:0011 number B000795'),
    });
  });

  test('of a device with several interfaces is the one for this use', () => {
    const other = device({
      path: '/dev/hidraw1',
      port: '1-1.1',
      uses: [{ page: 0xff01, usage: 1 }],
    });
    const choice = chooseHid([other, left], { port: '1-1.1' }, { page: 0xff00, usage: 1 });
    expect(choice).toEqual({ ok: true, device: left });
  });

  test.each([
    [device({ productId: 0x0001, uses: [] }), 'property 0x10'],
    [device({ vendorId: 0x1234, uses: [{ page: 1, usage: 6 }] }), 'keyboard'],
    [device({ vendorId: 0x0acd, productId: 0x2030 }), 'ID TECH'],
    [device({ vendorId: 0x0acd, productId: 0x2020 }), '0acd:2010'],
    [device({ productId: 0x5357 }), 'firmware'],
  ])('is not opened where that does no good (%#)', (found, advice) => {
    expect(chooseHid([found], { path: found.path })).toEqual({
      ok: false,
      why: 'failed',
      detail: containing(advice),
    });
  });
});

describe('the list of the system', () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-hidraw-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const list = join(root, 'class/hidraw');
  const usbDevice = join(root, 'devices/usb1/1-1/1-1.2');
  const plug = (name: string, place: string, uevent: string) => {
    mkdirSync(place, { recursive: true });
    mkdirSync(join(list, name), { recursive: true });
    writeFileSync(join(place, 'uevent'), uevent);
    writeFileSync(join(place, 'report_descriptor'), magtek);
    symlinkSync(place, join(list, name, 'device'));
  };
  const usbPlace = join(usbDevice, '1-1.2:1.0/0003:0801:0011.0007');
  plug('hidraw10', usbPlace, 'HID_ID=0003:00000801:00000011\nHID_NAME=Mag-Tek\nHID_UNIQ=\n');
  writeFileSync(join(usbDevice, 'manufacturer'), 'Mag-Tek\n');
  writeFileSync(join(usbDevice, 'product'), 'USB Swipe Reader\n');
  const virtual = join(root, 'devices/virtual/misc/uhid/0003:0ACD:2010.0001');
  plug('hidraw2', virtual, 'HID_ID=0003:00000ACD:00002010\nHID_NAME=Reader\nHID_UNIQ=77\n');

  test('has what each device says of itself, ordered by path', () => {
    expect(listHid(list)).toEqual([
      {
        path: '/dev/hidraw2',
        vendorId: 0x0acd,
        productId: 0x2010,
        serialNumber: '77',
        product: 'Reader',
        uses: [{ page: 0xff00, usage: 1 }],
        place: virtual,
      },
      {
        path: '/dev/hidraw10',
        vendorId: 0x0801,
        productId: 0x0011,
        manufacturer: 'Mag-Tek',
        product: 'USB Swipe Reader',
        port: '1-1.2',
        interface: 0,
        uses: [{ page: 0xff00, usage: 1 }],
        place: usbPlace,
      },
    ]);
  });

  test('loses a device that goes, and tells a new one at the same path from it', () => {
    const [first] = listHid(list);
    if (first === undefined) throw new Error('Nothing is listed.');
    expect([isThere(first, list), descriptorOf(first)]).toEqual([true, magtek]);
    rmSync(join(list, 'hidraw2'), { recursive: true });
    expect(isThere(first, list)).toBe(false);
    plug('hidraw2', virtual.replace('.0001', '.0002'), 'HID_ID=0003:00000ACD:00002010\n');
    expect(isThere(first, list)).toBe(false);
    rmSync(virtual, { recursive: true });
    expect(descriptorOf(first)).toBe(undefined);
  });

  test('is empty on a system without HID devices, or of which one makes no sense', () => {
    expect(listHid(join(root, 'nowhere'))).toEqual([]);
    expect(hidDeviceOf({ name: 'hidraw0', uevent: 'HID_ID=what', place: '/' })).toBe(undefined);
  });

  test('says whether a path is there', () => {
    const path = join(root, 'hidraw');
    writeFileSync(path, '');
    chmodSync(path, 0o600);
    expect([accessTo(path), accessTo(`${path}9`)]).toEqual(['allowed', 'absent']);
  });
});

describe('the table of models', () => {
  test('has a row for each pair of USB numbers, with its source', () => {
    const pairs = readerModels.map(({ vendorId, productId }) => `${vendorId}:${productId}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(
      readerModels.filter(({ source, quirks }) => source === '' || quirks.length === 0),
    ).toEqual([]);
  });

  test('gives advice for whatever it has no protocol for, and only for that', () => {
    const advised = readerModels.filter(
      ({ protocol, advice }) => (protocol === undefined) !== (advice !== undefined),
    );
    expect(advised).toEqual([]);
  });

  test('knows a reader by its USB numbers, and none by others', () => {
    expect(modelOf({ vendorId: 0x0801, productId: 0x001e })).toMatchObject({ model: 'eDynamo' });
    expect(modelOf({ vendorId: 0x0801, productId: 0x9999 })).toBe(undefined);
  });
});
