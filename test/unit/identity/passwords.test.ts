import { expect, test } from 'vitest';
import { passwordHash } from '../../../agent/identity/passwords.ts';

const hex = (text: string): string => Buffer.from(text).toString('hex');

// RFC 7914, section 12: the first half of the 64 bytes there, for a hash's length only cuts its end.
test.each([
  [
    { n: 1_024, r: 8, p: 16, password: 'password', salt: 'NaCl' },
    'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162',
  ],
  [
    { n: 16_384, r: 8, p: 1, password: 'pleaseletmein', salt: 'SodiumChloride' },
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
  ],
])('%o', async ({ password, salt, ...cost }, expected) => {
  expect(await passwordHash(password, { ...cost, salt: hex(salt) })).toBe(expected);
});

test('the most the contract allows can be computed', async () => {
  const hash = await passwordHash('x', { n: 32_768, r: 8, p: 5, salt: '00'.repeat(32) });
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

test('letters that are composed otherwise are the same password', async () => {
  const how = { n: 16_384, r: 8, p: 1, salt: '00'.repeat(8) };
  const [composed, apart] = ['caf\u00e9', 'cafe\u0301'];
  expect(composed).not.toBe(apart);
  expect(await passwordHash(apart, how)).toBe(await passwordHash(composed, how));
});

test('what cannot be computed is told, not swallowed', async () => {
  await expect(passwordHash('x', { n: 3, r: 8, p: 1, salt: '00' })).rejects.toThrow(
    /scrypt|N|param/i,
  );
});
