/** Free fields of a request: what looks like a card number is refused, and what merely has digits is not. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberWithCardNumber } from '../../../agent/local-api/card-number.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { seed } from '../../fixtures/seed.ts';
import { refusalOfMisfit } from '../../../agent/local-api/misfit.ts';

const luhnValid = Object.values(testCards)
  .filter(({ pan }) => pan !== testCards.magtek.pan)
  .map(({ pan }) => pan);
const [pan = ''] = luhnValid;
const inGroups = (between: string): string => pan.replaceAll(/(\d{4})(?=\d)/g, `$1${between}`);

test.each(luhnValid)('a card number is found in a text and in a name, however deep', (pan) => {
  for (const text of [pan, `order ${pan}.`, `${pan}x`, `x${pan}`]) {
    expect(memberWithCardNumber({ reference: text }), text).toBe('reference');
    expect(memberWithCardNumber({ userDefinedFields: { note: text } })).toBe('userDefinedFields');
    expect(memberWithCardNumber({ userDefinedFields: { [text]: 'note' } })).toBe(
      'userDefinedFields',
    );
    expect(memberWithCardNumber({ echo: [{ a: { [text]: {} } }] })).toBe('echo');
  }
  expect(memberWithCardNumber({ echo: Number(pan) })).toBe('echo');
});

test.each([' ', '-', '.', '/', '_', '--', '. ', ' -'])(
  'a card number is found with "%s" between its groups',
  (between) => expect(memberWithCardNumber({ reference: inGroups(between) })).toBe('reference'),
);

test.each(['1', '0', '7', '00', '99-', '2026.', '12/26 ', '123456789012345'])(
  'a card number is found with the further digits "%s" before or behind it',
  (more) => {
    expect(memberWithCardNumber({ reference: `${more}${pan}` })).toBe('reference');
    expect(memberWithCardNumber({ reference: `${inGroups('-')}${more}` })).toBe('reference');
  },
);

test.each([
  'order-4711',
  'txn_01JD8Z6V7Q4T2M9X0K5R3B8C1D',
  '+49 30 901820',
  '(555) 010-0199',
  '2026-11-22 10:15:00',
  '1790000000000',
  '4111111111111112',
  '0000000000000000',
  '1'.repeat(30),
  '411111111111',
  '2026112214300012',
  '20261122143000123456',
  '4111 and 1111 and 1111 and 1111',
  '',
])('"%s" is no card number', (text) => {
  expect(memberWithCardNumber({ reference: text, echo: undefined })).toBeUndefined();
  expect(memberWithCardNumber({ userDefinedFields: { [text]: text } })).toBeUndefined();
});

/** The digit that makes a card number of what stands before it (ISO/IEC 7812-1, annex B). */
const withCheckDigit = (digits: string): string => {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
};

const digits = (least: number, most: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most })
    .map((all) => all.join(''));

test(`every card number is found, whatever is between and around its digits (seed ${seed})`, () => {
  const separator = fc.constantFrom('', ' ', '-', '.', '/', '_', ' -', '. ');
  fc.assert(
    fc.property(
      fc.constantFrom(['4', 15], ['4', 12], ['51', 15], ['2221', 15], ['34', 14], ['62', 16]),
      digits(18, 18),
      fc.array(separator, { minLength: 18, maxLength: 18 }),
      fc.string({ maxLength: 40 }),
      fc.string({ maxLength: 40 }),
      ([first, count], rest, between, before, behind) => {
        const number = withCheckDigit(
          `${first}${rest.slice(0, Number(count) - `${first}`.length)}`,
        );
        const written = [...number]
          .map((digit, place) => `${digit}${between[place] ?? ''}`)
          .join('');
        const text = `${before}${written}${behind}`;
        expect(memberWithCardNumber({ reference: text }), text).toBe('reference');
        expect(memberWithCardNumber({ fields: { [text]: '' } }), text).toBe('fields');
      },
    ),
    { seed },
  );
});

test(`what has no thirteen digits together is never taken for one (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(digits(0, 12)), (parts) => {
      expect(memberWithCardNumber({ reference: parts.join(' x ') })).toBeUndefined();
    }),
    { seed },
  );
});

test('a refusal does not say a card number back that was the name of a field', () => {
  const misfits = [
    { keyword: 'additionalProperties', instancePath: '', params: { additionalProperty: pan } },
    { keyword: 'maxLength', instancePath: `/userDefinedFields/${inGroups('.')}`, params: {} },
  ];
  for (const misfit of misfits) {
    expect(refusalOfMisfit('body', misfit).detail).toMatch(/^[^0-9]*$/);
  }
});
