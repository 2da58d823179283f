/** A tree with a bug in it: a copy of the sources and of what was built from them, with one bug planted. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transpile } from './transpile.ts';
import type { Bug } from './bug.ts';

const folders = ['agent', 'config', 'contract', 'dist', 'drivers', 'firmware', 'simulator', 'test'];
const files = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.pure.json'],
  'vitest.config.ts',
];

export interface PlantedTree {
  readonly directory: string;
  /** Takes every bug out again. */
  heal(): void;
  /** Plants a bug in the sources and in what was built. Throws when its place is not found. */
  plant(bug: Bug): void;
  remove(): void;
}

/** Copies the tree at `root`, which has to be built. */
export const plantedTree = (root: string): PlantedTree => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
  for (const name of folders) cpSync(join(root, name), join(directory, name), { recursive: true });
  for (const name of files) cpSync(join(root, name), join(directory, name));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const spoilt = new Map<string, string>();
  const write = (file: string, source: string) => {
    writeFileSync(join(directory, file), source);
    writeFileSync(join(directory, 'dist', file.replace(/\.ts$/, '.js')), transpile(source));
  };
  return {
    directory,
    heal: () => {
      for (const [file, source] of spoilt) write(file, source);
      spoilt.clear();
    },
    plant: ({ name, edits }) => {
      for (const { file, find, put } of edits) {
        const source = readFileSync(join(directory, file), 'utf8');
        if (source.split(find).length !== 2) {
          throw new Error(`"${name}" has no place in ${file} any more; plant it anew.`);
        }
        if (!spoilt.has(file)) spoilt.set(file, source);
        write(
          file,
          source.replace(find, () => put),
        );
      }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};
