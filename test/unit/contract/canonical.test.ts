/** Canonical JSON, on the samples of RFC 8785 itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical } from '../../../contract/index.ts';
import { seed } from '../../fixtures/seed.ts';

test('the sample of 3.2.2 and 3.2.3', () => {
  const sample: unknown = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`);
  expect(canonical(sample)).toBe(
    '{"literals":[null,true,false],' +
      '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('names are sorted by UTF-16 code units, as the sample of 3.2.3', () => {
  const sample = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  expect(Object.values(JSON.parse(canonical(sample)) as object)).toEqual([
    'One', // a name that is an array index comes first in any ECMAScript object
    'Carriage Return',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ]);
  expect(canonical(sample).indexOf('Carriage')).toBeLessThan(canonical(sample).indexOf('One'));
});

/** Appendix B: the bits of an IEEE 754 double, and how it is printed. */
const numbers = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
] as const;

test.each(numbers)('Appendix B: %s is printed %s', (bits, printed) => {
  expect(canonical(Buffer.from(bits, 'hex').readDoubleBE())).toBe(printed);
});

test.each([NaN, Infinity, -Infinity, undefined, () => 0, Symbol('x'), 1n, [undefined]])(
  'what JSON cannot hold is refused (case %#)',
  (value) => {
    expect(() => canonical(value)).toThrow(TypeError);
  },
);

test.each(['\ud83d', { '\udead': 1 }, ['a\ude00']])('half a surrogate pair is refused', (value) => {
  expect(() => canonical(value)).toThrow(/surrogate/);
});

test('members that are undefined are left out', () => {
  expect(canonical({ b: undefined, a: { c: undefined } })).toBe('{"a":{}}');
});

test(`the spelling does not depend on the order of names, and reads back (seed ${seed})`, () => {
  const unit = 'grapheme' as const;
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit }), fc.jsonValue({ stringUnit: unit })), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonical(turned)).toBe(canonical(value));
      expect(canonical(JSON.parse(canonical(value)))).toBe(canonical(value));
    }),
    { seed },
  );
});
