/** Cards: what their tracks hold, what of it may be shown, and their check digit. */
import { describe, expect, test } from 'vitest';
import { check, MaskedCard } from '../../../contract/index.ts';
import { brandOf } from '../../../drivers/cards/brand.ts';
import { luhnHolds } from '../../../drivers/cards/luhn.ts';
import { maskedPan, shownOfClear } from '../../../drivers/cards/masking.ts';
import { readStripe } from '../../../drivers/cards/stripe.ts';
import { readFinancial, readTrack, trackOfEquivalent } from '../../../drivers/cards/tracks.ts';
import { fromHex } from '../../../drivers/index.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';

const iso = (text: string) => ({ is: 'read', encoding: 'iso', text }) as const;
const absent = { is: 'absent' } as const;

describe('a track', () => {
  test.each(vectorsOf('iso7813').map(({ name }) => name))('is taken apart as in %s', (name) => {
    const { input_ascii, input_hex = '', expected } = vector(name);
    const equivalent = trackOfEquivalent(fromHex(input_hex) ?? new Uint8Array());
    const track = input_ascii === undefined ? iso(equivalent) : readTrack(input_ascii);
    const { formatCode, expiryYYMM: expiry, ...parts } = expected;
    const found = readFinancial(track, formatCode === undefined ? 2 : 1);
    expect(found).toEqual({ expiry, ...parts });
  });

  test.each([
    ['B4111111111111111^A/B^^201', 1, undefined, '201'],
    ['4111111111111111==201', 2, undefined, '201'],
    ['4111111111111111=4912', 2, '4912', ''],
    ['4111111111111111=4912=77', 2, '4912', undefined],
  ] as const)('%s has its expiry and service code, or none', (text, number, expiry, code) => {
    const found = readFinancial(iso(text), number);
    expect(found).toMatchObject({ pan: '4111111111111111', expiry, serviceCode: code });
  });

  test.each([
    ['A4111111111111111^A/B^4912', 1],
    ['B4111111111111111', 1],
    ['4111111111111111', 2],
    ['4111111=4912', 2],
    ['41111111111111111111=4912', 2],
    ['4111111111111111=4913', 2],
    ['MEMBER 17', 2],
  ] as const)('%s is not of a payment card', (text, number) => {
    expect(readFinancial(iso(text), number)).toBe(undefined);
  });

  test.each([
    ['', 'absent'],
    ['%E?', 'bad'],
    [';E?', 'bad'],
    [';41=49', 'bad'],
    ['41=49?', 'bad'],
    [';41\x00=49?', 'bad'],
    [';41=49?xx', 'bad'],
    [';41=49?', 'read'],
    // The card's check character may follow, and may itself be a question mark.
    [';41=49??', 'read'],
  ])('sent as %j is %s', (sent, is) => {
    expect(readTrack(sent)).toMatchObject({ is });
  });
});

describe('a stripe', () => {
  const read = (one: string, two: string) =>
    readStripe([readTrack(one), readTrack(two), absent], { shown: shownOfClear });

  test('whose tracks disagree is damaged, and one without a payment card has no data', () => {
    const track1 = '%B4111111111111111^TEST/CARD ^4912201?';
    expect(read(track1, ';4111111111111111=4912201?')).toMatchObject({
      is: 'card',
      card: { maskedPan: '411111******1111', expiry: '4912', brand: 'visa' },
      likeness: '411111******1111=4912',
    });
    expect(read(track1, ';4012888888881881=4912201?')).toEqual({ is: 'bad read', why: 'damaged' });
    expect(read('', ';E?')).toEqual({ is: 'bad read', why: 'bad_track' });
    expect(read('', ';MEMBER 17?')).toEqual({ is: 'bad read', why: 'no_data' });
  });

  test('is read although its check digit is wrong, as on every sample card of the makers', () => {
    const track2 = vector('iso7813-track2').input_ascii ?? '';
    expect(luhnHolds('5452300551227189')).toBe(false);
    expect(read('', track2)).toMatchObject({ is: 'card', card: { brand: 'mastercard' } });
  });
});

describe('a number', () => {
  test.each([
    ['5452300551227189', 6, 4, '545230******7189'],
    ['5452000000007189', 4, 4, '5452********7189'],
    ['5452********7189', 4, 4, '5452********7189'],
    ['378282246310005', 6, 4, '378282*****0005'],
    ['4012345678909', 6, 4, '401234***8909'],
    ['401234567890', 6, 4, '********7890'],
    ['40123456', 6, 4, '****3456'],
    ['4111111111111111111', 0, 0, '***************'],
  ])('%s showing %d and %d is %s', (pan, leading, trailing, masked) => {
    expect(maskedPan(pan, { leading, trailing })).toBe(masked);
    const card = { maskedPan: masked, brand: 'unknown', entryMode: 'stripe' };
    expect(check(MaskedCard, card)).toMatchObject({ ok: true });
  });

  test.each([
    ['4111', 'visa'],
    ['5454', 'mastercard'],
    ['2221', 'mastercard'],
    ['2720', 'mastercard'],
    ['2721', 'unknown'],
    ['3782', 'amex'],
    ['6011', 'discover'],
    ['6500', 'discover'],
    ['3530', 'jcb'],
    ['3056', 'diners'],
    ['6250', 'unionpay'],
    ['9999', 'unknown'],
    ['****', 'unknown'],
    ['41', 'unknown'],
  ])('beginning with %s is %s', (leading, brand) => {
    expect(brandOf(leading)).toBe(brand);
  });

  test.each(vectorsOf('luhn'))('$pan ends in its check digit, and in no other', ({ pan = '' }) => {
    const endings = [...'0123456789'].map((last) => pan.slice(0, -1) + last);
    expect(endings.filter(luhnHolds)).toEqual([pan]);
  });

  test.each(['', '4111 1111', '411111******1111'])('%j is no number to check', (text) => {
    expect(luhnHolds(text)).toBe(false);
  });
});
