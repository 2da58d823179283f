/** Registration as a technician does it: the built command, a Mosquitto with TLS, a portal behind it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { makeAuthority } from '../../simulator/authority.ts';
import { beginRegistration } from '../../simulator/shop/registration.ts';
import { until } from '../../simulator/shop/until.ts';
import { ended, portalParty, type PortalParty } from '../rigs/portal-party.ts';
import { requestFor } from '../rigs/registry.ts';
import { Sessions } from '../rigs/session.ts';

/** A file of words, and no certificate in it. */
const prose = new URL('../../LICENSE', import.meta.url).pathname;

let all: PortalParty;
const sessions = new Sessions(mqttDial);

beforeAll(async () => {
  all = await portalParty();
});

afterAll(async () => {
  sessions.close();
  await all.close();
});

test('a device that was registered connects by itself, with its own certificate', async () => {
  const data = all.freshData();
  const word = all.code();
  expect(await ended(all.registering(data, word))).toMatchObject({
    exit: 0,
    said: expect.stringMatching(/This device is acme\/dev-[0-9a-f]{16} now/) as string,
  });
  const agent = await all.agentOn(data);
  await agent.start();
  await until('the device is online', () => all.portal.devices().some((each) => each.online === 1));
  expect(all.portal.devices()).toMatchObject([
    { device: expect.stringMatching(/^acme\/dev-/) as string, online: 1 },
  ]);
  expect(await ended(all.registering(all.freshData(), word))).toMatchObject({
    exit: 1,
    said: expect.stringContaining('has registered a device already') as string,
  });
  await agent.stop();
});

test('killed at any moment, the command ends with one device when it is said again', async () => {
  const word = all.code();
  const data = all.freshData();
  const registeredBefore = all.events.filter(({ is }) => is === 'device.registered').length;
  // What it says is when it is killed: after each of its steps.
  for (const step of ['key made', 'asking the portal', 'certificate received']) {
    const child = all.registering(data, word);
    await child.says(step, 20_000);
    child.kill('SIGKILL');
    await child.ended;
  }
  const { exit } = await ended(all.registering(data, word));
  // Whether the last of the killed had put all in place is a matter of microseconds.
  expect([0, 1]).toContain(exit);
  expect(readdirSync(join(data, 'identity')).sort()).toEqual(
    ['ca.crt', 'device.crt', 'device.json', 'device.key', 'portal-keys.json', 'portal.json']
      .concat('recovery.key', 'wrapping.key')
      .sort(),
  );
  const registered = all.events.filter(({ is }) => is === 'device.registered').length;
  expect(registered - registeredBefore).toBe(1);
});

describe('a code with the fingerprint of a private authority', () => {
  const portalUrl = () => all.party.mosquitto.registrationUrl;

  test('is enough to trust it, and what is trusted is kept', async () => {
    const data = all.freshData();
    const child = beginRegistration({ data, code: all.longCode(), portalUrl: portalUrl() });
    expect(await ended(child)).toMatchObject({ exit: 0 });
    const kept = readFileSync(join(data, 'identity', 'ca.crt'), 'utf8').replaceAll(/\s/g, '');
    expect(kept).toBe(all.party.authority.certificate.replaceAll(/\s/g, ''));
  });

  test('of another authority is not trusted, and nothing was asked', async () => {
    const code = `${all.code()}-00000-00000-00000-00000`;
    const before = all.events.length;
    const child = beginRegistration({ data: all.freshData(), code, portalUrl: portalUrl() });
    const { exit, said } = await ended(child);
    expect([exit, said]).toEqual([1, expect.stringContaining('with the fingerprint in the code')]);
    expect(all.events.slice(before).filter(({ is }) => is.startsWith('registration'))).toEqual([]);
  });
});

test('a code is taken as people type it', async () => {
  const typed = ` ${all.code().toLowerCase().replace('-', '').replace(/^(..)/, '$1 ')} `;
  expect(await ended(all.registering(all.freshData(), typed))).toMatchObject({ exit: 0 });
});

test('five wrong codes lock a device out, and a right one has to wait', async () => {
  const data = all.freshData();
  for (let tried = 0; tried < 5; tried += 1) {
    expect(await ended(all.registering(data, 'AAAAA-BBBBB'))).toMatchObject({ exit: 1 });
  }
  const { exit, said } = await ended(all.registering(data, all.code()));
  expect([exit, said]).toEqual([1, expect.stringMatching(/5 codes were refused.*wait 60 minutes/)]);
});

describe('refused, with what to do, is', () => {
  const row = async (words: readonly string[]) =>
    ended(all.begin(...words, '--data', all.freshData()));

  test('a broker whose authority nobody named', async () => {
    const { exit, said } = await row([all.code(), '--portal', all.party.mosquitto.registrationUrl]);
    expect(exit).toBe(1);
    expect(said).toContain('name it with --ca FILE');
  });

  test('a broker of another authority than the one that was named', async () => {
    const file = join(all.party.directory, 'other.crt');
    writeFileSync(file, makeAuthority('Another Authority', Date.now()).certificate);
    const url = all.party.mosquitto.registrationUrl;
    const { exit, said } = await row([all.code(), '--portal', url, '--ca', file]);
    expect([exit, said]).toEqual([
      1,
      expect.stringContaining(`not signed by the authority in ${file}`),
    ]);
  });

  test('a listener with TLS that is spoken to without', async () => {
    const url = all.party.mosquitto.registrationUrl.replace('mqtts:', 'mqtt:');
    const { exit, said } = await row([all.code(), '--portal', url]);
    expect([exit, said]).toEqual([1, expect.stringContaining('write mqtts:// instead')]);
  });

  test('the listener of registered devices, which asks for a certificate', async () => {
    const { exit, said } = await row([all.code(), '--portal', all.party.url, '--ca', all.ca]);
    expect(exit).toBe(1);
    expect(said).toContain('name the port where devices register');
  });

  test('a code nobody opened', async () => {
    const url = all.party.mosquitto.registrationUrl;
    const { exit, said } = await row(['aaaaa-bbbbb', '--portal', url, '--ca', all.ca]);
    expect(exit).toBe(1);
    expect(said).toContain('The portal knows no such code');
  });

  test.each([
    [['no-code', '--portal', 'mqtts://localhost:1'], /one looks like 7K3QM-9XW2D/],
    [['AAAAA-BBBBB', '--portal', 'http://localhost'], /--portal: expected mqtts/],
    [['AAAAA-BBBBB', '--portal', 'mqtt://192.0.2.1'], /for loopback only/],
    [['AAAAA-BBBBB', '--portal', 'mqtts://localhost:1', '--ca', '/nowhere'], /cannot be read/],
    [['AAAAA-BBBBB', '--portal', 'mqtts://localhost:1', '--ca', prose], /no PEM certificate/],
  ])('%j, before anything is made', async (words, says) => {
    const data = all.freshData();
    const { exit, said } = await ended(all.begin(...words, '--data', data));
    expect(exit).toBe(2);
    expect(said).toMatch(says);
    expect(existsSync(data)).toBe(false);
  });
});

test('whoever registers is heard in the corner of its own connection only', async () => {
  const own = '1'.repeat(32);
  const other = '2'.repeat(32);
  const url = all.party.mosquitto.registrationUrl;
  const tls = { ca: all.party.authority.certificate };
  const settings = { url, clientId: own, keepaliveSeconds: 60, connectWithinMs: 5_000, tls };
  const session = await sessions.connected(settings);
  const listening = await sessions.connected({ ...settings, clientId: other });
  await listening.subscribe(`hf/1/register/${other}/res`);
  await session.subscribe(`hf/1/register/${own}/res`);
  const payload = JSON.stringify(requestFor('AAAAA-BBBBB'));
  await session.publish(`hf/1/register/${other}/req`, payload);
  await session.publish(`hf/1/register/${own}/req`, payload);
  await until('it is answered', () => session.heard.length > 0, 10_000);
  expect(session.heard.map(({ topic }) => topic)).toEqual([`hf/1/register/${own}/res`]);
  expect(listening.heard).toEqual([]);
});
