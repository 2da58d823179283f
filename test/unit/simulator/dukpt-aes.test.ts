/** DUKPT with AES against the published examples of ANSI X9.24-3. */
import { describe, expect, test } from 'vitest';
import {
  aesInitialKey,
  aesKeyFor,
  aesTransactionKey,
  nextAesKsn,
  testAesBaseKey,
  type AesKeyUse,
} from '../../../simulator/readers/dukpt-aes.ts';
import { vectorsOf } from '../../fixtures/vectors.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const uses: Readonly<Record<string, AesKeyUse>> = {
  pinEncryptionKey: 'pinEncryption',
  dataEncryptKey: 'dataEncryption',
  macGenerationKey: 'macGeneration',
};

describe('DUKPT with AES', () => {
  test.each(vectorsOf('dukpt-aes'))(
    'gives the published keys of $name',
    ({ bdk, ksn = '', ikid, expected }) => {
      const baseKey = Buffer.from(bdk ?? '', 'hex');
      const keyNamed = (name: string): Buffer => {
        const use = uses[name];
        if (use !== undefined) return aesKeyFor(use, baseKey, ksn);
        return name === 'initialKey'
          ? aesInitialKey(baseKey, ikid ?? '')
          : aesTransactionKey(baseKey, ksn);
      };
      const found = Object.keys(expected).map((name) => [name, hex(keyNamed(name))]);
      expect(Object.fromEntries(found)).toEqual(expected);
    },
  );

  test('makes working keys of another length than the base key', () => {
    const key = aesKeyFor('dataEncryption', testAesBaseKey, '123456789012345600000001', 32);
    expect(key).toHaveLength(32);
    expect(() =>
      aesKeyFor('dataEncryption', testAesBaseKey, '123456789012345600000001', 8),
    ).toThrow('16 or 32 bytes');
  });

  test.each([
    ['123456789012345600000001', '123456789012345600000002'],
    ['12345678901234560000FFFF', '123456789012345600010000'],
    ['12345678901234560001FFFE', '123456789012345600020000'],
    ['1234567890123456FFFF0000', undefined],
  ])('after %s comes %s', (ksn, next) => {
    expect(nextAesKsn(ksn)).toBe(next);
  });
});
