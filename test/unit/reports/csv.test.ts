/** CSV: what a spreadsheet makes of it, and what it must not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvOf, decimal, type Cell } from '../../../agent/reports/csv.ts';
import { seed } from '../../fixtures/seed.ts';

const line = (...cells: Cell[]): string => csvOf(['head'], [cells]).slice('head\r\n'.length);

test('a head and its rows end with CR LF, each of them', () => {
  expect(csvOf(['a', 'b'], [])).toBe('a,b\r\n');
  expect(csvOf(['a', 'b'], [['x', 1]])).toBe('a,b\r\nx,1\r\n');
});

test.each([
  ['plain', 'plain\r\n'],
  ['with space', 'with space\r\n'],
  ['a,b', '"a,b"\r\n'],
  ['say "so"', '"say ""so"""\r\n'],
  ['two\nlines', '"two\nlines"\r\n'],
  ['Zoë 寿司', 'Zoë 寿司\r\n'],
  ['', '\r\n'],
])('%j is written as %j', (text, written) => {
  expect(line(text)).toBe(written);
});

describe('text that begins like a formula gets an apostrophe', () => {
  test.each([
    ['=1+1', "'=1+1\r\n"],
    ['+44 20', "'+44 20\r\n"],
    ['-5', "'-5\r\n"],
    ['@SUM(A1)', "'@SUM(A1)\r\n"],
    ['\t=1', "'\t=1\r\n"],
    ['\r=1', `"'\r=1"\r\n`],
    ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"\r\n`],
    ['＝1+1', "'＝1+1\r\n"],
  ])('%j as %j', (text, written) => {
    expect(line(text)).toBe(written);
  });

  test('and text that only has one inside does not', () => {
    expect(line('a=1')).toBe('a=1\r\n');
    expect(line("O'Neill")).toBe("O'Neill\r\n");
  });
});

describe('amounts are decimal numbers of their currency', () => {
  test.each([
    [4_250, 'USD', '42.50'],
    [-4_250, 'USD', '-42.50'],
    [-5, 'USD', '-0.05'],
    [0, 'USD', '0.00'],
    [1_500, 'JPY', '1500'],
    [-1_234, 'KWD', '-1.234'],
  ])('%d minor units of %s are %s', (value, currency, written) => {
    expect(decimal({ value, currency })).toBe(written);
    expect(line({ value, currency })).toBe(`${written}\r\n`);
  });
});

/** Reads one record back, as RFC 4180 says. */
const cellsOf = (record: string): string[] =>
  [...`,${record}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(
    ([, inQuotes, bare = '']) => inQuotes?.replaceAll('""', '"') ?? bare,
  );

test(`whatever text goes in comes out again, and none begins a formula (seed ${seed})`, () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",\' a') }),
  );
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 6 }), (texts) => {
      const read = cellsOf(line(...texts).slice(0, -2));
      expect(read.map((cell, place) => (cell === texts[place] ? cell : cell.slice(1)))).toEqual(
        texts,
      );
      for (const cell of read) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }),
    { seed },
  );
});
