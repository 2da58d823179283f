/**
 * The life of a certificate, in seconds instead of months: renewed while it runs, expired while it slept,
 * taken back and given again. Mosquitto judges every one of them.
 */
import { X509Certificate } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AgentProcess } from '../../simulator/shop/agent-process.ts';
import { subjectOf } from '../../simulator/portal/devices.ts';
import { until } from '../../simulator/shop/until.ts';
import { portalParty, type PortalParty } from '../rigs/portal-party.ts';

const lifeMs = 12_000;
/** Longer than a question that was lost with the broker is waited for. */
const patienceMs = 60_000;
const timeout = 3 * patienceMs;

let all: PortalParty;

beforeAll(async () => {
  all = await portalParty(lifeMs / 86_400_000);
});

afterAll(() => all.close());

const certificateIn = (data: string) =>
  new X509Certificate(readFileSync(join(data, 'identity', 'device.crt')));

const serialIn = (data: string): string => certificateIn(data).serialNumber;

interface Status {
  readonly identity: { readonly state: string };
  readonly health: { readonly reasons: readonly string[] };
  readonly link: { readonly retryInMs?: number };
}

const statusOf = async ({ client }: AgentProcess): Promise<Status> =>
  (await client.get('/v1/status')).body as Status;

const online = (device: string) =>
  until(`${device} is online`, () => all.isOnline(device), patienceMs);

test(
  'a certificate is renewed while the agent runs, again and again, without a restart',
  { timeout },
  async () => {
    const { data, device } = await all.registered();
    const agent = await all.agentOn(data);
    await agent.start();
    await online(device);
    const [first, pid] = [serialIn(data), agent.pid];
    await until('two more were given', () => all.count('device.renewed', device) >= 2, patienceMs);
    await until('it is in place', () => serialIn(data) !== first, patienceMs);
    expect([agent.pid, all.isOnline(device)]).toEqual([pid, true]);
    // The connection that is shown the next one is not taken over by its trial.
    expect(all.count('device.offline', device)).toBe(0);
    // What it renewed with, it connects with.
    await all.party.restart();
    await until('it comes back', () => all.count('device.online', device) >= 2, patienceMs);
    await agent.stop();
  },
);

test(
  'a device that slept until its certificate had expired recovers by itself',
  { timeout },
  async () => {
    const { data, device } = await all.registered();
    const { validTo } = certificateIn(data);
    await until('it has expired', () => Date.now() > Date.parse(validTo) + 1_000, patienceMs);
    await all.party.mosquitto.stop();
    const agent = await all.agentOn(data);
    await agent.start();
    expect((await statusOf(agent)).identity.state).toBe('expired');
    expect((await statusOf(agent)).health.reasons).toContain('certificate_expired');
    await all.party.restart();
    await online(device);
    expect(all.count('device.renewed', device)).toBeGreaterThanOrEqual(1);
    expect((await statusOf(agent)).health.reasons).not.toContain('certificate_expired');
    await agent.stop();
  },
);

test(
  'a copy of a device is suspected by the one it takes over, which chases it no more',
  { timeout },
  async () => {
    const { data, device } = await all.registered();
    const copied = all.freshData();
    cpSync(data, copied, { recursive: true });
    const [one, two] = [await all.agentOn(data), await all.agentOn(copied)];
    await one.start();
    await online(device);
    await two.start();
    const says = async (agent: AgentProcess) =>
      (await statusOf(agent)).health.reasons.includes('clone_suspected');
    const both = [one, two];
    const saying = async () => {
      const said = await Promise.all(both.map((agent) => says(agent)));
      return both.find((_, at) => said[at]);
    };
    await until('one says so', async () => (await saying()) !== undefined, patienceMs);
    const said = (await saying()) ?? one;
    expect((await statusOf(said)).link.retryInMs).toBeGreaterThan(200_000);
    await one.stop();
    await two.stop();
  },
);

test(
  'a revoked device stops hurrying, keeps its queue, and says so; and is taken in again',
  { timeout },
  async () => {
    const { data, device } = await all.registered();
    const agent = await all.agentOn(data);
    await agent.start();
    await online(device);
    const { renewals } = all.portal.registry;
    expect(renewals.revoke(subjectOf(device), true)).toBe(true);
    await all.party.mosquitto.revoke(all.portal.registry.revoked() ?? '');
    const state = async () => (await statusOf(agent)).identity.state;
    await until('it knows', async () => (await state()) === 'revoked', patienceMs);
    expect((await statusOf(agent)).health.reasons).toContain('device_revoked');
    const sale = { type: 'sale', amount: { value: 500, currency: 'USD' } };
    const refused = await agent.client.post('/v1/transactions', sale, { 'Idempotency-Key': 'k1' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'device_revoked' } });
    const triedBefore = all.count('renewal.refused', device);
    expect(triedBefore).toBe(1);
    renewals.revoke(subjectOf(device), false);
    await all.party.mosquitto.revoke(all.portal.registry.revoked() ?? '');
    expect(await agent.client.post('/v1/queue/forward')).toMatchObject({ status: 202 });
    await online(device);
    // The old certificate may be good again before the next one was asked for.
    await until('it is active', async () => (await state()) === 'active', patienceMs);
    expect((await statusOf(agent)).health.reasons).not.toContain('device_revoked');
    await agent.stop();
  },
);
