/** The rules can fail: every planted fault is caught, by the rule that is meant to catch it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { floors } from '../../scripts/house.mjs';
import { cruise, compile, lint, plantTree, type Found } from './planted-tree.ts';
import { cruised, cruisedSupport, impure, linted, soundTree, type Plant } from './plants.ts';
import { faultsOf, tidyRules } from './tidy-rules.ts';
import { untidy } from './untidy.ts';

/** A tool may take this long when the machine is busy; it takes a few seconds when it is not. */
const runWithinMs = 90_000;

const sound = new Set(soundTree.map(({ path }) => path));
const rows = (plants: readonly Plant[]) => plants.map((plant) => [plant.rule, plant.path] as const);
const isFound = (found: readonly Found[], rule: string, path: string): boolean =>
  found.some((fault) => fault.rule === rule && fault.path === path);

describe('who may import whom', () => {
  const tree = plantTree([...soundTree, ...cruised, ...cruisedSupport]);
  afterAll(tree.remove);
  let report: Awaited<ReturnType<typeof cruise>>;
  beforeAll(async () => {
    report = await cruise(tree, Object.keys(floors));
  }, runWithinMs);

  test.each(rows(cruised))('%s catches %s', (rule, path) => {
    expect(isFound(report.found, rule, path)).toBe(true);
  });

  test('nothing is found in the sound files', () => {
    expect(report.found.filter(({ path }) => sound.has(path))).toEqual([]);
  });

  test('every rule has a plant, and says what to do instead', () => {
    const planted = new Set(cruised.map(({ rule }) => rule));
    expect(report.rules.filter(({ name }) => !planted.has(name))).toEqual([]);
    expect(report.rules.filter(({ comment }) => !/[.!]$/.test(comment))).toEqual([]);
  });
});

describe('what a linter sees', () => {
  const kinds = { path: 'agent/lint/kinds.ts', text: 'export type main = 1;\n' };
  const index = { path: 'agent/lint/index.ts', text: 'export const agent = 1;\n' };
  const tree = plantTree([...soundTree, ...linted, kinds, index]);
  afterAll(tree.remove);
  let found: Found[];
  beforeAll(async () => {
    found = await lint(tree, 'agent');
  }, runWithinMs);

  test.each(rows(linted))('%s catches %s', (rule, path) => {
    expect(found.filter((fault) => fault.path === path).map((fault) => fault.rule)).toContain(rule);
  });

  test('the world may be real where it is meant to be', () => {
    expect(found.filter(({ path }) => path === 'agent/node-world.ts')).toEqual([]);
  });
});

describe('what is not pure', () => {
  const tree = plantTree([...soundTree, ...impure]);
  afterAll(tree.remove);
  let found: Found[];
  beforeAll(async () => {
    found = await compile(tree, 'tsconfig.pure.json');
  }, runWithinMs);

  test.each(rows(impure))('%s catches %s', (rule, path) => {
    expect(isFound(found, rule, path)).toBe(true);
  });

  test('nothing is found in the sound files', () => {
    expect(found.filter(({ path }) => sound.has(path))).toEqual([]);
  });
});

describe('what is not tidy', () => {
  test.each(untidy.map((plant) => [plant.rule, plant.path, plant] as const))(
    '%s: %s',
    (name, _path, plant) => {
      const rule = tidyRules.find((one) => one.name === name);
      expect(rule === undefined ? [] : faultsOf(rule, [plant])).not.toEqual([]);
    },
  );

  test('every rule has a plant', () => {
    const planted = new Set(untidy.map(({ rule }) => rule));
    expect(tidyRules.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });
});
