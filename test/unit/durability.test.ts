/** Which point of durability is asked for, in words a person can mend. */
import { expect, test } from 'vitest';
import { durabilityPoints, fatalPointOf, type DurabilityPoint } from '../../agent/durability.ts';

const points = Object.keys(durabilityPoints) as DurabilityPoint[];

test.each([undefined, ''])('%j asks for none', (written) => {
  expect(fatalPointOf(written)).toBeUndefined();
});

test.each(points)('%s is one, the first time or a later one', (point) => {
  expect(fatalPointOf(point)).toEqual({ point, time: 1 });
  expect(fatalPointOf(`${point}:12`)).toEqual({ point, time: 12 });
});

test.each([
  'before-lunch',
  'before-commit:',
  'before-commit:0',
  'before-commit:x',
  ':1',
  'toString',
])('"%s" is refused with all there are', (written) => {
  const refused = () => fatalPointOf(written);
  expect(refused).toThrow(`HOLDFAST_FAULT is "${written}"; unset it, or write POINT`);
  expect(refused).toThrow(points.join(', '));
});
