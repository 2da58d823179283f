/**
 * SIGKILL at each persisted step of a registration and of a renewal: the real programs, killed as they put a
 * file in place or take one away. Said again, or started again, the device ends active, and the portal has
 * registered one.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { until } from '../../simulator/shop/until.ts';
import { ended, portalParty, type PortalParty } from '../rigs/portal-party.ts';

const timeout = 120_000;
const patienceMs = 60_000;
const hook = fileURLToPath(new URL('../fixtures/dying.mjs', import.meta.url));

/** The environment of a program that dies at the so-manieth call of a kind. */
const dyingAt = (call: string, nth: number) => ({
  ...{ NODE_OPTIONS: `--import ${hook}`, DYING_AT: `${call}:${nth}` },
});

/** Every step there is: so many of each call, one after the other. */
const steps = (calls: Readonly<Record<string, number>>) =>
  Object.entries(calls).flatMap(([call, count]) =>
    Array.from({ length: count }, (_, at): [string, number] => [call, at + 1]),
  );

const certificateFits = (data: string): boolean => {
  const file = (name: string) => readFileSync(join(data, 'identity', name));
  return new X509Certificate(file('device.crt')).checkPrivateKey(
    createPrivateKey(file('device.key')),
  );
};

const leftOver = (data: string): string[] =>
  readdirSync(join(data, 'identity')).filter((name) => /^re(gist|new)|\.new$/.test(name));

describe('a registration', () => {
  let all: PortalParty;
  beforeAll(async () => {
    all = await portalParty();
  });
  afterAll(() => all.close());

  const registrations = () => all.events.filter(({ is }) => is === 'device.registered').length;

  // Two keys of its own and the one that registers; the grant; six files in place. Then what is left over.
  test.each(steps({ renameSync: 10, rmSync: 2 }))(
    'killed at %s %d is finished by the same words, and one device is registered',
    { timeout },
    async (call, nth) => {
      const [data, code, before] = [all.freshData(), all.code(), registrations()];
      const { registrationUrl } = all.party.mosquitto;
      const dead = startChild({
        ...{ command: process.execPath, env: dyingAt(call, nth) },
        args: [
          ...[builtCommand, 'register', code, '--portal', registrationUrl],
          ...['--ca', all.ca, '--data', data],
        ],
      });
      expect((await dead.ended).signal, dead.output()).toBe('SIGKILL');
      expect(await ended(all.registering(data, code))).toMatchObject({ exit: 0 });
      expect([certificateFits(data), leftOver(data), registrations() - before]).toEqual([
        ...[true, [], 1],
      ]);
    },
  );
});

describe('a renewal', () => {
  const lifeMs = 4_000;
  let all: PortalParty;
  beforeAll(async () => {
    all = await portalParty(lifeMs / 86_400_000);
  });
  afterAll(() => all.close());

  // The key, the certificate, that it was tried, both files; then what is left over.
  test.each(steps({ renameSync: 5, rmSync: 2 }))(
    'killed at %s %d goes on with the next start, and the device is active',
    { timeout },
    async (call, nth) => {
      const { data, device } = await all.registered();
      const agent = await all.agentOn(data);
      // The first start makes keys of its own in files of their own.
      await agent.start();
      await agent.stop();
      await agent.start(dyingAt(call, nth)).catch(() => undefined);
      expect(await agent.ended).toMatchObject({ signal: 'SIGKILL' });
      const before = all.count('device.online', device);
      await agent.start();
      await until('it is back', () => all.count('device.online', device) > before, patienceMs);
      await agent.stop();
      expect(certificateFits(data)).toBe(true);
      expect(all.count('device.registered', device)).toBe(1);
    },
  );
});
