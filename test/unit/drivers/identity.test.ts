/** What a reader says of itself: told as it is, unless it may be of a card. */
import { describe, expect, test } from 'vitest';
import {
  identityCharactersMax,
  tellable,
  withTellableIdentity,
} from '../../../drivers/identity.ts';

describe('an identity', () => {
  test.each([
    ['a version', { firmware: 'VP3350 FW v1.01.136 20191023' }],
    ['a serial number', { serialNumber: 'B0042-12345678' }],
    ['a key’s serial number, digits all over', { ksn: '62994901190000000002' }],
    ['a level', { securityLevel: 'encrypted' as const }],
  ])('that is %s is told', (_, identity) => {
    expect(tellable(identity)).toEqual(identity);
  });

  test.each([
    ['a track', { firmware: ';4111111111111111=25121010000000000000?' }],
    ['a card number', { firmware: '4111111111111111' }],
    ['a card number in groups', { firmware: 'V1 4111 1111 1111 1111' }],
    ['a number as long as a card’s, of a house’s own', { firmware: '9999999999999' }],
    ['a card number for a serial number', { serialNumber: '5555555555554444' }],
    ['a stripe for a serial number', { serialNumber: ';99=12?' }],
    ['what is no text', { firmware: 'V1\u0000' }],
    ['too long', { firmware: 'v'.repeat(identityCharactersMax + 1) }],
  ])('that is %s is not', (_, identity) => {
    expect(tellable(identity)).toEqual({});
  });

  test('is looked at wherever a reader tells of itself', () => {
    const identity = { firmware: '4111111111111111' };
    expect(withTellableIdentity({ is: 'ready', identity })).toEqual({ is: 'ready', identity: {} });
    const tested = { is: 'tested', identity, passed: true, detail: 'Well.' } as const;
    expect(withTellableIdentity(tested)).toEqual({ ...tested, identity: {} });
    const noise = { is: 'noise', byteCount: 3 } as const;
    expect(withTellableIdentity(noise)).toBe(noise);
  });
});
