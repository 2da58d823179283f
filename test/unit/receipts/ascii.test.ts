/** ASCII: what a printer without other letters prints instead of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asciiOf } from '../../../agent/receipts/ascii.ts';
import { seed } from '../../fixtures/seed.ts';

test.each([
  ['Café Müller', 'Cafe Muller'],
  ['Straße 1 – «Zoë»', 'Strasse 1 - "Zoe"'],
  ['Łódź Smørrebrød Ærø', 'Lodz Smorrebrod AEro'],
  ['cafe\u0301', 'cafe'],
  ['5 € … ½ ﬁne', '5 EUR ... 1/2 fine'],
  ['寿司 bar', '?? bar'],
  ['🍋', '?'],
  ['a\tb\nc', 'a b c'],
  ['plain ~!"#$', 'plain ~!"#$'],
])('%j is printed as %j', (text, printed) => {
  expect(asciiOf(text)).toBe(printed);
});

test(`nothing else comes out, whatever goes in (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(asciiOf(text)).toMatch(/^[\x20-\x7e]*$/);
    }),
    { seed },
  );
});
