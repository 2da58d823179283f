/** Amounts are read as people write them, to the minor unit, and never rounded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountValueMax, decimalsOf, formatAmount, parseAmount } from '../../../contract/index.ts';
import { seed } from '../../fixtures/seed.ts';

test.each([
  ['0', 'USD', 0],
  ['0.00', 'USD', 0],
  ['0.01', 'USD', 1],
  ['42', 'USD', 4_200],
  ['42.5', 'USD', 4_250],
  ['42.50', 'USD', 4_250],
  ['0042.50', 'USD', 4_250],
  ['500', 'JPY', 500],
  ['1.234', 'KWD', 1_234],
  ['1.2', 'KWD', 1_200],
  ['99999999.99', 'USD', amountValueMax],
  ['9999999999', 'JPY', amountValueMax],
  ['9999999.999', 'KWD', amountValueMax],
])('"%s" %s is %i minor units', (written, currency, value) => {
  expect(parseAmount(written, currency)).toEqual({ ok: true, amount: { value, currency } });
});

test.each([
  ['100000000.00', 'USD', 'more than the most'],
  ['10000000000', 'JPY', 'more than the most'],
  ['10000000.000', 'KWD', 'more than the most'],
  ['42.505', 'USD', '3 decimals; USD has 2'],
  ['1.0', 'JPY', '1 decimals; JPY has 0'],
  ['1.2345', 'KWD', '4 decimals; KWD has 3'],
  ['-1', 'USD', 'without a sign'],
  ['+1', 'USD', 'without a sign'],
  ['', 'USD', 'is no amount'],
  ['.50', 'USD', 'is no amount'],
  ['42.', 'USD', 'is no amount'],
  ['42,50', 'USD', 'is no amount'],
  ['1e3', 'USD', 'is no amount'],
  [' 42', 'USD', 'is no amount'],
  ['42\n', 'USD', 'is no amount'],
  ['٤٢', 'USD', 'is no amount'],
  ['1234567890123', 'USD', 'is no amount'],
  ['42.50', 'XTS', 'no ISO 4217 currency'],
  ['42.50', 'usd', 'no ISO 4217 currency'],
])('"%s" %s is refused: %s', (written, currency, why) => {
  const found = parseAmount(written, currency);
  expect(found.ok ? '' : found.why).toContain(why);
});

test.each([
  [0, 'USD', '0.00 USD'],
  [5, 'USD', '0.05 USD'],
  [4_250, 'USD', '42.50 USD'],
  [500, 'JPY', '500 JPY'],
  [0, 'JPY', '0 JPY'],
  [7, 'KWD', '0.007 KWD'],
  [1_234, 'KWD', '1.234 KWD'],
  [amountValueMax, 'USD', '99999999.99 USD'],
])('%i minor units of %s are written %s', (value, currency, written) => {
  expect(formatAmount({ value, currency })).toBe(written);
});

test(`what is written is read back the same (seed ${seed})`, () => {
  const currency = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'CLP', 'OMR');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: amountValueMax }), currency, (value, one) => {
      const amount = { value, currency: one };
      const [digits = ''] = formatAmount(amount).split(' ');
      expect(parseAmount(digits, one)).toEqual({ ok: true, amount });
    }),
    { seed },
  );
});

test('currencies have the decimals ISO 4217 gives them', () => {
  const known = ['USD', 'JPY', 'KWD', 'XTS'].map(decimalsOf);
  expect(known).toEqual([2, 0, 3, undefined]);
});
