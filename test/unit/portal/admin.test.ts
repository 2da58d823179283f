/** The admin API: what it answers, and what it says to what it does not understand. */
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminLimits, startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { faultNames } from '../../../simulator/portal/faults.ts';
import { snapshotsMost } from '../../../simulator/portal/routes.ts';
import { tableUnder } from '../../house/markdown.ts';
import { read } from '../../house/tree.ts';
import { batch, Bench, created, newSale, stored } from './bench.ts';
import { closing } from './close.ts';
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

const json = { 'content-type': 'application/json' };

const call = async (method: string, path: string, body?: unknown, headers = json) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${admin.url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers, body: text }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('it lists its calls, as the README does', async () => {
  const { status, body } = await call('GET', '/admin');
  const calls = body['calls'] as { method: string; path: string }[];
  const told = tableUnder(read('simulator/README.md'), 'Admin API').map(([row = '']) => row);
  expect(status).toBe(200);
  expect(calls.map(({ method, path }) => `\`${method} ${path}\``)).toEqual(told);
});

test('health, devices, transactions and the host can be read', async () => {
  const sale = newSale(1_234);
  await device.tell(stored(device.subject, sale));
  await bench.happens('transaction.decided');
  expect(await call('GET', '/admin/health')).toEqual({ status: 200, body: { status: 'ok' } });
  expect((await call('GET', '/admin/devices')).body).toMatchObject({
    devices: [{ device: device.name, online: 1, upThrough: 1, undecidedCount: 0 }],
  });
  expect((await call('GET', '/admin/transactions')).body).toMatchObject({
    transactions: [
      {
        ...{ transactionId: sale.transactionId, currency: 'USD', netApprovedValue: 1_234 },
        attempts: [{ attemptId: sale.attemptId, way: 'forwarded', state: 'approved' }],
      },
    ],
  });
  expect((await call('GET', '/admin/host')).body).toEqual({
    ...{ transactions: 1, netByCurrency: { USD: 1_234 }, doubleCharges: [] },
  });
});

test('closed batches can be read, with how they were settled', async () => {
  await device.tell(...closing([]));
  await bench.happens('batch.settled');
  expect((await call('GET', '/admin/batches')).body).toMatchObject({
    batches: [{ device: device.name, closed: { batch }, settlement: { outcome: 'agreed' } }],
  });
});

test('faults can be armed, seen and disarmed', async () => {
  const arming = { fault: 'delay_response', count: 2, ms: 10 };
  expect((await call('POST', '/admin/faults', arming)).body['armed']).toEqual({
    delay_response: { count: 2, ms: 10 },
  });
  const seen = (await call('GET', '/admin/faults')).body;
  expect(Object.keys(seen['faults'] as object)).toEqual([...faultNames]);
  await call('POST', '/admin/faults', { fault: 'delay_response', count: 0 });
  expect(bench.portal.faults.armed()).toEqual({});
});

test('what waits to be decided can be held and released', async () => {
  const sale = newSale(1_068);
  await device.tell(stored(device.subject, sale));
  await bench.happens('transaction.parked');
  const path = `/admin/transactions/${device.name}/${sale.transactionId}`;
  expect(await call('POST', `${path}/hold`)).toMatchObject({
    ...{ status: 409, body: { code: 'conflict', detail: 'It is parked already.' } },
  });
  expect(await call('POST', `${path}/release`)).toEqual({
    status: 200,
    body: { device: device.name, transactionId: sale.transactionId, parked: false },
  });
  await bench.happens('transaction.decided');
});

test('an epoch can be opened for a device that is known', async () => {
  const path = `/admin/devices/${device.name}/epoch`;
  expect(await call('POST', path)).toMatchObject({ status: 200, body: { epoch: 2 } });
  expect(bench.count('epoch.offered')).toBe(1);
});

test('snapshots can be made and restored, up to their limit', async () => {
  expect(await call('POST', '/admin/snapshots')).toMatchObject({
    ...{ status: 201, body: { snapshot: 1 } },
  });
  await device.tell(created());
  expect(await call('POST', '/admin/snapshots/1/restore')).toMatchObject({ status: 200 });
  expect(bench.portal.devices()).toMatchObject([{ upThrough: 0 }]);
  for (let i = 1; i < snapshotsMost; i += 1) await call('POST', '/admin/snapshots');
  expect((await call('POST', '/admin/snapshots')).status).toBe(409);
});

const bad: [string, string, unknown, number, string][] = [
  ['GET', '/', undefined, 404, 'not_found'],
  ['GET', '/admin/secrets', undefined, 404, 'not_found'],
  ['DELETE', '/admin/faults', undefined, 405, 'method_not_allowed'],
  ['POST', '/admin/host', {}, 405, 'method_not_allowed'],
  ['POST', '/admin/faults', undefined, 400, 'malformed'],
  ['POST', '/admin/faults', '{', 400, 'malformed'],
  ['POST', '/admin/faults', [], 400, 'malformed'],
  ['POST', '/admin/faults', 'null', 400, 'malformed'],
  ['POST', '/admin/faults', { fault: 'explode' }, 400, 'malformed'],
  ['POST', '/admin/faults', { fault: 'refuse', count: -1 }, 400, 'malformed'],
  ['POST', '/admin/faults', { fault: 'refuse', count: '1' }, 400, 'malformed'],
  ['POST', '/admin/faults', { fault: 'refuse', ms: 1e12 }, 400, 'malformed'],
  ['POST', '/admin/faults', { fault: 'garbage', channel: 'tv' }, 400, 'malformed'],
  ['POST', '/admin/faults', { fault: 'refuse', often: 1 }, 400, 'malformed'],
  ['POST', '/admin/devices/cli_1/nobody/epoch', undefined, 404, 'not_found'],
  ['POST', '/admin/transactions/cli_1/dev-1/txn_none/release', undefined, 404, 'not_found'],
  ['POST', '/admin/transactions/a%20b/dev-1/txn_none/hold', undefined, 404, 'not_found'],
  ['POST', '/admin/transactions/cli_1/dev-1/txn_none/burn', undefined, 404, 'not_found'],
  ['POST', '/admin/devices/a%20b/c/epoch', undefined, 404, 'not_found'],
  ['POST', '/admin/snapshots/1/restore', undefined, 404, 'not_found'],
  ['POST', '/admin/snapshots/0/restore', undefined, 404, 'not_found'],
];
test.each(bad)('%s %s with %j is refused with %i %s', async (method, path, body, status, code) => {
  expect(await call(method, path, body)).toMatchObject({ status, body: { code } });
  expect(bench.portal.faults.armed()).toEqual({});
});

test('a body as large as allowed is read, one byte more is not', async () => {
  const padded = (bytes: number) => JSON.stringify({ fault: 'refuse', count: 0 }).padEnd(bytes);
  const { bodyBytes } = adminLimits;
  expect((await call('POST', '/admin/faults', padded(bodyBytes))).status).toBe(200);
  expect(await call('POST', '/admin/faults', padded(bodyBytes + 1))).toMatchObject({
    ...{ status: 413, body: { code: 'too_large' } },
  });
});

test('another content type is refused', async () => {
  const headers = { 'content-type': 'text/plain' };
  expect((await call('POST', '/admin/faults', { fault: 'refuse' }, headers)).status).toBe(415);
});

test('another Host header is refused', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { host: 'evil.example' };
    request(`${admin.url}/admin/health`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
  expect(status).toBe(400);
});
