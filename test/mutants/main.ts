/**
 * `npm run mutants -- [--only WORDS]`: plants each known bug in a copy of the tree and lets the simulation or
 * the tests find it. Exit 1 when one is not found, or has no place in the code any more.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { Bug } from './bug.ts';
import { bugs } from './bugs.ts';
import { plantedTree, type PlantedTree } from './planted.ts';

const root = new URL('../../..', import.meta.url).pathname;

interface Run {
  readonly failed: boolean;
  readonly output: string;
}

const run = (directory: string, args: readonly string[]): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: directory });
    let output = '';
    const take = (bytes: Buffer) => (output += bytes.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => resolve({ failed: code !== 0, output }));
  });

/** How a bug was found, or `undefined` when it was not. */
const found = async ({ directory }: PlantedTree, bug: Bug): Promise<string | undefined> => {
  if ('tests' in bug.caughtBy) {
    const [vitest, ...rest] = ['node_modules/vitest/vitest.mjs', 'run', ...bug.caughtBy.tests];
    const { failed } = await run(directory, [vitest, ...rest]);
    return failed ? bug.caughtBy.tests.join(', ') : undefined;
  }
  const seeds = `${bug.caughtBy.seeds}`;
  const { failed, output } = await run(directory, [
    ...['dist/test/simulation/main.js', '--seeds', seeds],
  ]);
  if (!failed) return undefined;
  const seed = /^Seed (\d+) goes wrong:\n {2}(.*)$/m.exec(output);
  // Anything else that ends a day is a find too: the bug broke the agent outright.
  return seed === null ? `a crash: ${lastLine(output)}` : `seed ${seed[1]}: ${seed[2]}`;
};

const lastLine = (output: string): string =>
  output.split('\n').find((line) => /Error/.test(line)) ?? 'without a word';

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  const wanted = bugs.filter(({ name }) => name.includes(values.only));
  const tree = plantedTree(root);
  let missed = 0;
  try {
    for (const bug of wanted) {
      tree.plant(bug);
      const by = await found(tree, bug);
      tree.heal();
      if (by === undefined) missed += 1;
      process.stdout.write(`${by === undefined ? 'NOT FOUND' : 'found'}  ${bug.name}\n`);
      if (by !== undefined) process.stdout.write(`       ${by.slice(0, 160)}\n`);
    }
  } finally {
    tree.remove();
  }
  process.stdout.write(`${wanted.length - missed} of ${wanted.length} planted bugs were found.\n`);
  return missed === 0 ? 0 : 1;
};

process.exitCode = await main();
