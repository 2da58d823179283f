/** The runner of the agent process, tried on a stand-in whose behaviour is known. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startAgent, type AgentStart } from '../../../simulator/shop/agent-process.ts';
import { placeIdentity } from '../../../simulator/shop/identity.ts';
import { freePort } from '../../../simulator/shop/port.ts';
import { Recorder } from '../../rigs/recorder.ts';

const entry = 'test/fixtures/stand-in-agent.mjs';
const parent = mkdtempSync(join(tmpdir(), 'holdfast-runner-'));
afterAll(() => rmSync(parent, { recursive: true }));

const prepared = async (name: string, more: object = {}): Promise<AgentStart> => {
  const data = join(parent, name);
  mkdirSync(data);
  const port = await freePort();
  const config = { port, exitsWith: 0, ...more };
  return { data, port, entry, config, env: { STAND_IN: 'its environment' } };
};

test('it is started, asked, stopped, and started again on the same data', async () => {
  const recorder = new Recorder();
  const agent = await startAgent({ ...(await prepared('polite')), recorder });
  expect(agent.output()).toContain('start 1 with its environment');
  expect((await agent.client.get('/v1/status')).status).toBe(200);
  await agent.restart();
  expect(agent.output()).toContain('start 2');
  expect((await agent.client.get('/v1/status')).body).toMatchObject({ starts: 2 });
  await agent.stop();
  await expect(agent.stop()).rejects.toThrow('does not run');
  expect(recorder.seen('agent stdout')).toBeGreaterThan(0);
  expect(recorder.seen('HTTP GET /v1/status')).toBeGreaterThan(0);
});

test('a sale carries its key, its patience and its amount', async () => {
  const agent = await startAgent(await prepared('sale'));
  const { body } = await agent.client.sale(4_250, {
    key: 'order-1',
    wait: 5,
    more: { reference: 'table 4' },
  });
  expect(body).toMatchObject({
    method: 'POST',
    url: '/v1/transactions',
    headers: {
      'x-api-key': 'key-of-the-stand-in',
      'idempotency-key': 'order-1',
      prefer: 'wait=5',
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      type: 'sale',
      amount: { value: 4_250, currency: 'USD' },
      reference: 'table 4',
    }),
  });
  await agent.stop();
});

test('killed, it is gone at once and can be started again', async () => {
  const agent = await startAgent(await prepared('killed'));
  const { pid } = agent;
  await agent.kill9();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  await agent.start();
  expect(agent.output()).toContain('start 2');
  await agent.stop();
});

test('an end that is not in order is an error with the output', async () => {
  const agent = await startAgent(await prepared('rude', { exitsWith: 3 }));
  await expect(agent.stop()).rejects.toThrow(/ended with 3 instead of 0\.\nstart 1/);
});

test('a start that fails is an error with the output', async () => {
  const start = await prepared('refused', { refuses: true });
  await expect(startAgent(start)).rejects.toThrow(/"code":2.*\nThis configuration is refused/);
});

test('it can be run under another command', async () => {
  const under = ['env', 'STAND_IN=another environment'];
  const agent = await startAgent({ ...(await prepared('under')), under });
  expect(agent.output()).toContain('start 1 with another environment');
  await agent.stop();
});

test('an identity is put in place for its owner alone', () => {
  const data = join(parent, 'identity-of-one');
  placeIdentity(data, {
    subject: { clientId: 'cli_1', deviceId: 'dev-1' },
    device: { certificate: 'a certificate', privateKey: 'a key' },
    ca: 'an authority',
    portalKeys: { signing: [] },
  });
  const modeOf = (...path: string[]) => statSync(join(data, 'identity', ...path)).mode & 0o777;
  expect(modeOf()).toBe(0o700);
  for (const name of ['device.json', 'portal-keys.json', 'device.crt', 'device.key', 'ca.crt']) {
    expect(modeOf(name)).toBe(0o600);
  }
  const device: unknown = JSON.parse(readFileSync(join(data, 'identity', 'device.json'), 'utf8'));
  expect(device).toEqual({ clientId: 'cli_1', deviceId: 'dev-1' });
});
