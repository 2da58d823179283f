/** Tables and documents agree, both ways: nothing undocumented, nothing documented that is not there. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documents, loadTables } from '../../scripts/documents/index.mjs';
import { agreements, canRun, scriptsIn } from './agreements.ts';
import { linksOf } from './markdown.ts';
import { files, home, read } from './tree.ts';

const tables = await loadTables((path) => import(/* @vite-ignore */ `../../${path}.ts`));

test.each(documents.map((made) => [made.path, made] as const))('%s is fresh', (path, made) => {
  const fresh = made.write(tables, read) === read(path);
  expect(fresh, 'Run npm run build && node scripts/generate.mjs.').toBe(true);
});

describe.each(agreements.map((one) => [one.what, one.document, one] as const))(
  '%s and %s',
  (what, document, { inCode, inDocument }) => {
    const told = inDocument(read(document));
    const there = inCode();

    test('everything there is told', () => {
      const untold = there.filter((name) => !told.includes(name));
      expect(untold, `${document} lacks these ${what}; add a row for each.`).toEqual([]);
    });

    test('everything told is there, once', () => {
      const gone = told.filter(
        (name, place) => !there.includes(name) || told.indexOf(name) !== place,
      );
      expect(gone, `${document} tells of ${what} that are gone, or twice.`).toEqual([]);
    });
  },
);

const prose = files.map(({ path }) => path).filter((path) => path.endsWith('.md'));

test.each(prose)('%s: every link leads somewhere', (path) => {
  const lost = linksOf(read(path)).filter((to) => !existsSync(join(home, dirname(path), to)));
  expect(lost).toEqual([]);
});

test.each(prose)('%s: every npm script it names can be run', (path) => {
  expect(scriptsIn(read(path)).filter((name) => !canRun(name))).toEqual([]);
});
