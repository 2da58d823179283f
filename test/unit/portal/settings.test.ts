/** What the portal refuses to want of devices, each with a sentence, and nothing changed. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkLimits } from '../../../contract/index.ts';
import { groupsMost } from '../../../simulator/portal/group-book.ts';
import type { Groups } from '../../../simulator/portal/groups.ts';
import { registryDesk, type RegistryDesk } from '../../rigs/registry.ts';

const subject = { clientId: 'acme', deviceId: 'dev-1' };

let desk: RegistryDesk;
let groups: Groups;

beforeEach(() => {
  desk = registryDesk();
  groups = desk.registry.groups;
});
afterEach(() => {
  desk.db.close();
});

const malformed = (why: RegExp) => ({
  code: 'malformed',
  why: expect.stringMatching(why) as string,
});

const nested = (deep: number): object => (deep === 0 ? {} : { offline: nested(deep - 1) });

test.each([
  [{ offline: { enabeld: true, x: 1 } }, /^There is no setting offline\.enabeld, offline\.x; /],
  [{ offline: { countLimit: -1 } }, /^offline\.countLimit \(from the \w+\): .*\.$/],
  [{ offline: { enabled: 'yes' } }, /^offline\.enabled/],
  [{ offline: { amountLimit: null } }, /null takes back members, not objects/],
  [{ api: { port: 1 } }, /^api\.port \(from the \w+\): it is set on the device only\.$/],
  [{ timeZone: 'Moon/Base' }, /no IANA time zone/],
  [{ link: { reconnectUpToMs: 1_000 } }, /reconnectFromMs is more than link\.reconnectUpToMs/],
  [nested(100), /nested/],
  [[], /settings is an object/],
  ['text', /settings is an object/],
  [undefined, /settings is an object/],
])('settings %j are refused by client, group and device', (settings, why) => {
  const wanted = settings as Record<string, unknown>;
  expect(groups.putClient('acme', wanted)).toEqual(malformed(why));
  expect(groups.putDeviceSettings(subject, wanted)).toEqual(malformed(why));
  if (settings !== undefined) {
    expect(groups.putGroup('acme', 'shops', { settings: wanted })).toEqual(malformed(why));
  }
  expect([groups.client('acme'), groups.all('acme')]).toEqual([undefined, []]);
  expect(desk.published).toEqual([]);
});

test.each<[object, RegExp]>([
  [{ name: 'x'.repeat(65) }, /^name /],
  [{ status: 'two\nlines' }, /^status /],
  [{ hasTipLine: 'yes' }, /^hasTipLine /],
])('the change %j of a group is refused', (change, why) => {
  groups.putGroup('acme', 'shops', { hasTipLine: true });
  const before = groups.find('acme', 'shops');
  expect(groups.putGroup('acme', 'shops', { ...change })).toEqual(malformed(why));
  expect(groups.find('acme', 'shops')).toEqual(before);
});

test.each([
  ['a b', 'shops'],
  ['register', 'shops'],
  ['acme', 'a/b'],
  ['acme', ''],
])('a group %j of %j is refused: no topic and no signature could name it', (clientId, groupId) => {
  expect(groups.putGroup(clientId, groupId, {})).toEqual(malformed(/named with/));
  expect(groups.move({ clientId, deviceId: 'dev-1' }, groupId)).toEqual(malformed(/named with/));
});

test('a client has so many groups and no more', () => {
  for (let i = 0; i < groupsMost; i += 1) groups.putGroup('acme', `group-${i}`, {});
  const full = { code: 'conflict', why: `A client has ${groupsMost} groups at the most.` };
  expect(groups.putGroup('acme', 'one-more', {})).toEqual(full);
  expect(groups.move(subject, 'one-more')).toEqual(full);
  expect(groups.putGroup('acme', 'group-0', { hasTipLine: true })).toHaveProperty('version');
});

test('a device that is retired is in no group any more', () => {
  desk.devices.of(subject);
  groups.move(subject, 'shops');
  expect(groups.progress('acme', 'shops')).toMatchObject([{ device: 'acme/dev-1' }]);
  desk.devices.change('acme/dev-1', { retired: 1 });
  expect(groups.progress('acme', 'shops')).toEqual([]);
});

describe('documents that cannot be in force together are refused:', () => {
  beforeEach(() => {
    groups.putGroup('acme', 'shops', { settings: { link: { reconnectUpToMs: 6_000 } } });
    groups.putGroup('acme', 'kiosks', {});
  });
  const slow = { link: { reconnectFromMs: 7_000 } };

  test('a client’s with a group’s', () => {
    expect(groups.putClient('acme', slow)).toEqual(malformed(/^In group shops: link\./));
    expect(groups.putClient('another', slow)).toHaveProperty('version');
  });

  test('a group’s with that of a device in it', () => {
    groups.move(subject, 'kiosks');
    expect(groups.putDeviceSettings(subject, slow)).toHaveProperty('version');
    const change = { settings: { link: { reconnectUpToMs: 6_000 } } };
    expect(groups.putGroup('acme', 'kiosks', change)).toEqual(malformed(/^On device dev-1: /));
  });

  test('a device’s own with the group it is moved to', () => {
    groups.putDeviceSettings(subject, slow);
    expect(groups.move(subject, 'shops')).toEqual(malformed(/^In group shops: /));
    expect(groups.groupIdOf(subject)).toBeUndefined();
  });

  test('a device’s own with those of its group', () => {
    groups.move(subject, 'shops');
    expect(groups.putDeviceSettings(subject, slow)).toEqual(malformed(/^link\./));
  });

  test('a client’s with a device’s own', () => {
    groups.move(subject, 'kiosks');
    groups.putDeviceSettings(subject, slow);
    const quick = { link: { reconnectUpToMs: 6_000 } };
    expect(groups.putClient('acme', quick)).toEqual(malformed(/^On device dev-1: /));
  });
});

describe('a document that no message could hold', () => {
  const long = (characters: number) => ({
    readers: [
      { ...{ id: 'r', protocol: 'p', path: '/dev/x' }, options: { x: 'x'.repeat(characters) } },
    ],
  });
  // Base64url makes four bytes of three.
  const [fits, doesNot] = [48_000, 49_200];
  const tooLarge = {
    code: 'conflict',
    why: `Signed, it is more than the ${linkLimits.messageBytes} bytes of a message.`,
  };

  test.each([
    ['a client', (settings: object) => groups.putClient('acme', { ...settings })],
    [
      'a group',
      (settings: object) => groups.putGroup('acme', 'shops', { settings: { ...settings } }),
    ],
    ['a device', (settings: object) => groups.putDeviceSettings(subject, { ...settings })],
  ])('is refused for %s, and what was before stays', (_what, put) => {
    groups.move(subject, 'shops');
    const done = put(long(fits));
    expect(done).toHaveProperty('version');
    const before = [groups.client('acme'), groups.all('acme')];
    const { length } = desk.published;
    expect(put(long(doesNot))).toEqual(tooLarge);
    expect([groups.client('acme'), groups.all('acme')]).toEqual(before);
    expect(desk.published).toHaveLength(length);
    expect(desk.published.every(({ payload }) => payload.length <= linkLimits.messageBytes)).toBe(
      true,
    );
  });
});
