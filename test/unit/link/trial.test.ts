/** The trial of a certificate: what is shown to which broker. */
import { expect, test } from 'vitest';
import { makeAuthority } from '../../../simulator/authority.ts';
import type { Dial, DialSettings } from '../../../agent/portal/broker.ts';
import { tryCertificate } from '../../../agent/portal/trial.ts';

/** A pair that fits, as TLS will have it. */
const authority = makeAuthority('Acme', Date.UTC(2026, 0, 1));
const tls = {
  ...{ ca: authority.certificate, certificate: authority.certificate },
  privateKey: authority.privateKey,
};

/** What a broker is dialled with that grants whatever it is asked. */
const dialledAt = async (url: string) => {
  const dialled: DialSettings[] = [];
  const dial: Dial = (settings, hear) => {
    dialled.push(settings);
    queueMicrotask(() => hear({ is: 'connected', protocolVersion: 5 }));
    return {
      subscribe: (_topics, done) => done(undefined),
      publish: () => undefined,
      ping: () => undefined,
      close: () => undefined,
    };
  };
  const subject = { clientId: 'acme', deviceId: 'dev-1' };
  const verdict = await tryCertificate({ dial, url, subject, tls, connectWithinMs: 1_000 });
  return { verdict, shown: dialled[0]?.tls };
};

test('a broker with TLS is shown the certificate', async () => {
  expect(await dialledAt('mqtts://broker.example:8883')).toEqual({
    ...{ verdict: { is: 'good' }, shown: tls },
  });
});

test('a broker without TLS is shown nothing, and the trial is good all the same', async () => {
  expect(await dialledAt('mqtt://127.0.0.1:1883')).toEqual({
    ...{ verdict: { is: 'good' }, shown: undefined },
  });
});
