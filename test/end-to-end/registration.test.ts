/** Registration as a technician does it: the built command, a Mosquitto with TLS, a portal behind it. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { portalKeys } from '../../simulator/portal/keys.ts';
import { startPortal, type Portal } from '../../simulator/portal/portal.ts';
import { AgentProcess, builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild, type Child } from '../../simulator/shop/child.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';
import { brokerParty, type BrokerParty } from '../rigs/broker-party.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { Sessions } from '../rigs/session.ts';

let party: BrokerParty;
let portal: Portal;
let ca: string;
let devices = 0;
const sessions = new Sessions(mqttDial);

beforeAll(async () => {
  party = await brokerParty();
  ca = join(party.directory, 'ca.crt');
  portal = startPortal({
    ...{ world: nodeWorld(party.directory), dial: mqttDial(), database: ':memory:' },
    ...{ brokerUrl: party.url, tls: party.settings(portalName).tls ?? {} },
    keys: portalKeys({ signing: randomBytes(32), sealing: randomBytes(32) }),
    registering: { authority: party.authority, brokerUrl: party.url, certificateDays: 1 },
  });
});

afterAll(async () => {
  sessions.close();
  portal.stop();
  await party.close();
});

const code = (): string =>
  portal.registry.registrar.open({ clientId: 'acme', deviceGroupId: 'shops', openMs: 600_000 })
    ?.code ?? '';

const freshData = (): string => join(party.directory, `device-${(devices += 1)}`);

const begin = (...words: readonly string[]): Child =>
  startChild({ command: process.execPath, args: [builtCommand, 'register', ...words] });

const registering = (data: string, word: string): Child =>
  begin(word, '--portal', party.mosquitto.registrationUrl, '--ca', ca, '--data', data);

/** Runs the command to its end. */
const ended = async (child: Child) => {
  const { code: exit } = await child.ended;
  return { exit, said: child.output() };
};

/** An agent on a data directory, with no settings of its own but its port. */
const agentOn = async (data: string): Promise<AgentProcess> => {
  const port = await freePort();
  const config = { api: { port }, link: { firstConnectWithinMs: 0 } };
  return new AgentProcess({ data, port, config });
};

const onlineNames = () =>
  portal
    .devices()
    .filter(({ online }) => online === 1)
    .map(({ device }) => device);

test('a device that was registered connects by itself, with its own certificate', async () => {
  const data = freshData();
  const word = code();
  expect(await ended(registering(data, word))).toMatchObject({
    exit: 0,
    said: expect.stringMatching(/This device is acme\/dev-[0-9a-f]{16} now/) as string,
  });
  const agent = await agentOn(data);
  await agent.start();
  await until('the device is online', () => onlineNames().length > 0, 15_000);
  expect(onlineNames()).toEqual([expect.stringMatching(/^acme\/dev-/)]);
  expect(await ended(registering(freshData(), word))).toMatchObject({
    exit: 1,
    said: expect.stringContaining('has registered a device already') as string,
  });
  await agent.stop();
});

test('killed at any moment, the command ends with one device when it is said again', async () => {
  const word = code();
  const data = freshData();
  const names: string[] = [];
  portal.onEvent((event) => {
    if (event.is === 'device.registered') names.push(event.device);
  });
  // What it says is when it is killed: after each of its steps.
  for (const step of ['key made', 'asking the portal', 'certificate received']) {
    const child = registering(data, word);
    await child.says(step, 20_000);
    child.kill('SIGKILL');
    await child.ended;
  }
  const { exit } = await ended(registering(data, word));
  // Whether the last of the killed had put all in place is a matter of microseconds.
  expect([0, 1]).toContain(exit);
  expect(readdirSync(join(data, 'identity')).sort()).toEqual(
    ['ca.crt', 'device.crt', 'device.json', 'device.key', 'portal-keys.json', 'portal.json'].sort(),
  );
  expect(names).toHaveLength(1);
});

describe('refused, with what to do, is', () => {
  const row = async (words: readonly string[]) => ended(begin(...words, '--data', freshData()));

  test('a broker whose authority nobody named', async () => {
    const { exit, said } = await row([code(), '--portal', party.mosquitto.registrationUrl]);
    expect(exit).toBe(1);
    expect(said).toContain('name it with --ca FILE');
  });

  test('the listener of registered devices, which asks for a certificate', async () => {
    const { exit, said } = await row([code(), '--portal', party.url, '--ca', ca]);
    expect(exit).toBe(1);
    expect(said).toContain('name the port where devices register');
  });

  test('a code nobody opened', async () => {
    const url = party.mosquitto.registrationUrl;
    const { exit, said } = await row(['aaaaa-bbbbb', '--portal', url, '--ca', ca]);
    expect(exit).toBe(1);
    expect(said).toContain('The portal knows no such code');
  });

  test.each([
    [['no-code', '--portal', 'mqtts://localhost:1'], /one looks like 7K3QM-9XW2D/],
    [['AAAAA-BBBBB', '--portal', 'http://localhost'], /--portal: expected mqtts/],
    [['AAAAA-BBBBB', '--portal', 'mqtt://192.0.2.1'], /for loopback only/],
    [['AAAAA-BBBBB', '--portal', 'mqtts://localhost:1', '--ca', '/nowhere'], /cannot be read/],
  ])('%j, before anything is made', async (words, says) => {
    const data = freshData();
    const { exit, said } = await ended(begin(...words, '--data', data));
    expect(exit).toBe(2);
    expect(said).toMatch(says);
    expect(existsSync(data)).toBe(false);
  });
});

test('whoever registers is heard in the corner of its own connection only', async () => {
  const own = '1'.repeat(32);
  const other = '2'.repeat(32);
  const url = party.mosquitto.registrationUrl;
  const tls = { ca: party.authority.certificate };
  const settings = { url, clientId: own, keepaliveSeconds: 60, connectWithinMs: 5_000, tls };
  const session = await sessions.connected(settings);
  const listening = await sessions.connected({ ...settings, clientId: other });
  await listening.subscribe(`hf/1/register/${other}/res`);
  await session.subscribe(`hf/1/register/${own}/res`);
  const request = { code: 'AAAAA-BBBBB', serialNumber: 's', hardware: 'h', csr: 'c' };
  const payload = JSON.stringify({ ...request, agentVersion: '1', nonce: 'n' });
  await session.publish(`hf/1/register/${other}/req`, payload);
  await session.publish(`hf/1/register/${own}/req`, payload);
  await until('it is answered', () => session.heard.length > 0, 10_000);
  expect(session.heard.map(({ topic }) => topic)).toEqual([`hf/1/register/${own}/res`]);
  expect(listening.heard).toEqual([]);
});
