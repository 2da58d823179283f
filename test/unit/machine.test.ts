/** What a machine says of itself, and what becomes of that in the device's profile. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { thisMachine } from '../../agent/machine.ts';
import { profileOf } from '../../agent/profile.ts';
import { check, Profile, profileText } from '../../contract/index.ts';
import { release } from '../../firmware/index.ts';

/** A machine whose system has these files. */
const machineWith = (files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-machine-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return thisMachine(root);
};

const tree = '/sys/firmware/devicetree/base';
const dmi = '/sys/class/dmi/id';
const running = { node: process.versions.node, arch: process.arch };

test('a board says what its device tree says', () => {
  const machine = machineWith({
    [`${tree}/model`]: 'Raspberry Pi 4 Model B Rev 1.4\0',
    [`${tree}/compatible`]: 'raspberrypi,4-model-b\0brcm,bcm2711\0',
    [`${tree}/serial-number`]: '10000000a3b4c5d6\0',
    '/etc/os-release': 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\n',
    '/proc/sys/kernel/hostname': 'till-1\n',
  });
  expect(machine).toEqual({
    hostName: 'till-1',
    manufacturer: 'raspberrypi',
    model: 'Raspberry Pi 4 Model B Rev 1.4',
    operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    serialNumber: '10000000a3b4c5d6',
    ...running,
  });
});

test('a PC says what its tables say', () => {
  const machine = machineWith({
    [`${dmi}/sys_vendor`]: 'Elo Touch Solutions\n',
    [`${dmi}/product_name`]: 'EloPOS Z30\n',
    '/usr/lib/os-release': 'PRETTY_NAME=Alpine\n',
    '/etc/hostname': 'counter\n',
  });
  expect(machine).toEqual({
    ...{ hostName: 'counter', manufacturer: 'Elo Touch Solutions', model: 'EloPOS Z30' },
    ...{ operatingSystem: 'Alpine', ...running },
  });
});

test.each(['To Be Filled By O.E.M.', 'Default string', 'System Product Name', '00000000', ' \n'])(
  'what a maker did not fill in is nothing: %j',
  (text) => {
    expect(machineWith({ [`${dmi}/product_name`]: text })).toEqual(running);
  },
);

test('a machine without any of it has none', () => {
  expect(machineWith({})).toEqual(running);
});

describe('a text of a profile', () => {
  test.each([
    ['  two\twords\r\n', 'two words'],
    ['a\u0000b', 'a b'],
    ['\u202Eevil\u200B', 'evil'],
    ['Kasse 1 – Café', 'Kasse 1 – Café'],
    ['x'.repeat(200), 'x'.repeat(64)],
    ['💳'.repeat(70), '💳'.repeat(64)],
  ])('%j is %j', (found, text) => {
    expect(profileText(found)).toBe(text);
    expect(check(Profile.properties.name, text).ok).toBe(true);
  });

  test('of which nothing is left is none', () => {
    expect(profileText('\u0000 \u200B')).toBeUndefined();
  });

  test.each(['', 'x'.repeat(65), 'a\nb', 'a\u202Eb'])('%j is refused', (text) => {
    expect(check(Profile.properties.name, text).ok).toBe(false);
  });
});

describe('the profile', () => {
  const machine = { hostName: 'till-1', model: 'Pi', serialNumber: 's1', ...running };
  const usual = { 'device.name': '', 'device.type': 'Terminal' } as const;

  test('is what the machine says, where the settings say nothing', () => {
    expect(profileOf(machine, usual)).toEqual({
      ...{ type: 'Terminal', name: 'till-1', model: 'Pi' },
      agent: { version: release.version, ...running, serialNumber: 's1' },
    });
  });

  test('is what the settings say', () => {
    const settings = { 'device.name': 'Front counter', 'device.type': 'Mobile' } as const;
    expect(profileOf(machine, settings)).toMatchObject({ type: 'Mobile', name: 'Front counter' });
  });

  test('of a machine that says nothing is one the portal takes all the same', () => {
    expect(check(Profile, profileOf(running, usual)).ok).toBe(true);
  });

  test('of this machine is one the portal takes', () => {
    expect(check(Profile, profileOf(thisMachine(), usual)).ok).toBe(true);
  });
});
