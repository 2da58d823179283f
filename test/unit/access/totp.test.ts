import { expect, test } from 'vitest';
import { totpCode, totpStepAt, totpStepOf } from '../../../agent/access/totp.ts';

const secret = new TextEncoder().encode('12345678901234567890');

// RFC 6238, appendix B, SHA-1: the codes there have eight digits, of which these are the last six.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %d s the code is %s', (seconds, code) => {
  expect(totpCode(secret, totpStepAt(seconds * 1_000))).toBe(code);
});

const at = (wallMs: number, usedStep?: number) => ({ wallMs, usedStep });
const now = 1_111_111_111_000;
const step = totpStepAt(now);

test('a phone may be one step before or behind, and no more', () => {
  for (const aside of [-1, 0, 1]) {
    expect(totpStepOf(totpCode(secret, step + aside), secret, at(now))).toBe(step + aside);
  }
  for (const aside of [-2, 2]) {
    expect(totpStepOf(totpCode(secret, step + aside), secret, at(now))).toBeUndefined();
  }
});

test('a code is taken once, and none from before it either', () => {
  expect(totpStepOf(totpCode(secret, step), secret, at(now, step))).toBeUndefined();
  expect(totpStepOf(totpCode(secret, step - 1), secret, at(now, step))).toBeUndefined();
  expect(totpStepOf(totpCode(secret, step + 1), secret, at(now, step))).toBe(step + 1);
});

test('what is no code of this secret is good for nothing', () => {
  const other = new TextEncoder().encode('another secret of 20');
  expect(totpStepOf(totpCode(other, step), secret, at(now))).toBeUndefined();
  expect(totpStepOf('', secret, at(now))).toBeUndefined();
});

test('the first step of all has none before it', () => {
  expect(totpStepOf(totpCode(secret, 0), secret, at(0))).toBe(0);
});
