/** What could end renewal for good, or make it never end: it goes on, and waits in between. */
import { describe, expect, test } from 'vitest';
import type { CornerResponse } from '../../../contract/index.ts';
import { finishRenewal } from '../../../agent/identity/renewal-files.ts';
import { unreachedMost } from '../../../agent/portal/renewal.ts';
import { tryCertificate, type Verdict } from '../../../agent/portal/trial.ts';
import { issueCertificate } from '../../../simulator/authority.ts';
import { anotherKey, someKey, spoiltPem, type Registry } from '../../rigs/registry.ts';
import {
  dayMs,
  leftOver,
  registered,
  renewing,
  retry,
  type Device,
} from '../../rigs/renewing-device.ts';

describe('what would end renewal for ever does not:', () => {
  test('a certificate TLS cannot load is refused in its trial, without a connection', async () => {
    const device = await registered();
    const verdict = await tryCertificate({
      ...{ url: 'mqtts://portal.example:8883', subject: device.subject, connectWithinMs: 1_000 },
      tls: { certificate: spoiltPem, privateKey: someKey },
      dial: () => {
        throw new Error('Nobody is to be dialled.');
      },
    });
    expect(verdict).toMatchObject({
      is: 'refused',
      why: expect.stringMatching(/TLS cannot load it/) as string,
    });
  });

  test('after some trials that reached nobody another certificate is asked for', async () => {
    const verdict = () => ({ is: 'unreachable', why: 'ECONNREFUSED' }) as const;
    const { live, asked, tried } = renewing(await registered(), { verdict });
    await live(60 * dayMs + 2 * 3_600_000);
    for (let tries = 0; tries < 2 * unreachedMost; tries += 1) await live(retry.upToMs);
    expect(asked.length).toBeGreaterThan(1);
    expect(tried.length).toBeGreaterThanOrEqual(unreachedMost * (asked.length - 1));
  });

  test('a key that cannot be read is forgotten, and another made', async () => {
    const device = await registered();
    device.directory.write('renewingKey', 'no key at all');
    const { live, news } = renewing(device);
    await live(60 * dayMs + 2 * 3_600_000);
    await live(retry.upToMs);
    expect(news.map(({ is }) => is)).toContain('renewal failed');
    expect(news.at(-1)).toMatchObject({ is: 'renewed' });
  });

  test('a fault nobody expected costs one try', async () => {
    const device = await registered();
    let calls = 0;
    const verdict = (): Verdict => {
      calls += 1;
      if (calls === 1) throw new RangeError('secret');
      return { is: 'good' };
    };
    const { live, news } = renewing(device, { verdict });
    await live(60 * dayMs + 2 * 3_600_000);
    await live(retry.upToMs);
    expect(news.find(({ is }) => is === 'renewal failed')).toMatchObject({
      why: 'an unexpected RangeError',
    });
    expect(news.at(-1)).toMatchObject({ is: 'renewed' });
  });

  test('a note of it that cannot be read is dropped at the next start', async () => {
    const device = await registered();
    device.directory.write('renewingKey', anotherKey);
    device.directory.write('renewal', '{"certificate":');
    expect(finishRenewal(device.directory)).toMatch(/renewal.json/);
    expect(leftOver(device)).toEqual(['renewing.key']);
    expect(finishRenewal(device.directory)).toBeUndefined();
  });
});

describe('a certificate that is due as soon as it came', () => {
  const aged = (portal: Registry, subject: Device['subject'], leftDays: number) => {
    const past = 3_000;
    return issueCertificate({
      ...{ authority: portal.authority, key: anotherKey, use: 'client' },
      commonName: `${subject.clientId}/${subject.deviceId}`,
      now: portal.world.clock.wallMs() - past * dayMs,
      days: past + leftDays,
    }).certificate;
  };

  test.each([
    ['because it was made out long ago is renewed by what was left of it', 1, 1],
    ['because it has expired is asked for again in ever longer times', -1, 200],
  ])('%s', async (_why, leftDays, most) => {
    const device = await registered();
    const answer = (response: CornerResponse) =>
      ({
        ...response,
        certificate: aged(device.portal, device.subject, leftDays),
      }) as CornerResponse;
    const { live, asked } = renewing(device, { answer });
    await live(60 * dayMs + 2 * 3_600_000);
    const before = asked.length;
    for (let minutes = 0; minutes < 60; minutes += 1) await live(60_000);
    expect(before).toBeGreaterThan(0);
    expect(asked.length - before).toBeLessThan(most);
  });
});
