/** Doors: each outside thing has its door, each door is used, and ARCHITECTURE.md tells the same. */
import { expect, test } from 'vitest';
import { doors, doorsToCome } from '../../scripts/house.mjs';
import { read, files } from './tree.ts';
import { ourPackage } from './agreements.ts';
import { tableUnder } from './markdown.ts';

const coded = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

const inside = (path: string, door: string): boolean =>
  door.endsWith('/') ? path.startsWith(door) && path.endsWith('.ts') : path === door;

const filesOf = (door: string): string[] =>
  files.map(({ path }) => path).filter((path) => inside(path, door));

/** Whether a file imports a package or a part of Node, or one of their subpaths. */
const opens = (path: string, name: string): boolean =>
  [...read(path).matchAll(/(?:from|import|require)\s*\(?'([^']+)'/g)].some(
    ([, from = '']) => from === name || from.startsWith(`${name}/`),
  );

const everyDoor = Object.entries(doors).flatMap(([name, places]) =>
  places.filter((door) => !doorsToCome.includes(door)).map((door) => [name, door] as const),
);

test('a door that is still to come is not there yet', () => {
  expect(doorsToCome.filter((door) => filesOf(door).length > 0)).toEqual([]);
});

test.each(everyDoor)('%s is opened in %s', (name, door) => {
  const there = filesOf(door);
  const why = `${door} does not import ${name}; take it out of scripts/house.mjs.`;
  expect(
    there.some((path) => opens(path, name)),
    why,
  ).toBe(true);
});

/** Packages that `scripts/check.mjs` runs and nobody imports; those of types only the compiler reads. */
const tools = new Set(['dependency-cruiser', 'eslint', 'prettier', 'typescript']);

test('every package that is installed is used', () => {
  const sources = files.map(({ path }) => path).filter((path) => /\.(?:ts|mjs|js)$/.test(path));
  const toCome = everyDoorToCome();
  const unused = [
    ...Object.keys(ourPackage.dependencies),
    ...Object.keys(ourPackage.devDependencies),
  ].filter(
    (name) =>
      !tools.has(name) &&
      !name.startsWith('@types/') &&
      !toCome.has(name) &&
      !sources.some((path) => opens(path, name)),
  );
  expect(unused, 'Take them out of package.json and docs/dependencies.md.').toEqual([]);
});

const everyDoorToCome = (): ReadonlySet<string> =>
  new Set(
    Object.entries(doors)
      .filter(([, places]) => places.every((door) => doorsToCome.includes(door)))
      .map(([name]) => name),
  );

/** Doors that are built, each package with its own. */
const built = Object.entries(doors).flatMap(([name, places]) => {
  const there = places.filter((door) => !doorsToCome.includes(door));
  return there.length === 0 ? [] : [[name, there] as const];
});

test('ARCHITECTURE.md names no file that is not there', () => {
  const named = coded(read('ARCHITECTURE.md').replaceAll(/```[^`]*```/g, '')).filter((each) =>
    /^[\w/-]+\.(?:ts|mjs|md)$/.test(each),
  );
  const isThere = (name: string) =>
    files.some(({ path }) => path === name || path.endsWith(`/${name}`));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

test('ARCHITECTURE.md’s table of doors is that of the rules', () => {
  const told = tableUnder(read('ARCHITECTURE.md'), 'Doors').flatMap(([names = '', places = '']) =>
    coded(names).map((name) => [name, coded(places).sort()] as const),
  );
  const ruled = built.map(([name, places]) => [name, [...places].sort()] as const);
  const byName = (a: readonly [string, unknown], b: readonly [string, unknown]) =>
    a[0] < b[0] ? -1 : 1;
  expect(told.sort(byName), expectedTable()).toEqual(ruled.sort(byName));
});

/** The table as ARCHITECTURE.md has to have it, for whoever mends it. */
const expectedTable = (): string =>
  [
    'Under "## Doors" ARCHITECTURE.md needs:',
    '| package | door |',
    '| --- | --- |',
    ...built.map(
      ([name, places]) => `| \`${name}\` | ${places.map((place) => `\`${place}\``).join(', ')} |`,
    ),
  ].join('\n');
