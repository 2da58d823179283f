/** The identity of a device, from its files: read whole or refused with what to do. */
import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDataDirectory, type DataDirectory } from '../../../agent/data-directory.ts';
import { loadIdentity } from '../../../agent/identity/keys.ts';
import { StartFault } from '../../../agent/fault.ts';
import type { Place } from '../../../agent/places.ts';
import { seededDice } from '../../../simulator/world/dice.ts';
import { freshPath } from '../../rigs/open-ledger.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const device = { clientId: 'cli_1', deviceId: 'dev-1' };
const portalKeys = { signing: [{ keyId: 's', key }], sealing: { keyId: 'e', key } };

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

describe('an identity', () => {
  test('is read from its files, and what the device makes itself is made once', () => {
    const directory = commissioned({ authority: 'CA', certificate: 'CRT', privateKey: 'KEY' });
    const first = load(directory, 1);
    expect(first).toMatchObject({
      ...{ subject: device, pinned: [{ keyId: 's' }], sealing: { keyId: 'e' } },
      tls: { ca: 'CA', certificate: 'CRT', privateKey: 'KEY' },
    });
    expect([first.pinned[0]?.key.length, first.velocityKey.length]).toEqual([32, 32]);
    expect(first.localKey).toMatch(/^[\w-]{43}$/);
    expect(load(directory, 2)).toEqual(first);
    expect(load(commissioned(), 2).localKey).not.toBe(first.localKey);
    for (const place of ['localKey', 'velocityKey'] as const) {
      expect(statSync(directory.pathOf(place)).mode & 0o777).toBe(0o600);
    }
  });

  test('without certificates has none', () => {
    expect(load(commissioned()).tls).toEqual({});
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

  test('when others may read a file of it', () => {
    const directory = commissioned();
    chmodSync(directory.pathOf('device'), 0o644);
    expect(faultOf(directory).code).toBe('file_too_open');
  });

  test('and no fault repeats what stands in a key file', () => {
    const secret = 'c2VjcmV0IGtleSBtYXRlcmlhbA';
    for (const place of ['localKey', 'velocityKey', 'portalKeys', 'device'] as const) {
      const fault = faultOf(commissioned({ [place]: secret }));
      expect(fault.message).not.toContain(secret);
    }
  });
});

test('a data directory is used by one agent at a time', () => {
  const path = dirname(freshPath());
  const first = openDataDirectory(path);
  expect(() => openDataDirectory(path)).toThrow(/Another agent is running/);
  first.release();
  const second = openDataDirectory(path);
  second.release();
});

test('a data directory that is a file is refused in words', () => {
  const path = freshPath();
  writeFileSync(path, '');
  expect(() => openDataDirectory(path)).toThrow(StartFault);
});
