/**
 * Renewal, step by step: when it is time, what the portal may answer, what the trial may find, and what a
 * power cut leaves at each step.
 */
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CornerResponse } from '../../../contract/index.ts';
import { openDataDirectory, type DataDirectory } from '../../../agent/data-directory.ts';
import { StartFault } from '../../../agent/fault.ts';
import { signingRequest } from '../../../agent/identity/forge.ts';
import { recoveryKeyOf } from '../../../agent/identity/recovery-key.ts';
import { finishRenewal } from '../../../agent/identity/renewal-files.ts';
import { revokedPatience } from '../../../agent/portal/renewal.ts';
import type { Verdict } from '../../../agent/portal/trial.ts';
import { seededDice } from '../../../simulator/world/dice.ts';
import { freshPath } from '../../rigs/open-ledger.ts';
import { anotherKey, spoiltPem } from '../../rigs/registry.ts';
import {
  corner,
  dayMs,
  inPlace,
  leftOver,
  registered,
  renewing,
  retry,
} from '../../rigs/renewing-device.ts';

describe('a certificate of ninety days', () => {
  test('is renewed after sixty, with another key, and shown from then on', async () => {
    const device = await registered();
    const { credentials, news, live, tried, renewal } = renewing(device);
    await live(59 * dayMs);
    expect([news, renewal.state()]).toEqual([[], 'active']);
    await live(dayMs + 3_600_000);
    const until = device.portal.world.clock.wallMs() + 90 * dayMs;
    expect(news).toMatchObject([{ is: 'renewing' }, { is: 'renewed' }]);
    expect(Math.abs((credentials.life()?.notAfter ?? 0) - until)).toBeLessThan(2 * 3_600_000);
    expect(credentials.tls()).toMatchObject({ certificate: tried[0], privateKey: anotherKey });
    expect(device.directory.read('privateKey')).toBe(anotherKey);
    expect([inPlace(device), leftOver(device), renewal.state()]).toEqual([true, [], 'active']);
  });

  test('is not judged by a clock that is wrong', async () => {
    const { news, live, renewal } = renewing(await registered(), { trust: 'untrusted' });
    await live(200 * dayMs);
    expect([news, renewal.state()]).toEqual([[], 'active']);
  });

  test('is expired after ninety, and renewed all the same', async () => {
    const device = await registered();
    let isThere = false;
    const silent = new StartFault('portal_silent', 'It did not answer.');
    const answer = (response: CornerResponse) =>
      isThere ? response : Promise.reject<CornerResponse>(silent);
    const { renewal, live, news } = renewing(device, { answer });
    await live(61 * dayMs);
    expect(renewal.state()).toBe('renewing');
    await live(30 * dayMs);
    expect(renewal.state()).toBe('expired');
    expect(news.at(-1)).toMatchObject({ is: 'renewal failed', why: silent.message });
    isThere = true;
    await live(retry.upToMs);
    expect([renewal.state(), inPlace(device)]).toEqual(['active', true]);
  });

  test('is asked for at once when the broker does not want it, and once for all who say so', async () => {
    const { renewal, live, asked } = renewing(await registered());
    renewal.doubt('certificate has expired');
    renewal.doubt('certificate has expired');
    await live(0);
    expect(asked).toHaveLength(1);
  });
});

describe('the portal refuses', () => {
  test('a revoked device, which then waits long, and is taken in again when the portal does', async () => {
    const device = await registered();
    const { portal, subject } = device;
    const { renewal, news, asked, live } = renewing(device);
    portal.renewals.revoke(subject, true);
    renewal.doubt('certificate revoked');
    await live(0);
    expect(news.map(({ is }) => is)).toEqual(['renewing', 'revoked', 'renewal failed']);
    expect(renewal.state()).toBe('revoked');
    await live(retry.upToMs);
    expect(asked).toHaveLength(1);
    portal.renewals.revoke(subject, false);
    await live(revokedPatience * retry.upToMs);
    expect(news.slice(3).map(({ is }) => is)).toEqual(['renewing', 'reinstated', 'renewed']);
    expect(renewal.state()).toBe('active');
  });

  test('whoever does not have the recovery key of the device', async () => {
    const { portal, subject } = await registered();
    const directory = openDataDirectory(dirname(freshPath()));
    onTestFinished(() => directory.release());
    const other = recoveryKeyOf(directory, seededDice('a stranger'));
    const device = `${subject.clientId}/${subject.deviceId}`;
    const csr = signingRequest(device, anotherKey);
    const payload = { registrationId: corner, csr, agentVersion: '0' };
    const refused = { ok: false, refusal: { code: 'device_unknown' } };
    const { renewals } = portal;
    expect(renewals.answer(other.sign('renewal', device, payload), corner)).toMatchObject(refused);
    expect(renewals.answer('a.b.c', corner)).toMatchObject(refused);
    expect(renewals.answer(other.sign('renewal', 'acme/nobody', payload), corner)).toMatchObject(
      refused,
    );
  });

  test('a request that was heard in another corner and is played again', async () => {
    const { portal, directory, subject } = await registered();
    const recovery = recoveryKeyOf(directory, portal.world.dice);
    const device = `${subject.clientId}/${subject.deviceId}`;
    const payload = {
      ...{ registrationId: corner, agentVersion: '0' },
      csr: signingRequest(device, anotherKey),
    };
    const signed = recovery.sign('renewal', device, payload);
    expect(portal.renewals.answer(signed, '1'.repeat(32))).toMatchObject({
      refusal: { code: 'request_unsound' },
    });
    expect(portal.renewals.answer(signed, corner)).toMatchObject({ ok: true });
  });

  test('what was signed to be let go, where another certificate is asked for', async () => {
    const { portal, directory, subject } = await registered();
    const recovery = recoveryKeyOf(directory, portal.world.dice);
    const device = `${subject.clientId}/${subject.deviceId}`;
    const csr = signingRequest(device, anotherKey);
    const asked = { registrationId: corner, csr, agentVersion: '0' };
    const signed = recovery.sign('retirement', device, asked);
    expect(portal.renewals.answer(signed, corner)).toMatchObject({
      refusal: { code: 'request_unsound' },
    });
  });
});

describe('a new certificate', () => {
  test('that the broker refuses never takes the place of the old, and another key is made', async () => {
    const device = await registered();
    const before = device.directory.read('certificate');
    const verdict = () => ({ is: 'refused', why: 'unknown ca' }) as const;
    const { live, news, credentials } = renewing(device, { verdict });
    await live(61 * dayMs);
    expect(news.at(-1)).toMatchObject({
      is: 'renewal failed',
      why: /refused: unknown ca/ as never,
    });
    expect([device.directory.read('certificate'), leftOver(device)]).toEqual([before, []]);
    expect(credentials.tls().certificate).toBe(before);
  });

  test('that cannot be tried now is kept, and tried again without asking', async () => {
    const device = await registered();
    let isThere = false;
    const verdict = (): Verdict =>
      isThere ? { is: 'good' } : { is: 'unreachable', why: 'ECONNREFUSED' };
    const { live, asked, tried } = renewing(device, { verdict });
    await live(60 * dayMs + 2 * 3_600_000);
    const triedBefore = tried.length;
    isThere = true;
    await live(retry.upToMs);
    expect([asked.length, tried.length]).toEqual([1, triedBefore + 1]);
    expect(inPlace(device)).toBe(true);
  });

  test.each([
    ['made out to another', { certificate: '' }, /cannot be read/],
    ['with a chain TLS cannot load', { chain: [spoiltPem] }, /TLS cannot load it/],
    ['without a chain', { chain: undefined }, /chain|union|value/i],
  ])('%s is not taken', async (_what, differently, why) => {
    const device = await registered();
    const answer = (response: CornerResponse) =>
      ({ ...response, ...differently }) as CornerResponse;
    const { live, news, tried } = renewing(device, { answer });
    await live(60 * dayMs + 2 * 3_600_000);
    expect(news.at(-1)).toMatchObject({
      ...{ is: 'renewal failed', why: expect.stringMatching(why) as string },
    });
    expect(tried).toEqual([]);
  });
});

describe('an agent that stops', () => {
  test.each(['key', 'answer', 'trial'] as const)(
    'while it waits for the %s writes nothing more, and renews no more',
    async (what) => {
      const device = await registered();
      const stopping: { now?: () => void } = {};
      const stopAt = (here: string) => {
        if (here === what) stopping.now?.();
      };
      const all = renewing(device, {
        answer: (response) => {
          stopAt('answer');
          return response;
        },
        verdict: () => {
          stopAt('trial');
          return { is: 'good' };
        },
        freshKey: () => {
          stopAt('key');
          return Promise.resolve(anotherKey);
        },
      });
      stopping.now = () => all.renewal.stop();
      const before = device.directory.read('certificate');
      await all.live(60 * dayMs + 2 * 3_600_000);
      await all.live(100 * dayMs);
      expect(device.directory.read('certificate')).toBe(before);
      expect(all.news).toMatchObject([{ is: 'renewing' }]);
    },
  );
});

describe('a power cut', () => {
  // Two writes up to the trial, then the note that it was tried, both files, and two removals.
  const steps = 7;

  test.each(Array.from({ length: steps }, (_, step) => [step]))(
    'before step %d leaves a pair that fits, and the next start renews with the same key',
    async (step) => {
      const device = await registered();
      let left = step;
      const dying = (act: () => void) => {
        if (left === 0) throw new StartFault('dead', 'The power failed.');
        left -= 1;
        act();
      };
      const { directory } = device;
      const failing: DataDirectory = {
        ...directory,
        write: (place, text) => dying(() => directory.write(place, text)),
        remove: (place) => dying(() => directory.remove(place)),
      };
      const dead = renewing(device, { directory: failing });
      await dead.live(60 * dayMs + 2 * 3_600_000);
      expect(dead.news.at(-1)).toMatchObject({ is: 'renewal failed', why: 'The power failed.' });
      finishRenewal(directory);
      expect(inPlace(device)).toBe(true);
      const again = renewing(device);
      await again.live(2 * 3_600_000);
      expect([inPlace(device), leftOver(device)]).toEqual([true, []]);
      expect(directory.read('privateKey')).toBe(anotherKey);
      const { count } = device.portal.db
        .prepare<[], { count: number }>('select count(*) as count from certificate')
        .get() ?? { count: 0 };
      // One to begin with and one renewal, whatever failed in between.
      expect(count).toBe(2);
    },
  );
});
