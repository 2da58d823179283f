/** Reader bytes with expected meaning: none lies unused. */
import { expect, test } from 'vitest';
import { vectors } from '../fixtures/vectors.ts';
import { files, read } from './tree.ts';

const tests = files
  .filter(({ path }) => path.startsWith('test/unit/') && path.endsWith('.ts'))
  .map(({ path }) => read(path));
const isNamed = (name: string): boolean => tests.some((text) => text.includes(`'${name}'`));

test.each(vectors)('a test has $name run, by its name or by that of its protocol', (vector) => {
  expect(isNamed(vector.name) || isNamed(vector.protocol)).toBe(true);
});
