/** The registry over the admin API: statuses, revocations, and keys that devices follow. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keySetsMost } from '../../../contract/index.ts';
import { portalTrust } from '../../../agent/identity/portal-trust.ts';
import { startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { portalKeysFile } from '../../../simulator/portal/keys.ts';
import { until } from '../../../simulator/shop/until.ts';
import { Bench, keys, newSale, stored } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let admin: Admin;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  admin = await startAdmin({ portal: bench.portal, port: 0 });
  device = bench.device();
  await device.begin();
  await device.acknowledgeWords();
});
afterEach(async () => {
  await admin.close();
  await bench.close();
});

const post = async (path: string, body: object = {}) => {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${admin.url}${path}`, request);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('a status is wanted of one device, beside what was wanted of it before', async () => {
  bench.portal.openEpoch(device.subject);
  const set = await post(`/admin/devices/${device.name}/status`, { status: 'Disabled' });
  expect(set).toMatchObject({ status: 200, body: { status: 'Disabled' } });
  await until('it was told', () => device.of('desired/device').length === 2);
  expect(device.of('desired/device')[1]).toMatchObject({
    ...{ kind: 'device', subject: device.subject, version: set.body['version'] },
    body: { status: 'Disabled', log: { epoch: 2 } },
  });
});

test.each([
  ['/admin/devices/acme/nobody/revoke', {}, 404],
  ['/admin/devices/acme/nobody/reinstate', {}, 404],
  ['/admin/devices/a%2Fb/c/status', { status: 'Active' }, 404],
  ['/admin/devices/acme/nobody/status', { status: 'Active' }, 404],
  ['/admin/devices/cli_1/dev-1/status', { status: 'Broken' }, 400],
  ['/admin/devices/cli_1/dev-1/status', {}, 400],
])('%s with %j is refused', async (path, body, status) => {
  expect((await post(path, body)).status).toBe(status);
});

test('without an authority there is no list of what was taken back', async () => {
  expect((await fetch(`${admin.url}/admin/revocations`)).status).toBe(409);
});

describe('keys that were rotated', () => {
  test('are told by a chain, which a device that knows the first set can follow', async () => {
    const { trust } = { trust: portalTrust(portalKeysFile(keys), () => undefined) };
    expect(await post('/admin/keys/rotate')).toMatchObject({ body: { version: 2 } });
    await post('/admin/keys/rotate');
    const chains = () => device.heard.filter(({ channel }) => channel === 'desired/trust');
    await until('it was told of both', () => chains().length >= 2);
    const { keySets } = bench.portal.registry.desired.find(device.subject, 'trust')?.body as {
      keySets: string[];
    };
    expect(trust.follow(keySets)).toBe('changed');
    expect(trust.version()).toBe(3);
    // What this device holds on to are the first keys, and those sign nothing any more.
    expect(chains().at(-1)).toMatchObject({ fault: expect.stringMatching(/not trust/) as string });
  });

  test('are told a device that was away, when it comes back', async () => {
    await post('/admin/keys/rotate');
    const late = bench.device('late');
    await late.connect(1);
    await late.publish('presence', late.presence('online'), true);
    await until('it was told', () => late.heard.some(({ channel }) => channel === 'desired/trust'));
  });

  test('are not rotated past what a device can follow, and the portal says so', async () => {
    const { registry } = bench.portal;
    while (registry.rotateKeys() !== undefined);
    const { version } = registry.keys();
    const { status, body } = await post('/admin/keys/rotate');
    expect([status, version, registry.keys().version]).toEqual([409, keySetsMost, keySetsMost]);
    expect(JSON.stringify(body)).toContain(`at most ${keySetsMost} key sets`);
  });

  test('leave what was sealed to the old ones to be decided', async () => {
    const sale = newSale(700);
    await post('/admin/keys/rotate');
    device.write(stored(device.subject, sale));
    await device.publish('log/up', device.frame(1));
    await bench.happens('transaction.decided');
    expect(bench.portal.host()).toMatchObject({ netByCurrency: { USD: 700 } });
  });
});
