/** Settings, groups and moves over the admin API, and what devices said of them. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConfigurationReport } from '../../../contract/index.ts';
import { startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { until } from '../../../simulator/shop/until.ts';
import { registryDesk, requestFor } from '../../rigs/registry.ts';
import { Bench } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let admin: Admin;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  admin = await startAdmin({ portal: bench.portal, port: 0 });
  device = bench.device('dev-1', 'acme');
  await device.begin();
});
afterEach(async () => {
  await admin.close();
  await bench.close();
});

const call = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${admin.url}/admin/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const shops = 'groups/acme/shops';
const versionIn = ({ body }: { body: Record<string, unknown> }) => Number(body['version']);

test('settings of a client are none before they were put, and then what was put last', async () => {
  const none = { settings: {}, version: null };
  expect(await call('GET', 'clients/acme/settings')).toEqual({ status: 200, body: none });
  const settings = { timeZone: 'Europe/Berlin' };
  const version = versionIn(await call('PUT', 'clients/acme/settings', { settings }));
  expect((await call('GET', 'clients/acme/settings')).body).toEqual({ settings, version });
});

test('a group is made, changed, and shown with its devices', async () => {
  await call('PUT', shops, { name: 'Shops', hasTipLine: true });
  const moved = await call('POST', 'devices/acme/dev-1/group', { groupId: 'shops' });
  expect(moved).toMatchObject({ status: 200, body: { version: expect.any(Number) as unknown } });
  const settings = { offline: { enabled: true } };
  const version = versionIn(await call('PUT', shops, { settings }));
  const group = { clientId: 'acme', groupId: 'shops', name: 'Shops', status: 'active' };
  const shown = { ...group, hasTipLine: true, settings, version };
  expect((await call('GET', 'groups/acme')).body).toEqual({
    groups: [{ ...shown, deviceCount: 1 }],
  });
  expect((await call('GET', shops)).body).toEqual({
    ...shown,
    devices: [
      { device: device.name, is: 'unheard', why: 'It has said nothing of this version yet.' },
    ],
  });
});

test('what a device reports of its configuration, and tells of it as a fact, is shown', async () => {
  await call('POST', 'devices/acme/dev-1/group', { groupId: 'shops' });
  const version = versionIn(await call('PUT', shops, { hasTipLine: true }));
  const layers = { group: { groupId: 'shops', version } };
  const hash = 'a'.repeat(64);
  const configuration: ConfigurationReport = {
    ...{ number: 2, hash, layers: {}, sections: [], ignored: [] },
    candidate: { layers, state: 'waiting', waitsFor: 'line', why: 'A customer waits.' },
  };
  const said = {
    ...{ agentVersion: '0.1.0', clock: 'trusted', epoch: 1, readers: [] },
    queue: { unsent: 0, undecided: 0 },
  };
  const reports = async (how: Partial<ConfigurationReport>) => {
    const { candidate, ...rest } = configuration;
    const now = 'layers' in how ? { ...rest, ...how } : { ...rest, candidate, ...how };
    await device.publish('reported', { ...said, configuration: now }, true);
  };
  const devices = () => bench.portal.registry.groups.progress('acme', 'shops') ?? [];
  await reports({});
  await until('it waits', () => devices()[0]?.is === 'waiting');
  expect((await call('GET', shops)).body['devices']).toEqual([
    {
      device: device.name,
      is: 'waiting',
      versions: {},
      waitsFor: 'line',
      why: 'A customer waits.',
    },
  ]);
  const body = { number: 3, hash, layers, because: 'confirmed', changed: ['hasTipLine'] };
  const fact = { type: 'configuration.in_force', body };
  await device.tell({ fact }, { fact });
  await reports({ number: 3, layers });
  await until('it is in force', () => devices()[0]?.is === 'in force');
  expect((await call('GET', 'devices')).body).toMatchObject({
    devices: [{ groupId: 'shops', configuration: { number: 3 }, configurationFacts: [fact] }],
  });
});

test('a device is given settings of its own', async () => {
  const settings = { device: { name: 'Till 1' } };
  const done = await call('PUT', 'devices/acme/dev-1/settings', { settings });
  await until('it is told', () => device.of('desired/device').length === 1);
  expect(device.of('desired/device')).toMatchObject([
    { version: versionIn(done), body: { settings } },
  ]);
});

test.each([
  ['PUT', 'clients/acme/settings', {}, 400, /^settings is an object/],
  ['PUT', 'clients/acme/settings', { settings: { nonsense: 1 } }, 400, /no setting nonsense;/],
  ['PUT', 'clients/acme/settings', { setings: {} }, 400, /no field setings/],
  ['PUT', shops, { deviceCount: 3 }, 400, /no field deviceCount/],
  ['PUT', shops, { hasTipLine: 1 }, 400, /^hasTipLine/],
  ['PUT', 'groups/acme/a%20b', {}, 400, /named with/],
  ['GET', 'groups/acme/none', undefined, 404, /no such group/],
  ['POST', 'devices/acme/dev-1/group', {}, 400, /groupId is a text/],
  ['POST', 'devices/acme/a%20b/group', { groupId: 'shops' }, 400, /named with/],
  ['PUT', 'devices/acme/dev-1/settings', { settings: [] }, 400, /^settings is an object/],
] as const)('%s %s with %j is refused', async (method, path, body, status, why) => {
  const refused = await call(method, path, body);
  expect(refused.status).toBe(status);
  expect(refused.body['detail']).toMatch(why);
});

test('a device that registers is put into the group of its code, before it was ever heard', () => {
  const { registry, published, db } = registryDesk({ isOpen: true });
  const order = { clientId: 'acme', deviceGroupId: 'shops', openMs: 60_000 };
  const { code, deviceId } = registry.registrar.open(order)!;
  const answered = registry.registrar.answer(requestFor(code));
  expect(answered).toMatchObject({ ok: true, deviceGroupId: 'shops' });
  expect(published.map(({ topic }) => topic)).toEqual(
    ['group', 'device'].map((kind) => `hf/1/acme/${deviceId}/desired/${kind}`),
  );
  expect(registry.groups.find('acme', 'shops')).toMatchObject({ name: 'shops', deviceCount: 1 });
  expect(registry.groups.progress('acme', 'shops')).toMatchObject([{ is: 'unheard' }]);
  db.close();
});
