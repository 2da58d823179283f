/** The registrar: what a one-time code gives, to whom, how often, and what it refuses. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { regrantMs, type CornerResponse } from '../../../contract/index.ts';
import { certificateFacts, isForKey } from '../../../agent/identity/forge.ts';
import { wrongCodesMost } from '../../../simulator/portal/registrar.ts';
import { anotherKey, quarterHourMs, registry, requestFor, someKey } from '../../rigs/registry.ts';

const refused = (code: string, retryable = false) => ({ ok: false, refusal: { code, retryable } });

const certificateIn = (response: CornerResponse): string => {
  if ('certificate' in response) return response.certificate;
  throw new Error(`It was refused: ${JSON.stringify(response)}.`);
};

describe('a code', () => {
  test('gives a certificate in the name of its client and device, for the key that asked', () => {
    const { registrar, open, authority, world } = registry();
    const { code, deviceId } = open();
    const response = registrar.answer(requestFor(code));
    expect(response).toMatchObject({
      ok: true,
      ...{ clientId: 'acme', deviceId, deviceGroupId: 'shops' },
      brokerUrl: 'mqtts://portal.example:8883',
      chain: [authority.certificate],
      time: world.clock.wallMs(),
    });
    const certificate = certificateIn(response);
    expect(certificateFacts(certificate).commonName).toBe(`acme/${deviceId}`);
    expect(isForKey(certificate, someKey)).toBe(true);
    expect(isForKey(certificate, anotherKey)).toBe(false);
  });

  test('gives the same certificate to the same key as often as it asks', () => {
    const { registrar, open, world } = registry();
    const { code } = open();
    const first = certificateIn(registrar.answer(requestFor(code)));
    world.clock.advance(2 * quarterHourMs);
    expect(certificateIn(registrar.answer(requestFor(code)))).toBe(first);
  });

  test('gives nothing to another key', () => {
    const { registrar, open } = registry();
    const { code } = open();
    registrar.answer(requestFor(code));
    expect(registrar.answer(requestFor(code, anotherKey))).toEqual(refused('code_used'));
  });

  test('gives nothing any more once its device was heard', () => {
    const { registrar, open } = registry();
    const { code, deviceId } = open();
    registrar.answer(requestFor(code));
    registrar.joined({ clientId: 'acme', deviceId });
    expect(registrar.answer(requestFor(code))).toEqual(refused('code_used'));
  });

  test('gives nothing any more a week after it was used', () => {
    const { registrar, open, world } = registry();
    const { code } = open();
    registrar.answer(requestFor(code));
    world.clock.advance(regrantMs);
    expect(registrar.answer(requestFor(code))).toMatchObject({ ok: true });
    world.clock.advance(1);
    expect(registrar.answer(requestFor(code))).toEqual(refused('code_used'));
  });

  test('has to be used in time', () => {
    const { registrar, open, world } = registry();
    const { code } = open();
    world.clock.advance(quarterHourMs + 1);
    expect(registrar.answer(requestFor(code))).toEqual(refused('code_expired'));
  });

  test('is kept as a hash', () => {
    const { db, open } = registry();
    const { code } = open();
    expect(JSON.stringify(db.prepare('select * from registration').all())).not.toContain(code);
  });
});

describe('refused is', () => {
  test('a code nobody opened', () => {
    const { registrar } = registry();
    expect(registrar.answer(requestFor('AAAAA-BBBBB'))).toEqual(refused('code_unknown'));
  });

  test('every code after too many wrong ones, for a minute', () => {
    const { registrar, open, world } = registry();
    const { code } = open();
    for (let tries = 0; tries < wrongCodesMost; tries += 1) {
      expect(registrar.answer(requestFor('AAAAA-BBBBB'))).toEqual(refused('code_unknown'));
    }
    expect(registrar.answer(requestFor(code))).toEqual(refused('too_many_tries', true));
    world.clock.advance(60_000);
    expect(registrar.answer(requestFor(code))).toMatchObject({ ok: true });
  });

  test('a request that is not signed by its own key, and one for a weak key', () => {
    const { registrar, open } = registry();
    const { code } = open();
    const sound = requestFor(code);
    const lines = sound.csr.trim().split('\n');
    // The signature stands at the end of the DER.
    const forged = lines.with(-2, [...(lines.at(-2) ?? '')].reverse().join('')).join('\n');
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const weakKey = weak.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const request of [
      { ...sound, csr: forged },
      { ...sound, csr: 'no request at all' },
      requestFor(code, weakKey),
    ]) {
      expect(registrar.answer(request)).toEqual(refused('request_unsound'));
    }
    expect(registrar.answer(sound)).toMatchObject({ ok: true });
  });

  test('everybody by a portal without an authority', () => {
    const { registrar } = registry({ isClosed: true });
    const order = { clientId: 'acme', deviceGroupId: 'shops', openMs: quarterHourMs };
    expect(registrar.open(order)).toBeUndefined();
    expect(registrar.answer(requestFor('AAAAA-BBBBB'))).toEqual(
      refused('registration_closed', true),
    );
  });
});

describe('in a corner of registration', () => {
  const corner = `hf/1/register/${'0'.repeat(32)}`;
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));

  test('a request is answered there', () => {
    const { hear, open, published } = registry();
    hear(`${corner}/req`, bytes(JSON.stringify(requestFor(open().code))), false);
    expect(published).toMatchObject([{ topic: `${corner}/res` }]);
    expect(JSON.parse(published[0]?.payload ?? '')).toMatchObject({ ok: true, clientId: 'acme' });
  });

  test.each([
    ['garbage', '\u0000{', false],
    ['a request without a code', '{"csr":""}', false],
    ['a request of many bytes', `"${'x'.repeat(70_000)}"`, false],
    ['a retained request', JSON.stringify(requestFor('AAAAA-BBBBB')), true],
  ])('%s is dropped and told, and not answered', (_, text, retained) => {
    const { hear, told, published } = registry();
    hear(`${corner}/req`, bytes(text), retained);
    expect(published).toEqual([]);
    expect(told).toMatchObject([{ is: 'message.dropped', topic: `${corner}/req` }]);
  });
});
