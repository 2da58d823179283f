/** Groups at the portal: one document for all devices of a group, in the same bytes to each of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addresseeOf, type Desired } from '../../../contract/index.ts';
import { unverifiedHeader } from '../../../agent/identity/jws.ts';
import type { GroupChange } from '../../../simulator/portal/group.ts';
import { until } from '../../../simulator/shop/until.ts';
import { Bench } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let directory: string;
let first: ScriptedDevice;
let second: ScriptedDevice;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portal-'));
  bench = await Bench.open(join(directory, 'portal.db'));
  first = bench.device('dev-1', 'acme');
  second = bench.device('dev-2', 'acme');
  await first.begin();
  await second.begin();
});
afterEach(async () => {
  await bench.close();
  rmSync(directory, { recursive: true });
});

const groups = () => bench.portal.registry.groups;

/** Changes the group `shops`; the version it has. */
const put = (change: GroupChange): number => {
  const done = groups().putGroup('acme', 'shops', change);
  if ('code' in done) throw new Error(done.why);
  return done.version;
};

type Channel = 'desired/client' | 'desired/group' | 'desired/device';

const came = (who: ScriptedDevice, channel: Channel) =>
  who.heard.filter((heard) => heard.channel === channel);

const documents = (who: ScriptedDevice, channel: Channel) => who.of(channel) as Desired[];

/** Waits until a device heard this version, and gives its text. */
const textOf = async (who: ScriptedDevice, channel: Channel, version: number): Promise<string> => {
  const find = () =>
    came(who, channel).find(({ content }) => (content as Desired).version === version);
  await until(`${who.name} hears version ${version}`, () => find() !== undefined);
  return find()?.text ?? '';
};

const together = () => {
  for (const { subject } of [first, second]) groups().move(subject, 'shops');
};

test('each device of a group is sent the same bytes, signed for the group', async () => {
  together();
  const version = put({ settings: { offline: { enabled: true } } });
  const text = await textOf(first, 'desired/group', version);
  expect(await textOf(second, 'desired/group', version)).toBe(text);
  const subject = { clientId: 'acme', groupId: 'shops' };
  expect(unverifiedHeader(text)).toMatchObject({ typ: 'desired/group', sub: 'acme/groups/shops' });
  expect(addresseeOf(subject)).toBe('acme/groups/shops');
  expect(documents(first, 'desired/group').at(-1)).toMatchObject({
    ...{ kind: 'group', subject, version, body: { settings: { offline: { enabled: true } } } },
  });
  expect(first.faults()).toEqual([]);
});

test('with each birth a device is told all that is wanted of it, in the same bytes', async () => {
  groups().putClient('acme', { timeZone: 'Europe/Berlin' });
  together();
  const version = put({ hasTipLine: true });
  const text = await textOf(first, 'desired/group', version);
  const offline = bench.count('device.offline');
  first.die();
  await bench.happens('device.offline', offline + 1);
  first.heard.splice(0);
  await first.begin();
  // Once retained by the broker, once said by the portal.
  await until('it is said again', () => came(first, 'desired/group').length === 2);
  expect(came(first, 'desired/group').map((heard) => heard.text)).toEqual([text, text]);
  const said = (channel: Channel) => new Set(came(first, channel).map((heard) => heard.text));
  expect([said('desired/client').size, said('desired/device').size]).toEqual([1, 1]);
});

test('a device that is in no group is told of none', async () => {
  put({ hasTipLine: true });
  const late = bench.device('dev-3', 'acme');
  await late.begin();
  expect(came(late, 'desired/group')).toEqual([]);
  expect(groups().find('acme', 'shops')).toMatchObject({ deviceCount: 0 });
});

test('settings of a client are told to each of its devices, and to no other', async () => {
  const stranger = bench.device('dev-9', 'another');
  await stranger.begin();
  expect(groups().client('acme')).toBeUndefined();
  const done = groups().putClient('acme', { timeZone: 'Europe/Berlin' });
  const { version } = done as { version: number };
  const text = await textOf(first, 'desired/client', version);
  expect(await textOf(second, 'desired/client', version)).toBe(text);
  expect(unverifiedHeader(text)).toMatchObject({ typ: 'desired/client', sub: 'acme' });
  expect(documents(first, 'desired/client')).toMatchObject([
    { subject: { clientId: 'acme' }, body: { settings: { timeZone: 'Europe/Berlin' } } },
  ]);
  expect(came(stranger, 'desired/client')).toEqual([]);
});

test('the fields of a group are told as settings of their names', async () => {
  together();
  put({ industry: 'retail', posMode: 'magnetic', hasCvvPrompt: true });
  const version = put({ name: 'Shops', industry: null, settings: { hasCvvPrompt: false } });
  await textOf(first, 'desired/group', version);
  expect(documents(first, 'desired/group').at(-1)?.body).toEqual({
    settings: { name: 'Shops', status: 'active', posMode: 'magnetic', hasCvvPrompt: true },
  });
});

test('every version is higher than the one before, also of the same settings', () => {
  const versions = [put({}), put({}), put({ hasTipLine: true }), put({})];
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  expect(Number.isSafeInteger(versions.at(-1))).toBe(true);
});

test('a device that is moved has the document of its group before its own names it', async () => {
  put({ hasTipLine: true });
  groups().move(first.subject, 'shops');
  groups().move(first.subject, 'kiosks');
  await until('it heard of both', () => came(first, 'desired/device').length === 2);
  const order = first.heard
    .filter(({ channel }) => channel.startsWith('desired/'))
    .map(({ content }) => content as Desired)
    .map(({ kind, subject, body }) => [kind, subject.groupId ?? (body as GroupNamed).groupId]);
  expect(order).toEqual([
    ...[
      ['group', 'shops'],
      ['device', 'shops'],
    ],
    ...[
      ['group', 'kiosks'],
      ['device', 'kiosks'],
    ],
  ]);
  expect(groups().find('acme', 'kiosks')).toMatchObject({ name: 'kiosks', deviceCount: 1 });
  expect(groups().find('acme', 'shops')).toMatchObject({ deviceCount: 0 });
});

interface GroupNamed {
  readonly groupId?: string;
}

test('a device keeps its status, its epoch and its group when it is given settings', async () => {
  const { desired } = bench.portal.registry;
  desired.amend(first.subject, { status: 'Inactive', log: { epoch: 2 } });
  groups().move(first.subject, 'shops');
  const done = groups().putDeviceSettings(first.subject, { device: { name: 'Till 1' } });
  await textOf(first, 'desired/device', (done as { version: number }).version);
  expect(documents(first, 'desired/device').at(-1)?.body).toEqual({
    ...{ status: 'Inactive', log: { epoch: 2 }, groupId: 'shops' },
    settings: { device: { name: 'Till 1' } },
  });
});

test('after the keys were rotated the same version is signed anew, once for all', async () => {
  together();
  const version = put({ hasTipLine: true });
  const text = await textOf(first, 'desired/group', version);
  bench.portal.registry.rotateKeys();
  const anew = (who: ScriptedDevice) =>
    came(who, 'desired/group').find(({ fault }) => fault?.includes('does not trust'))?.text;
  await until('both heard it', () => [first, second].every((who) => anew(who) !== undefined));
  expect(anew(first)).not.toBe(text);
  expect(anew(second)).toBe(anew(first));
  expect(groups().find('acme', 'shops')).toMatchObject({ version });
});

describe('a portal that was', () => {
  test('stopped and started again keeps all of it', async () => {
    together();
    groups().putClient('acme', { timeZone: 'Europe/Berlin' });
    const version = put({ hasTipLine: true, settings: { offline: { enabled: true } } });
    const text = await textOf(first, 'desired/group', version);
    // Who is connected it has to hear anew.
    const kept = () => [
      groups().all('acme'),
      groups().client('acme'),
      groups()
        .progress('acme', 'shops')
        ?.map(({ device, is }) => ({ device, is })),
    ];
    const before = kept();
    first.heard.splice(0);
    bench.portal.stop();
    await bench.restart();
    expect(kept()).toEqual(before);
    expect(await textOf(first, 'desired/group', version)).toBe(text);
  });

  test('restored uses no version twice', () => {
    together();
    const image = bench.portal.snapshot();
    const lost = [put({ hasTipLine: true }), put({ hasTipLine: false })];
    const own = groups().putDeviceSettings(first.subject, { timeZone: 'Europe/Berlin' });
    bench.portal.restore(image);
    expect(put({ name: 'Shops' })).toBeGreaterThan(Math.max(...lost));
    const next = groups().putDeviceSettings(first.subject, { timeZone: 'Europe/Paris' });
    const versionOf = (done: typeof own) => (done as { version: number }).version;
    expect(versionOf(next)).toBeGreaterThan(versionOf(own));
  });
});
