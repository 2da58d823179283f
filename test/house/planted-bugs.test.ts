/** Planted bugs: each still has its place in the code, so that `npm run mutants` can plant it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bugs } from '../mutants/bugs.ts';

test.each(bugs)('"$name" can be planted', ({ edits }) => {
  for (const { file, find, put } of edits) {
    const code = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(code.split(find), `${file}: ${find}`).toHaveLength(2);
    expect(put).not.toBe(find);
  }
});

test('no two have the same name', () => {
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
});
