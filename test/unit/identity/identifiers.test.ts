/** Identifiers, digests and keys as raw bytes. */
import { describe, expect, test } from 'vitest';
import { check, HostAnswer } from '../../../contract/index.ts';
import { keyedHash, sameSecret, sha256 } from '../../../agent/identity/digest.ts';
import { newId } from '../../../agent/identity/identifiers.ts';
import { privateKeyOf, publicKeyOf, rawPublicOf } from '../../../agent/identity/raw-keys.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

describe('identifiers', () => {
  test('have the contract’s form', () => {
    const world = quietWorld();
    const answer = { result: 'approved', responseCode: '00' };
    const ids = { transactionId: newId('txn', world), attemptId: newId('att', world) };
    expect(check(HostAnswer, { ...answer, ...ids }).ok).toBe(true);
    expect(newId('live', world)).toMatch(/^live_[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  test('of one moment differ, and those of later moments come later', () => {
    const world = quietWorld();
    const ids = Array.from({ length: 1_000 }, () => newId('fact', world));
    expect(new Set(ids).size).toBe(1_000);
    const inOrder = [1, 5, 40, 1_000, 86_400_000].map((ms) => {
      world.clock.advance(ms);
      return newId('txn', world);
    });
    expect(inOrder.toSorted()).toEqual(inOrder);
  });

  test('hold times far beyond this century', () => {
    const world = quietWorld();
    world.clock.jumpWall(2 ** 44);
    expect(newId('txn', world)).toMatch(/^txn_[0-9A-HJKMNP-TV-Z]{26}$/);
  });
});

describe('digests', () => {
  // FIPS 180-2, appendix B.1; RFC 4231, test case 2.
  test('are those of the standards', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(keyedHash(Buffer.from('Jefe'), 'what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(sha256(Uint8Array.from([97, 98, 99]))).toBe(sha256('abc'));
  });

  test('secrets are compared whole, whatever their length', () => {
    expect(sameSecret('abc', 'abc')).toBe(true);
    for (const other of ['abd', 'ab', 'abcd', '', 'ABC'])
      expect(sameSecret('abc', other)).toBe(false);
  });
});

describe('raw keys', () => {
  // RFC 8032 §7.1, test 1, and the recipient of the test vectors published with RFC 9180.
  test.each([
    [
      'ed25519',
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    ],
    [
      'x25519',
      '497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d',
      '430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c',
    ],
  ] as const)(
    '%s: a private key gives its public half, and both come back',
    (curve, secret, known) => {
      const raw = rawPublicOf(privateKeyOf(curve, Buffer.from(secret, 'hex')));
      expect(Buffer.from(raw).toString('hex')).toBe(known);
      expect(Buffer.from(rawPublicOf(publicKeyOf(curve, raw)))).toEqual(Buffer.from(raw));
    },
  );

  test.each([0, 31, 33])('%i bytes are no key', (length) => {
    expect(() => privateKeyOf('x25519', new Uint8Array(length))).toThrow();
    expect(() => publicKeyOf('ed25519', new Uint8Array(length))).toThrow();
  });
});
