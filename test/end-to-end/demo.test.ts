/** The demo as a person meets it: it closes in order however it is told to, and says what is in its way. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Tally } from '../../simulator/demo/tally.ts';
import { startChild, type Child } from '../../simulator/shop/child.ts';
import { faultOfPort, freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';

const program = fileURLToPath(new URL('../../dist/simulator/demo/main.js', import.meta.url));
const openWithinMs = 15_000;
/** The longest a day takes where there is little machine, ms. */
const dayMs = 90_000;

interface Demo extends Child {
  readonly printed: { stdout: string; stderr: string };
}

let directory: string;
let demo: Demo | undefined;
let ports: { api: number; admin: number };
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-demo-test-'));
  ports = { api: await freePort(), admin: await freePort() };
});
afterEach(async () => {
  demo?.kill('SIGKILL');
  await demo?.ended;
  rmSync(directory, { recursive: true, force: true });
});

/** Starts the demo; what it leaves behind would lie in `directory`. */
const start = (...words: string[]): Demo => {
  const printed = { stdout: '', stderr: '' };
  const child = startChild({
    command: process.execPath,
    args: [program, '--port', String(ports.api), '--admin-port', String(ports.admin), ...words],
    env: { TMPDIR: directory },
    hear: (stream, bytes) => void (printed[stream] += Buffer.from(bytes).toString('utf8')),
  });
  demo = { ...child, printed };
  return demo;
};

const taken = (port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s closes it in order', async (signal) => {
  const { says, kill, ended, printed } = start();
  await says('Ctrl-C ends it', openWithinMs);
  expect(readdirSync(directory)).toHaveLength(1);
  kill(signal);
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(printed.stdout).toContain('stopped in order');
  expect(readdirSync(directory)).toEqual([]);
});

test('what it tells people to ask answers', async () => {
  const { says, printed } = start();
  await says('Ctrl-C ends it', openWithinMs);
  const address = /^portal +(\S+)/m.exec(printed.stdout)?.[1] ?? '';
  expect(await (await fetch(address)).json()).toHaveProperty('calls');
  expect(printed.stdout).toMatch(/curl -s -H "x-api-key: \$\(cat \S+\)" \S+\/openapi\.json/);
});

test('killed, it leaves no agent behind', async () => {
  const { says, kill, ended } = start();
  await says('Ctrl-C ends it', openWithinMs);
  kill('SIGKILL');
  await ended;
  const isFree = async () => (await faultOfPort(ports.api)) === undefined;
  await until('the agent has ended too', isFree);
});

test('a port that is taken is named in one sentence, and nothing is begun', async () => {
  const servers = await Promise.all([taken(ports.api), taken(ports.admin)]);
  const { ended, printed } = start('--script', 'day', '--json');
  expect(await ended).toEqual({ code: 1, signal: null });
  for (const server of servers) server.close();
  expect(printed.stderr).toMatch(/^[^\n]+--port N and --admin-port N\.\n$/);
  expect(printed.stderr).toContain(String(ports.api));
  expect(printed.stderr).toContain(String(ports.admin));
  expect(JSON.parse(printed.stdout)).toEqual({
    error: { code: 'port_taken', message: printed.stderr.trimEnd() },
  });
  expect(readdirSync(directory)).toEqual([]);
});

test(
  'a day ends with books that agree, and its batch is agreed about',
  async () => {
    const { ended, printed } = start('--script', 'day', '--json');
    expect(await ended).toEqual({ code: 0, signal: null });
    const { batch, portal, ...day } = JSON.parse(printed.stdout) as Tally;
    expect(day).toMatchObject({
      ...{ doubleCharges: 0, differences: [], agent: { netByCurrency: { USD: 168_75 } } },
      ...{ ledger: { verified: true, findings: [] }, sales: 18, partialThenReversed: 1 },
    });
    expect(portal.netByCurrency).toEqual(day.agent.netByCurrency);
    const { portal: its, ...ours } = batch;
    expect(ours).toEqual({
      ...{ outcome: 'agreed', number: 1, amounts: { USD: 168_75 } },
      counts: { sale: 9, authorization: 1, capture: 1, refund: 1, void: 2, adjustment: 1 },
    });
    expect(its).toEqual(ours);
    expect(readdirSync(directory)).toEqual([]);
  },
  dayMs,
);

test('a day that is cut short says so, as JSON too', async () => {
  const { ended, printed, kill } = start('--script', 'day', '--json');
  const isOpen = async () => (await faultOfPort(ports.api)) !== undefined;
  await until('the agent listens', isOpen, openWithinMs);
  kill('SIGTERM');
  expect(await ended).toEqual({ code: 1, signal: null });
  expect(JSON.parse(printed.stdout)).toMatchObject({ error: { code: 'interrupted' } });
  expect(printed.stderr).toMatch(/^[^\n]+\.\n$/);
  expect(readdirSync(directory)).toEqual([]);
});
