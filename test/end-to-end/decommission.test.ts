/**
 * Out of service as a technician does it: the built command, a Mosquitto, a portal. The portal lets the
 * device go and it cannot come back; its directory keeps no key and no card data, and a ledger that is sound.
 */
import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import { openSqliteReadOnly } from '../../agent/ledger/sqlite.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { builtCommand, type AgentProcess } from '../../simulator/shop/agent-process.ts';
import { startAdmin, type Admin } from '../../simulator/portal/admin.ts';
import { subjectOf } from '../../simulator/portal/devices.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { until } from '../../simulator/shop/until.ts';
import { orderOf, sealedCard } from '../fixtures/payments.ts';
import { enter, openedLedger, store } from '../rigs/open-ledger.ts';
import { ended, portalParty, type PortalParty } from '../rigs/portal-party.ts';

let all: PortalParty;
let admin: Admin;

beforeAll(async () => {
  all = await portalParty();
  admin = await startAdmin({ portal: all.portal, port: 0 });
});

afterAll(async () => {
  await admin.close();
  await all.close();
});

const holdfast = (...words: readonly string[]) =>
  ended(startChild({ command: process.execPath, args: [builtCommand, ...words] }));

/** Every byte below a directory. */
const bytesIn = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name))),
  );

/** The lines of a device's secret files that are long enough to mean something. */
const secretsIn = (data: string): Buffer[] =>
  readdirSync(join(data, 'identity'))
    .filter((name) => name.endsWith('.key'))
    .flatMap((name) => readFileSync(join(data, 'identity', name), 'utf8').split('\n'))
    .filter((line) => line.length >= 40 && !line.startsWith('-----'))
    .map((line) => Buffer.from(line));

const sealedIn = (data: string): Buffer[] => {
  const db = openSqliteReadOnly(join(data, 'ledger.sqlite'));
  const rows = db.prepare<[], Buffer>('SELECT bytes FROM sealed WHERE bytes IS NOT NULL').pluck();
  const found = rows.all();
  db.close();
  return found;
};

/** Writes into the ledger of a device before any agent runs on it. */
const fillLedger = (data: string, device: string, fill: (ledger: Ledger) => void): void => {
  const path = join(data, 'ledger.sqlite');
  const { ledger } = openedLedger(nodeWorld(data), path, subjectOf(device));
  ledger.commit(() => ledger.batches.ensure({ name: 'System', number: 1 }, Date.now()));
  fill(ledger);
  ledger.checkpoint();
  ledger.close();
  chmodSync(path, 0o600);
};

interface Status {
  readonly identity: { readonly state: string };
  readonly queue: { readonly unsentEntries: number };
}

const statusOf = async ({ client }: AgentProcess): Promise<Status> =>
  (await client.get('/v1/status')).body as Status;

const hasTold = (agent: AgentProcess) =>
  until('the portal has all', async () => (await statusOf(agent)).queue.unsentEntries === 0);

const recordIn = (data: string, device: string): string =>
  join(data, 'decommissioned', `${device.replace('/', '-')}.sqlite`);

const soundRecord = async (data: string, device: string): Promise<void> => {
  const verified = await holdfast('ledger', 'verify', '--file', recordIn(data, device));
  expect([verified.exit, verified.said]).toEqual([0, expect.stringMatching(/^Sound: /)]);
};

test('a device is let go once nothing is open on it, and cannot come back', async () => {
  const { data, device } = await all.registered();
  // An order that a power cut left waiting for its card: cancelled at the start, and in the batch.
  fillLedger(data, device, (ledger) => enter(ledger, orderOf(1)));
  const agent = await all.agentOn(data);
  await agent.start();
  await until('it is online', () => all.isOnline(device));
  await hasTold(agent);
  const running = await holdfast('decommission', '--yes', '--data', data);
  expect([running.exit, running.said]).toEqual([
    1,
    expect.stringContaining('stop it or let it end first'),
  ]);
  await agent.stop();
  const open = await holdfast('decommission', '--yes', '--data', data);
  expect([open.exit, open.said]).toEqual([1, expect.stringContaining('holdfast batch close')]);
  await agent.start();
  expect((await holdfast('batch', 'close', '--data', data)).exit).toBe(0);
  await until('it is settled', () => all.portal.batches().some(({ settlement }) => settlement));
  await hasTold(agent);
  await agent.stop();
  const backup = all.freshData();
  cpSync(data, backup, { recursive: true });
  const secrets = secretsIn(data);
  expect(secrets.every((secret) => bytesIn(data).includes(secret))).toBe(true);
  const done = await holdfast('decommission', '--yes', '--data', data);
  expect([done.exit, done.said]).toEqual([0, expect.stringContaining('has let it go')]);
  expect(secrets.length).toBeGreaterThan(4);
  expect(secrets.filter((secret) => bytesIn(data).includes(secret))).toEqual([]);
  expect(readdirSync(join(data, 'identity'))).toEqual([]);
  expect([all.count('device.retired', device), all.count('device.revoked', device)]).toEqual([
    1, 1,
  ]);
  await soundRecord(data, device);
  const refused = await holdfast('run', '--data', data);
  expect([refused.exit, refused.said]).toEqual([1, expect.stringContaining('register')]);
  // Whoever kept a copy of its keys does not get in with them either.
  await all.party.mosquitto.revoke(all.portal.registry.revoked() ?? '');
  const ghost = await all.agentOn(backup);
  await ghost.start();
  await until('it knows', async () => (await statusOf(ghost)).identity.state === 'revoked');
  expect(all.isOnline(device)).toBe(false);
  await ghost.stop();
});

test('a device that could tell nothing goes with a receipt, and is registered anew', async () => {
  const { data, device } = await all.registered();
  fillLedger(data, device, (ledger) => store(ledger, orderOf(2), 2, sealedCard(2)));
  const sealed = sealedIn(data);
  expect(sealed).toHaveLength(1);
  const unsent = await holdfast('decommission', '--yes', '--data', data);
  expect([unsent.exit, unsent.said]).toEqual([1, expect.stringContaining('--receipt')]);
  expect((await holdfast('ledger', 'export', '--frames', '--data', data)).exit).toBe(0);
  const exported = join(data, 'exports', readdirSync(join(data, 'exports'))[0] ?? '');
  const answer = await fetch(`${admin.url}/admin/imports`, {
    ...{ method: 'POST', body: readFileSync(exported) },
  });
  expect(answer.status).toBe(201);
  const receipt = `${data}.receipt.json`;
  writeFileSync(receipt, await answer.text());
  const secrets = [...secretsIn(data), ...sealed];
  const base64 = sealed.map((bytes) => Buffer.from(bytes.toString('base64')));
  expect(base64.every((text) => bytesIn(data).includes(text))).toBe(true);
  const words = ['--yes', '--receipt', receipt, '--json', '--data', data];
  const done = await holdfast('decommission', ...words);
  expect(JSON.parse(done.said)).toMatchObject({ portal: 'let_go', record: recordIn(data, device) });
  expect([...secrets, ...base64].filter((each) => bytesIn(data).includes(each))).toEqual([]);
  expect(all.count('device.retired', device)).toBeGreaterThanOrEqual(1);
  await soundRecord(data, device);
  expect((await ended(all.registering(data, all.code()))).exit).toBe(0);
});
