/** The identity of a device, from its files: read whole or refused with what to do. */
import { existsSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDataDirectory, type DataDirectory } from '../../../agent/data-directory.ts';
import { sealerTo } from '../../../agent/identity/hpke.ts';
import { loadIdentity, type Identity } from '../../../agent/identity/keys.ts';
import { wrappingKeyFrom, wrappingKeyOf } from '../../../agent/identity/wrapping-key.ts';
import { StartFault } from '../../../agent/fault.ts';
import type { Place } from '../../../agent/places.ts';
import { issueCertificate, makeAuthority } from '../../../simulator/authority.ts';
import { seededDice } from '../../../simulator/world/dice.ts';
import { freshPath } from '../../rigs/open-ledger.ts';

const now = Date.UTC(2026, 0, 15);
const authority = makeAuthority('Test Authority', now);
const wanted = { authority, commonName: 'cli_1/dev-1', use: 'client', now, days: 1 } as const;
const { certificate } = issueCertificate(wanted);
const key = Buffer.alloc(32, 1).toString('base64');
const device = { clientId: 'cli_1', deviceId: 'dev-1' };
const portalKeys = { version: 1, signing: [{ keyId: 's', key }], sealing: { keyId: 'e', key } };

/** A data directory with an identity in it; `differently` replaces files. */
const commissioned = (differently: Partial<Record<Place, unknown>> = {}): DataDirectory => {
  const directory = openDataDirectory(dirname(freshPath()));
  onTestFinished(() => directory.release());
  for (const [place, held] of Object.entries({ device, portalKeys, ...differently })) {
    if (held === undefined) continue;
    directory.write(place as Place, typeof held === 'string' ? held : JSON.stringify(held));
  }
  return directory;
};

const load = (directory: DataDirectory, seed = 1) => loadIdentity(directory, seededDice(seed));

const faultOf = (directory: DataDirectory): StartFault => {
  try {
    load(directory);
  } catch (error) {
    if (error instanceof StartFault) return error;
    throw error;
  }
  throw new Error('It loaded.');
};

/** An identity without what has methods, but with what they give. */
const plain = ({ trust, wrappingKey, credentials, ...rest }: Identity) => ({
  ...{ ...rest, tls: credentials.tls() },
  ...{ version: trust.version(), wrappingKey: wrappingKey.publicHalf() },
});

describe('an identity', () => {
  test('is read from its files, and what the device makes itself is made once', () => {
    const directory = commissioned({ authority: 'CA', certificate, privateKey: 'KEY' });
    const first = load(directory, 1);
    expect(first).toMatchObject({
      subject: device,
    });
    expect(first.credentials.tls()).toEqual({ ca: 'CA', certificate, privateKey: 'KEY' });
    expect(first.credentials.life()).toEqual({ notBefore: now, notAfter: now + 86_400_000 });
    expect(first.trust.sealing()).toMatchObject({ keyId: 'e' });
    expect([first.trust.sealing().key.length, first.velocityKey.length]).toEqual([32, 32]);
    expect(first.localKey).toMatch(/^[\w-]{43}$/);
    const again = load(directory, 2);
    expect(plain(again)).toEqual(plain(first));
    expect(load(commissioned(), 2).localKey).not.toBe(first.localKey);
    for (const place of ['localKey', 'velocityKey', 'wrappingKey'] as const) {
      expect(statSync(directory.pathOf(place)).mode & 0o777).toBe(0o600);
    }
  });

  test('without certificates has none', () => {
    const { credentials } = load(commissioned());
    expect([credentials.tls(), credentials.life()]).toEqual([{}, undefined]);
  });

  test('whose own key was cut off before a byte of it was written gets another', () => {
    expect(load(commissioned({ localKey: '\n' })).localKey).toHaveLength(43);
  });
});

describe('an identity is refused', () => {
  test.each(['device', 'portalKeys'] as const)('without %s', (place) => {
    const directory = commissioned();
    rmSync(directory.pathOf(place));
    const fault = faultOf(directory);
    expect(fault.code).toBe('identity_missing');
    expect(fault.message).toContain(directory.pathOf(place));
  });

  test.each<[string, Partial<Record<Place, unknown>>]>([
    ['a device file that is no JSON', { device: '{' }],
    ['a device file that is null', { device: 'null' }],
    ['a device without an id', { device: { clientId: 'a' } }],
    ['an id no topic can carry', { device: { clientId: 'a/b', deviceId: '#' } }],
    ['the name that registration has', { device: { clientId: 'register', deviceId: 'a' } }],
    ['no signing key', { portalKeys: { ...portalKeys, signing: [] } }],
    ['a key cut short', { portalKeys: { ...portalKeys, sealing: { keyId: 'e', key: 'AAAA' } } }],
    ['an own key that is none', { localKey: 'not a key' }],
    ['an own key that is damaged', { velocityKey: 'AAAA' }],
  ])('with %s', (_what, files) => {
    expect(faultOf(commissioned(files)).code).toBe('identity_malformed');
  });

  test('without the key its own are wrapped with, and no other is made', () => {
    const directory = commissioned();
    load(directory);
    rmSync(directory.pathOf('wrappingKey'));
    expect(faultOf(directory).message).toMatch(/wrapping\.key is missing.*restore it/);
    expect(existsSync(directory.pathOf('wrappingKey'))).toBe(false);
  });

  test('and no fault repeats what stands in a key file', () => {
    const secret = 'c2VjcmV0IGtleSBtYXRlcmlhbA';
    for (const place of [
      'localKey',
      'velocityKey',
      'wrappingKey',
      'portalKeys',
      'device',
    ] as const) {
      const fault = faultOf(commissioned({ [place]: secret }));
      expect(fault.message).not.toContain(secret);
    }
  });
});

describe('the wrapping key', () => {
  const velocityFile = (directory: DataDirectory) => directory.read('velocityKey') ?? '';

  test('wraps what must be readable on the device', () => {
    const directory = commissioned();
    const { velocityKey, wrappingKey } = load(directory);
    expect(velocityFile(directory)).toMatch(/^hpke1\.[\w-]{107}\n$/);
    expect(wrappingKey.publicHalf()).toHaveLength(32);
    expect(Buffer.from(directory.read('wrappingKey') ?? '', 'base64url')).toHaveLength(32);
    expect(load(directory).velocityKey).toEqual(velocityKey);
  });

  test('is the same for whoever asks first, registration or the first start', () => {
    const directory = commissioned();
    const asked = wrappingKeyOf(directory, seededDice(1));
    expect(load(directory, 2).wrappingKey.publicHalf()).toEqual(asked.publicHalf());
  });

  test('opens what was sealed to its public half, for its purpose and for nothing else', () => {
    const key = wrappingKeyOf(commissioned(), seededDice(1));
    const seal = sealerTo(key.publicHalf());
    const context = { info: 'holdfast/test', aad: 'a' };
    const sealed = seal(Buffer.from('a word'), context, seededDice(2).bytes(32));
    expect(Buffer.from(key.open(sealed, context)).toString()).toBe('a word');
    expect(() => key.open(sealed, { ...context, aad: 'b' })).toThrow();
    expect(() => wrappingKeyFrom(seededDice(3).bytes(32)).open(sealed, context)).toThrow();
  });

  test('shows its secret half to nobody', () => {
    const secretHalf = Buffer.alloc(32, 5);
    const key = wrappingKeyFrom(secretHalf);
    const shown = `${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`;
    expect(shown).not.toContain('5, 5, 5');
    expect(shown).not.toContain('05 05 05');
  });

  test('takes a key that lies in clear once, and wraps it', () => {
    const clear = Buffer.alloc(32, 3);
    const directory = commissioned({ velocityKey: `${clear.toString('base64url')}\n` });
    expect(Buffer.from(load(directory).velocityKey)).toEqual(clear);
    expect(velocityFile(directory)).toMatch(/^hpke1\./);
    expect(velocityFile(directory)).not.toContain(clear.toString('base64url'));
    expect(Buffer.from(load(directory).velocityKey)).toEqual(clear);
    expect(existsSync(`${directory.pathOf('velocityKey')}.new`)).toBe(false);
  });

  test('that is another than a key was wrapped with is refused, and the file is kept', () => {
    const directory = commissioned();
    load(directory, 2);
    const kept = velocityFile(directory);
    directory.write('wrappingKey', Buffer.alloc(32, 9).toString('base64url'));
    const fault = faultOf(directory);
    expect(fault.code).toBe('identity_malformed');
    expect(fault.message).toMatch(/velocity\.key does not open with .*wrapping\.key; restore both/);
    expect(velocityFile(directory)).toBe(kept);
  });
});
