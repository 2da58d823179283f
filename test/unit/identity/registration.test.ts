/** The registration of a device: in place or to be repeated, wherever the power fails. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CornerResponse } from '../../../contract/index.ts';
import { openDataDirectory, type DataDirectory } from '../../../agent/data-directory.ts';
import { StartFault } from '../../../agent/fault.ts';
import { loadIdentity } from '../../../agent/identity/keys.ts';
import {
  finishRegistration,
  register,
  registeredPortal,
} from '../../../agent/identity/registration.ts';
import { lockedOutMs, triesMost } from '../../../agent/identity/tries.ts';
import type { World } from '../../../agent/world.ts';
import { seededDice } from '../../../simulator/world/dice.ts';
import { freshPath } from '../../rigs/open-ledger.ts';
import { quietWorld, rebooted } from '../../rigs/quiet-world.ts';
import { registry, requestFor, someKey, spoiltPem, type Registry } from '../../rigs/registry.ts';

const freshDirectory = (): DataDirectory => {
  const directory = openDataDirectory(dirname(freshPath()));
  onTestFinished(() => directory.release());
  // Making a key takes a moment; every test has the same.
  directory.write('registeringKey', someKey);
  return directory;
};

/** Registers with a code at a registrar; `otherwise` changes the answer on its way. */
const attempt = (
  directory: DataDirectory,
  { registrar }: Registry,
  code: string,
  otherwise: (response: CornerResponse) => CornerResponse = (response) => response,
) =>
  register({
    directory,
    ca: 'the authority',
    ...{ world: quietWorld(), url: 'mqtts://portal.example:8884' },
    ask: (made) => Promise.resolve(otherwise(registrar.answer({ ...requestFor(code), ...made }))),
    step: () => undefined,
  });

const faultOf = async (attempted: Promise<unknown>): Promise<StartFault> => {
  const fault: unknown = await attempted.catch((error: unknown) => error);
  if (fault instanceof StartFault) return fault;
  throw new Error(`It went on: ${JSON.stringify(fault)}`);
};

const identityFiles = (directory: DataDirectory) =>
  readdirSync(directory.pathOf('identity')).sort();

const placed = [
  'ca.crt',
  'device.crt',
  'device.json',
  'device.key',
  'portal-keys.json',
  'portal.json',
  'recovery.key',
  'wrapping.key',
];

describe('a device that registers', () => {
  test('has its name, its certificate, its key and the portal’s keys, and nothing is left over', async () => {
    const directory = freshDirectory();
    const portal = registry();
    const { code, deviceId } = portal.open();
    expect(await attempt(directory, portal, code)).toEqual({ clientId: 'acme', deviceId });
    expect(identityFiles(directory)).toEqual(placed);
    expect(directory.read('privateKey')).toBe(someKey);
    expect(registeredPortal(directory)).toEqual({
      brokerUrl: 'mqtts://portal.example:8883',
      registrationUrl: 'mqtts://portal.example:8884',
    });
    const { subject, credentials } = loadIdentity(directory, seededDice(1));
    expect(subject).toEqual({ clientId: 'acme', deviceId });
    expect(credentials.tls()).toMatchObject({ ca: 'the authority', privateKey: someKey });
  });

  test('makes its key once, also when the first request was never answered', async () => {
    const directory = openDataDirectory(dirname(freshPath()));
    onTestFinished(() => directory.release());
    const requests: string[] = [];
    const unanswered = () =>
      register({
        ...{ directory, world: quietWorld(), url: 'mqtts://portal.example:8884' },
        ask: () => {
          requests.push(directory.read('registeringKey') ?? '');
          return Promise.reject(new StartFault('portal_silent', 'It did not answer.'));
        },
        step: () => undefined,
      });
    expect((await faultOf(unanswered())).code).toBe('portal_silent');
    expect((await faultOf(unanswered())).code).toBe('portal_silent');
    expect(requests[0]).toContain('PRIVATE KEY');
    expect(requests[1]).toBe(requests[0]);
  });

  test('is told so when it is registered already', async () => {
    const directory = freshDirectory();
    const portal = registry();
    await attempt(directory, portal, portal.open().code);
    const fault = await faultOf(attempt(directory, portal, portal.open().code));
    expect(fault.code).toBe('already_registered');
    expect(fault.message).toContain('--data');
  });

  test('is told before it asks that the ledger of another device is there', async () => {
    const directory = freshDirectory();
    writeFileSync(directory.pathOf('ledger'), '', { mode: 0o600 });
    const portal = registry();
    const fault = await faultOf(attempt(directory, portal, portal.open().code));
    expect([fault.code, portal.told]).toEqual(['ledger_of_another', []]);
  });

  test('hears the portal’s refusal in a sentence', async () => {
    const directory = freshDirectory();
    const portal = registry();
    const fault = await faultOf(attempt(directory, portal, 'AAAAA-BBBBB'));
    expect(fault.code).toBe('code_unknown');
    expect(fault.message).toMatch(/ask for a new one/);
    const left = ['recovery.key', 'registering.key', 'tries.json', 'wrapping.key'];
    expect(identityFiles(directory)).toEqual(left);
  });
});

describe('a power cut', () => {
  // What is written and removed from the request to the end, each of them once the last thing done.
  test.each(Array.from({ length: 11 }, (_, step) => [step]))(
    'before step %d of putting it in place costs nothing, and registers nobody twice',
    async (step) => {
      const directory = freshDirectory();
      const portal = registry();
      const { code, deviceId } = portal.open();
      let left = step;
      const dying = (act: () => void) => {
        if (left === 0) throw new Error('The power failed.');
        left -= 1;
        act();
      };
      const failing: DataDirectory = {
        ...directory,
        write: (place, text) => dying(() => directory.write(place, text)),
        remove: (place) => dying(() => directory.remove(place)),
      };
      await expect(attempt(failing, portal, code)).rejects.toThrow('The power failed.');
      expect(await attempt(directory, portal, code)).toEqual({ clientId: 'acme', deviceId });
      expect(identityFiles(directory)).toEqual(placed);
      expect(directory.read('privateKey')).toBe(someKey);
      const { count } = portal.db
        .prepare<[], { count: number }>('select count(*) as count from registration')
        .get() ?? { count: 0 };
      expect(count).toBe(1);
    },
  );

  test('after the grant was written is made good at the agent’s start, without the portal', async () => {
    const directory = freshDirectory();
    const portal = registry();
    const { code, deviceId } = portal.open();
    const failing: DataDirectory = {
      ...directory,
      write: (place, text) => {
        if (place === 'certificate') throw new Error('The power failed.');
        directory.write(place, text);
      },
    };
    await expect(attempt(failing, portal, code)).rejects.toThrow('The power failed.');
    expect(existsSync(directory.pathOf('device'))).toBe(false);
    expect(finishRegistration(directory)).toEqual({ clientId: 'acme', deviceId });
    expect(identityFiles(directory)).toEqual(placed);
  });
});

describe('a grant is not taken', () => {
  const others = registry();
  const { code } = others.open();
  const grantOfAnother = others.registrar.answer(requestFor(code));

  test.each([
    ['whose certificate is made out to another', { deviceId: 'dev-other' }, /made out to another/],
    ['whose certificate is none', { certificate: 'none' }, /cannot be read/],
    ['whose chain TLS cannot load', { chain: [spoiltPem] }, /TLS cannot load it/],
    [
      'whose line for renewals is no address',
      { registrationUrl: 'http://x' },
      /registration is no/,
    ],
    ['whose broker has no address', { brokerUrl: 'http://x' }, /no mqtts:/],
    ['that came before its certificate is good', { time: 1_000 }, /not good yet/],
    ['whose ids no topic can carry', { clientId: 'a/b' }, /cannot stand in topics/],
  ])('%s', async (_, differently, says) => {
    const directory = freshDirectory();
    const portal = registry();
    const spoilt = (response: CornerResponse) =>
      ({ ...response, ...differently }) as CornerResponse;
    const fault = await faultOf(attempt(directory, portal, portal.open().code, spoilt));
    expect(fault.code).toBe('grant_unsound');
    expect(fault.message).toMatch(says);
    expect(identityFiles(directory)).toEqual(['recovery.key', 'registering.key', 'wrapping.key']);
  });

  test('whose certificate is for another key', async () => {
    const directory = openDataDirectory(dirname(freshPath()));
    onTestFinished(() => directory.release());
    const fault = await faultOf(attempt(directory, registry(), code, () => grantOfAnother));
    expect(fault.message).toMatch(/another key/);
  });
});

describe('a device whose codes were refused', () => {
  const wrong = 'AAAAA-BBBBB';

  /** Tries five wrong codes in a world. */
  const lockedOut = async () => {
    const directory = freshDirectory();
    const portal = registry();
    const world = quietWorld();
    const ask = (code: string, here: World = world) =>
      register({
        ...{ directory, world: here, url: 'mqtts://portal.example:8884' },
        ask: (made) => Promise.resolve(portal.registrar.answer({ ...requestFor(code), ...made })),
        step: () => undefined,
      });
    for (let tried = 0; tried < triesMost; tried += 1) {
      expect((await faultOf(ask(wrong))).code).toBe('code_unknown');
    }
    return { world, portal, ask };
  };

  test('five times asks no more for an hour, not even with a right one', async () => {
    const { world, portal, ask } = await lockedOut();
    const { code } = portal.open();
    expect(await faultOf(ask(code))).toMatchObject({ code: 'locked_out' });
    world.clock.advance(lockedOutMs - 60_000);
    expect((await faultOf(ask(code))).message).toMatch(/wait 1 minutes/);
    world.clock.advance(60_000);
    const again = portal.open();
    expect(await ask(again.code)).toMatchObject({ deviceId: again.deviceId });
  });

  test('is locked out still after a reboot: the hour begins anew', async () => {
    const { world, portal, ask } = await lockedOut();
    const after = rebooted(world, 'boot-2', 3 * lockedOutMs);
    expect(await faultOf(ask(portal.open().code, after))).toMatchObject({ code: 'locked_out' });
    after.clock.advance(lockedOutMs);
    expect(await ask(portal.open().code, after)).toMatchObject({ clientId: 'acme' });
  });

  test('is not locked out by what is not about the code', async () => {
    const directory = freshDirectory();
    const portal = registry({ isClosed: true });
    for (let tried = 0; tried <= triesMost; tried += 1) {
      expect((await faultOf(attempt(directory, portal, wrong))).code).toBe('registration_closed');
    }
  });
});
