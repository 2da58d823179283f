/** A revoked device on a broker that knows no revocations: the portal itself keeps it from selling. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeAuthority } from '../../../simulator/authority.ts';
import { startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { until } from '../../../simulator/shop/until.ts';
import { requestFor } from '../../rigs/registry.ts';
import { authorizeBody, Bench, newFollowUp, newSale, stored } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

const authority = makeAuthority('Test Authority', Date.now());
const registering = { authority, brokerUrl: 'mqtt://127.0.0.1', certificateDays: 90 };

let bench: Bench;
let admin: Admin;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open(':memory:', registering);
  admin = await startAdmin({ portal: bench.portal, port: 0 });
  const { body } = await call('POST', '/admin/registration-codes', {
    ...{ clientId: 'cli_1', deviceGroupId: 'shops' },
  });
  const { code, deviceId, until: untilMs, untilTime } = body as Record<string, string>;
  expect(untilTime).toBe(new Date(Number(untilMs)).toISOString());
  bench.portal.registry.registrar.answer(requestFor(String(code)));
  device = bench.device(deviceId);
});
afterEach(async () => {
  await admin.close();
  await bench.close();
});

const call = async (method: 'GET' | 'POST', path: string, body: object = {}) => {
  const headers = { 'content-type': 'application/json' };
  const asked = method === 'GET' ? {} : { headers, body: JSON.stringify(body) };
  const response = await fetch(`${admin.url}${path}`, { method, ...asked });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const shown = async () =>
  ((await call('GET', '/admin/devices')).body['devices'] as Record<string, unknown>[])[0];

const statusTold = (): string | undefined =>
  (device.of('desired/device').at(-1) as { body: { status?: string } } | undefined)?.body.status;

const asks = (status: string) => call('POST', `/admin/devices/${device.name}/status`, { status });

test('a device is shown, and may be disabled, from its registration on', async () => {
  expect(await shown()).toMatchObject({
    ...{ device: device.name, session: 0, online: 0, status: 'Active', revoked: false },
  });
  expect((await asks('Disabled')).status).toBe(200);
  expect(await shown()).toMatchObject({ status: 'Disabled' });
});

test('a revoked device sells nothing, and may still void', async () => {
  await device.begin();
  await device.acknowledgeWords();
  const sale = await bench.sold(device);
  expect((await call('POST', `/admin/devices/${device.name}/revoke`)).status).toBe(200);
  const refused = await bench.ask(device, authorizeBody(device.subject, newSale()));
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'refused' } });
  expect(await bench.followUp(device, newFollowUp('void', sale))).toMatchObject({
    result: 'approved',
  });
  expect(bench.portal.host().netByCurrency).toEqual({});
});

test('it is told that it is disabled, and what it had stored is still decided', async () => {
  await device.begin();
  await device.acknowledgeWords();
  await call('POST', `/admin/devices/${device.name}/revoke`);
  await until('it was told', () => statusTold() === 'Disabled');
  await device.tell(stored(device.subject, newSale(1_500)));
  await bench.happens('transaction.decided');
  expect(await shown()).toMatchObject({ revoked: true, status: 'Active' });
});

test('taken in again, it has the status it had, and sells', async () => {
  await device.begin();
  await asks('Inactive');
  await call('POST', `/admin/devices/${device.name}/revoke`);
  await until('it was told', () => statusTold() === 'Disabled');
  await call('POST', `/admin/devices/${device.name}/reinstate`);
  await until('it was told again', () => statusTold() === 'Inactive');
  await bench.sold(device);
});
