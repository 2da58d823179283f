/**
 * People and programs on a registered device: put on the portal's list, let in on the device, and out again,
 * also while nobody can be reached.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { totpCode, totpStepAt } from '../../agent/access/totp.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import type { AccessDesk } from '../../simulator/portal/access-desk.ts';
import type { PortalEvent } from '../../simulator/portal/events.ts';
import { portalKeys } from '../../simulator/portal/keys.ts';
import { startPortal, type Portal, type PortalOptions } from '../../simulator/portal/portal.ts';
import { AgentProcess, builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';
import { brokerParty, type BrokerParty } from '../rigs/broker-party.ts';
import { portalName } from '../rigs/mosquitto.ts';

let party: BrokerParty;
let portal: Portal;
let options: PortalOptions;
let agent: AgentProcess;
const events: PortalEvent[] = [];

beforeAll(async () => {
  party = await brokerParty();
  options = {
    ...{ world: nodeWorld(party.directory), dial: mqttDial() },
    ...{ brokerUrl: party.url, tls: party.settings(portalName).tls ?? {} },
    database: join(party.directory, 'portal.db'),
    keys: portalKeys({ signing: randomBytes(32), sealing: randomBytes(32) }),
    registering: { authority: party.authority, brokerUrl: party.url, certificateDays: 1 },
    log: (event) => void events.push(event),
  };
  portal = startPortal(options);
  const data = join(party.directory, 'device');
  await register(data);
  const port = await freePort();
  const link = { firstConnectWithinMs: 0, reconnectFromMs: 100, reconnectUpToMs: 400 };
  agent = new AgentProcess({ data, port, config: { api: { port }, link } });
  await agent.start();
  await until('the device is online', () => isOnline(), 15_000);
}, 60_000);

afterAll(async () => {
  if (agent.isRunning()) await agent.stop();
  portal.stop();
  await party.close();
});

const register = async (data: string): Promise<void> => {
  const order = { clientId: 'acme', deviceGroupId: 'shops', openMs: 600_000 };
  const code = portal.registry.registrar.open(order)?.code ?? '';
  const ca = join(party.directory, 'ca.crt');
  const where = ['--portal', party.mosquitto.registrationUrl, '--ca', ca, '--data', data];
  const args = [builtCommand, 'register', code, ...where];
  const child = startChild({ command: process.execPath, args });
  expect(await child.ended).toMatchObject({ code: 0 });
};

const isOnline = () => portal.devices().some(({ online }) => online === 1);

const desk = (): AccessDesk => portal.registry.access;

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const ask = async (
  method: string,
  path: string,
  headers: object,
  body?: object,
): Promise<Reply> => {
  const response = await fetch(`${agent.url}${path}`, {
    method,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Reply['body'] };
};

const withKey = (key: string) => ask('GET', '/v1/queue', { 'x-api-key': key });
const withToken = (token: string, path = '/v1/config') =>
  ask('GET', path, { authorization: `Bearer ${token}` });
const signIn = (fields: object) => ask('POST', '/v1/sessions', {}, fields);

/** A new key of the till, once the device takes it: it has heard of all that was ordered before, too. */
const heardOf = async (): Promise<string> => {
  const made = desk().newKey('acme', 'till');
  const key = 'key' in made ? made.key : '';
  await until('the device takes the new key', async () => (await withKey(key)).status === 200);
  return key;
};

/** Lets the till read transactions. */
const installTill = (): void => {
  const scopes = ['transactions:read'];
  const refused = desk().putApplication('acme', { applicationId: 'till', name: 'Till', scopes });
  expect(refused).toBeUndefined();
};

const secretIn = (uri: string): Uint8Array => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const bits = [...secret]
    .map((each) => letters.indexOf(each).toString(2).padStart(5, '0'))
    .join('');
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
};

test('a device nobody told of users lets nobody in, but whoever holds its own key', async () => {
  const refused = await signIn({ user: 'admin', password: 'admin' });
  expect([refused.status, refused.body['code']]).toEqual([409, 'no_users_yet']);
  expect((await withKey(agent.localKey() ?? '')).status).toBe(200);
});

test('a technician signs in with the code of the app on the phone; the portal hears of it', async () => {
  const order = { userId: 'tom', name: 'Tom', role: 'technician', password: 'twelve letters' };
  const told = await desk().putPerson('acme', order);
  const secret = secretIn('totp' in told ? (told.totp ?? '') : '');
  installTill();
  await heardOf();
  const totp = totpCode(secret, totpStepAt(Date.now()));
  const { status, body } = await signIn({ user: 'tom', password: order.password, totp });
  expect([status, body['role']]).toEqual([201, 'technician']);
  const token = String(body['token']);
  expect((await withToken(token)).status).toBe(200);
  const sale = await ask(
    'POST',
    '/v1/transactions',
    { authorization: `Bearer ${token}`, 'idempotency-key': 'order-1' },
    { type: 'sale', amount: { value: 100, currency: 'USD' } },
  );
  expect([sale.status, sale.body['code']]).toEqual([403, 'forbidden']);
  const [device = { device: '' }] = portal.devices();
  const through = () => portal.devices().find((each) => each.device === device.device)?.upThrough;
  // The sign-in and the refusal are facts of the log, and the portal takes those in.
  await until('the portal has both facts', () => (through() ?? 0) >= 2);
  expect(events.filter(({ is }) => is === 'portal.failed')).toEqual([]);
});

test('a key that is replaced, and a person who is dropped, are out within seconds', async () => {
  installTill();
  const anna = { userId: 'anna', name: 'Anna', role: 'supervisor', password: 'twelve letters' };
  await desk().putPerson('acme', anna);
  const first = await heardOf();
  const second = await heardOf();
  const refused = await withKey(first);
  expect([refused.status, refused.body['code']]).toEqual([401, 'unauthorized']);
  expect((await withKey(second)).status).toBe(200);

  const { body } = await signIn({ user: 'anna', password: anna.password });
  const token = String(body['token']);
  expect((await withToken(token, '/v1/batches')).status).toBe(200);
  desk().dropPerson('acme', 'anna');
  await until('Anna is out', async () => (await withToken(token, '/v1/batches')).status === 401);
});

test('the last document holds while nobody can be reached, and over a restart', async () => {
  installTill();
  await desk().putPerson('acme', {
    ...{ userId: 'maria', name: 'Maria', role: 'cashier', password: 'twelve letters' },
  });
  const key = await heardOf();
  const maria = { user: 'maria', password: 'twelve letters' };
  portal.stop();
  await party.mosquitto.stop();
  await agent.stop();
  await agent.start();
  expect((await withKey(key)).status).toBe(200);
  const { status, body } = await signIn(maria);
  expect([status, body['role']]).toEqual([201, 'cashier']);
  const refused = await withToken(String(body['token']), '/v1/reports/summary');
  expect([refused.status, refused.body['code']]).toEqual([403, 'forbidden']);
});
