/** The house is tidy: the rules of `tidy-rules.ts` over every file, and a few about all files together. */
import { expect, test } from 'vitest';
import { budgets, floors, programs, pure } from '../../scripts/house.mjs';
import { faultsOf, tidyRules } from './tidy-rules.ts';
import { files, isText, read } from './tree.ts';

const texts = files
  .filter(({ path }) => isText(path))
  .map(({ path }) => ({ path, text: read(path) }));

test.each(tidyRules.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
  expect(faultsOf(rule, texts), rule.instead).toEqual([]);
});

/** Written by npm. */
const generated = ['package-lock.json'];

test('no large blobs outside the fixtures', () => {
  const large = files
    .filter(({ byteCount }) => byteCount > budgets.blobBytes)
    .filter(({ path }) => !generated.includes(path) && !path.startsWith('test/fixtures/'));
  expect(large, 'Make it when it is needed, or move it to test/fixtures.').toEqual([]);
});

test('decisions are numbered from 1, without a gap', () => {
  const numbers = files
    .filter(({ path }) => path.startsWith('docs/decisions/'))
    .map(({ path }) => Number(path.slice('docs/decisions/'.length).split('-')[0]));
  expect(numbers).toEqual(numbers.map((_, place) => place + 1));
});

test('what the rules call pure is what is compiled as pure', () => {
  const { include } = JSON.parse(read('tsconfig.pure.json')) as { include: string[] };
  expect([...pure].map((path) => path.replace(/\/$/, '')).sort()).toEqual([...include].sort());
});

test('every program the rules begin from is there', () => {
  const lost = programs.filter((program) => !files.some(({ path }) => path === program));
  expect(lost, 'The rule against dead files begins at them; mend scripts/house.mjs.').toEqual([]);
});

const lengths = texts
  .filter(({ path }) => path.endsWith('.ts') && (path.split('/')[0] ?? '') in floors)
  .filter(({ path }) => !path.startsWith('test/'))
  .map(({ text }) => text.split('\n').length - 1)
  .sort((a, b) => a - b);

test('half of all files are short', () => {
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  console.log(`${lengths.length} files, median ${median} lines, longest ${lengths.at(-1) ?? 0}`);
  expect(median, 'Split at the second noun, not at the 400th line.').toBeLessThanOrEqual(
    budgets.fileLinesMedian,
  );
});

test('comments are counted', () => {
  const lines = texts
    .filter(({ path }) => path.endsWith('.ts') && (path.split('/')[0] ?? '') in floors)
    .flatMap(({ text }) => text.split('\n').map((line) => line.trim()));
  const comments = lines.filter((line) => /^(?:\/\/|\/\*|\*)/.test(line)).length;
  const code = lines.filter((line) => line !== '').length - comments;
  console.log(
    `${comments} lines of comment, ${code} of code: one for ${(code / comments).toFixed(1)}`,
  );
  expect(comments).toBeGreaterThan(0);
});
