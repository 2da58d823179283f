/** The keys of a simulated reader: what each does, and that the help names them all. */
import { expect, test } from 'vitest';
import { testCards } from '../../../simulator/readers/cards.ts';
import { deedOf, keysHelp } from '../../../simulator/readers/keys.ts';

test.each([
  ['s', 'swipe'],
  ['i', 'insert'],
  ['r', 'remove'],
  ['t', 'tap'],
  ['u', 'unplug'],
  ['p', 'plug'],
  ['?', 'help'],
  ['q', 'quit'],
  ['\x03', 'quit'],
])('%j does "%s"', (key, is) => {
  expect(deedOf(key)).toEqual({ is });
});

test('a digit chooses a card, and the help says which', () => {
  const names = Object.keys(testCards);
  names.forEach((card, at) => {
    expect(deedOf(String(at + 1))).toEqual({ is: 'choose', card });
    expect(keysHelp()).toContain(`${at + 1}  ${card}`);
  });
  expect(deedOf(String(names.length + 1))).toBe(undefined);
});

test('any other key does nothing', () => {
  for (const key of ['0', 'x', ' ', 'S', 'toString', '']) expect(deedOf(key)).toBe(undefined);
});
