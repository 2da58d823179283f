/** The portal's list of people and programs: kept over the admin API, told to the devices of a client. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accessLimits, type AccessBody, type Subject } from '../../../contract/index.ts';
import { accessListOf } from '../../../agent/access/list.ts';
import { totpContext } from '../../../agent/identity/hpke.ts';
import { passwordHash } from '../../../agent/identity/passwords.ts';
import { wrappingKeyFrom } from '../../../agent/identity/wrapping-key.ts';
import { AccessDesk } from '../../../simulator/portal/access-desk.ts';
import { startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { base32 } from '../../../simulator/portal/credentials.ts';
import { openStore } from '../../../simulator/portal/schema.ts';
import { Devices } from '../../../simulator/portal/devices.ts';
import { until } from '../../../simulator/shop/until.ts';
import { Bench, world } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let admin: Admin;
let device: ScriptedDevice;
let other: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  admin = await startAdmin({ portal: bench.portal, port: 0 });
  device = bench.device('dev-1', 'acme');
  other = bench.device('dev-2', 'another');
  await device.begin();
  await other.begin();
});
afterEach(async () => {
  await admin.close();
  await bench.close();
});

const call = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${admin.url}/admin/clients/acme/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const anna = { userId: 'anna', name: 'Anna', role: 'cashier', password: 'twelve letters' };
const till = { applicationId: 'till', name: 'Till', scopes: ['transactions:write'] };

interface Document {
  readonly version: number;
  readonly issuedAt: number;
  readonly body: AccessBody;
}

/** The last access document a device heard. */
const heard = (who: ScriptedDevice): Document | undefined =>
  who.heard.findLast(({ channel }) => channel === 'desired/access')?.content as
    Document | undefined;

const hears = (what: string, look: (body: AccessBody) => boolean) =>
  until(what, () => {
    const document = heard(device);
    return document !== undefined && look(document.body);
  });

const isTaken = (key: string): boolean =>
  accessListOf(heard(device)).application(key, { wallMs: Date.now(), trust: 'trusted' }) !==
  undefined;

test('somebody is put on the list, and the devices of the client hear what checks the password', async () => {
  expect(await call('POST', 'users', anna)).toEqual({ status: 201, body: { userId: 'anna' } });
  await hears('of Anna', ({ users }) => users.length === 1);
  const [user] = heard(device)?.body.users ?? [];
  expect(user).toMatchObject({ userId: 'anna', role: 'cashier', recoveryCodes: [] });
  if (user === undefined) throw new Error('Nobody was heard of.');
  expect(await passwordHash(anna.password, user.password)).toBe(user.password.hash);
  expect(JSON.stringify(device.heard)).not.toContain(anna.password);
  expect(heard(other)).toBeUndefined();
  expect((await call('GET', 'users')).body).toEqual({
    users: [{ userId: 'anna', name: 'Anna', role: 'cashier', disabled: false, hasTotp: false }],
  });
});

test('a technician is told the secret and recovery codes once, others only when asked for', async () => {
  const order = { ...anna, userId: 'tom', role: 'technician' };
  const { body } = await call('POST', 'users', order);
  expect(body['totp']).toMatch(/^otpauth:\/\/totp\/Holdfast:acme%2Ftom\?secret=[A-Z2-7]{32}&/);
  const codes = body['recoveryCodes'] as string[];
  expect(new Set(codes).size).toBe(6);
  const renamed = await call('POST', 'users', { userId: 'tom', name: 'Thomas', role: 'admin' });
  expect(renamed).toEqual({ status: 201, body: { userId: 'tom' } });
  const again = await call('POST', 'users', {
    ...{ userId: 'tom', name: 'Thomas', role: 'admin' },
    newCodes: true,
  });
  expect(again.body['totp']).not.toBe(body['totp']);
  await hears('of Thomas', ({ users }) => users[0]?.name === 'Thomas');
  // Nobody registered this device here, so there is nothing to seal a secret to.
  expect(heard(device)?.body.users[0]?.totp).toBeUndefined();
});

test('a new key of a program makes the one before worth nothing at once', async () => {
  expect((await call('POST', 'applications', till)).status).toBe(201);
  const first = String((await call('POST', 'applications/till/keys')).body['key']);
  await until('the first key is taken', () => isTaken(first));
  const second = String((await call('POST', 'applications/till/keys')).body['key']);
  await until('the second key is taken', () => isTaken(second));
  expect(isTaken(first)).toBe(false);
  const scopes = ['reports:read'];
  await call('POST', 'applications', { ...till, scopes, until: Date.now() + 60_000 });
  await hears('of other scopes', ({ applications }) => applications[0]?.scopes[0] === scopes[0]);
  expect(isTaken(second)).toBe(true);
  expect(await call('DELETE', 'applications/till')).toMatchObject({ status: 200 });
  await hears('of no program', ({ applications }) => applications.length === 0);
});

test('who is dropped is on no list any more', async () => {
  await call('POST', 'users', anna);
  await hears('of Anna', ({ users }) => users.length === 1);
  const before = heard(device)?.version ?? 0;
  expect(await call('DELETE', 'users/anna')).toMatchObject({ status: 200 });
  await hears('of nobody', ({ users }) => users.length === 0);
  expect(heard(device)?.version).toBeGreaterThan(before);
});

test('a device that comes later hears the list with its first presence', async () => {
  await call('POST', 'users', anna);
  const late = bench.device('dev-3', 'acme');
  await late.begin();
  await until('the late one hears of Anna', () => heard(late)?.body.users.length === 1);
});

test.each([
  ['POST', 'users', { ...anna, password: 'short' }, /12 to 256/],
  ['POST', 'users', { ...anna, password: undefined }, /needs a password/],
  ['POST', 'users', { ...anna, role: 'boss' }, /role is one of cashier/i],
  ['POST', 'users', { ...anna, userId: 'local' }, /userId/],
  ['POST', 'users', { ...anna, userId: 'a/../b' }, /userId/],
  ['POST', 'users', { ...anna, disabled: 'yes' }, /disabled is not/],
  ['POST', 'users', { ...anna, pin: '1234' }, /no field pin/],
  ['POST', 'applications', { ...till, applicationId: 'user:anna' }, /applicationId/],
  ['POST', 'applications', { ...till, scopes: ['everything'] }, /transactions:write/],
  ['POST', 'applications', { ...till, from: -1 }, /from/],
] as const)('%s %s with %o is refused', async (method, path, body, why) => {
  const refused = await call(method, path, body);
  expect(refused).toMatchObject({ status: 400, body: { code: 'malformed' } });
  expect(refused.body['detail']).toMatch(why);
  expect(heard(device)).toBeUndefined();
});

test.each([
  ['DELETE', 'users/nobody'],
  ['DELETE', 'applications/none'],
  ['POST', 'applications/none/keys'],
] as const)('%s %s is not found', async (method, path) => {
  expect(await call(method, path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('as many people and programs as the contract allows fit one message; one more is refused', async () => {
  const db = openStore(':memory:');
  const desk = new AccessDesk({
    ...{ db, world, devices: new Devices(db) },
    desired: bench.portal.registry.desired,
    passwordCost: { n: 16_384, p: 1 },
  });
  for (let i = 0; i < accessLimits.applications; i += 1) {
    desk.putApplication('acme', { ...till, applicationId: `till-${i}` });
    desk.newKey('acme', `till-${i}`);
  }
  const admins = { ...anna, role: 'admin' };
  for (let i = 0; i < accessLimits.users; i += 1) {
    const told = await desk.putPerson('acme', { ...admins, userId: `person-${i}` });
    expect(told).toMatchObject({ recoveryCodes: expect.any(Array) as unknown });
  }
  const more = await desk.putPerson('acme', { ...admins, userId: 'one-more' });
  expect(more).toMatchObject({ code: 'conflict' });
  expect(desk.people('acme')).toHaveLength(accessLimits.users);
  expect(desk.putApplication('acme', { ...till, applicationId: 'one-more' })).toMatchObject({
    code: 'conflict',
  });
  db.close();
});

test('a secret is sealed to the wrapping key of the one device', async () => {
  const subject: Subject = { clientId: 'acme', deviceId: 'dev-9' };
  const wrappingKey = wrappingKeyFrom(world.dice.bytes(32));
  const db = openStore(':memory:');
  db.prepare(
    `insert into registration (code_hash, client_id, group_id, device_id, until, wrapping_key)
     values ('x', 'acme', 'shops', 'dev-9', 0, ?)`,
  ).run(Buffer.from(wrappingKey.publicHalf()).toString('base64'));
  const devices = new Devices(db);
  devices.of(subject);
  const { desired } = bench.portal.registry;
  const desk = new AccessDesk({ db, world, devices, desired });
  const told = await desk.putPerson('acme', { ...anna, role: 'admin' });
  const { users } = desired.find(subject, 'access')?.body as AccessBody;
  const sealed = new Uint8Array(Buffer.from(users[0]?.totp?.sealed ?? '', 'base64'));
  const secret = wrappingKey.open(sealed, totpContext('acme/dev-9', 'anna'));
  expect('totp' in told ? told.totp : '').toContain(`secret=${base32(secret)}&`);
  db.close();
});

// RFC 4648, section 10.
test.each([
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foobar', 'MZXW6YTBOI'],
])('base 32 of %s is %s', (text, expected) => {
  expect(base32(new TextEncoder().encode(text))).toBe(expected);
});
