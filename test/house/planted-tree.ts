/** A house of its own for planted faults: a few files, and copies of the real rules to run over them. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { home } from './tree.ts';

const rules = [
  '.dependency-cruiser.mjs',
  'eslint.config.js',
  'package.json',
  'scripts/house.mjs',
  'tsconfig.json',
  'tsconfig.pure.json',
];

/** A fault as a tool reported it. */
export interface Found {
  readonly rule: string;
  readonly path: string;
}

/** A tree on the disk, and the tools to run in it. */
export interface PlantedTree {
  readonly path: string;
  /** Runs a tool of `node_modules/.bin`; gives what it printed, whether or not it found faults. */
  readonly run: (tool: string, ...words: readonly string[]) => Promise<string>;
  readonly remove: () => void;
}

/** Lays out a tree with the house's rules and the files given. */
export const plantTree = (
  files: readonly { readonly path: string; readonly text: string }[],
): PlantedTree => {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
  for (const rule of rules) cpSync(join(home, rule), join(path, rule));
  symlinkSync(join(home, 'node_modules'), join(path, 'node_modules'));
  for (const file of files) {
    mkdirSync(dirname(join(path, file.path)), { recursive: true });
    writeFileSync(join(path, file.path), file.text);
  }
  return {
    path,
    run: (tool, ...words) =>
      new Promise((resolve) => {
        const command = join(home, 'node_modules/.bin', tool);
        const options = { cwd: path, maxBuffer: 64 * 1024 * 1024 };
        execFile(command, words, options, (_error, printed) => {
          resolve(printed);
        });
      }),
    remove: () => {
      rmSync(path, { recursive: true });
    },
  };
};

interface Cruise {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly rule: { readonly name: string };
    }[];
    readonly ruleSetUsed: {
      readonly forbidden: readonly { readonly name: string; readonly comment: string }[];
    };
  };
}

/** What dependency-cruiser finds, and which rules it had. */
export const cruise = async (
  tree: PlantedTree,
  folders: readonly string[],
): Promise<{ found: Found[]; rules: Cruise['summary']['ruleSetUsed']['forbidden'] }> => {
  const words = ['--config', '.dependency-cruiser.mjs', '--preserve-symlinks', '-T', 'json'];
  const { summary } = JSON.parse(await tree.run('depcruise', ...words, ...folders)) as Cruise;
  const found = summary.violations.map(({ from, rule }) => ({ rule: rule.name, path: from }));
  return { found, rules: summary.ruleSetUsed.forbidden };
};

interface Lint {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

/** What ESLint finds. */
export const lint = async (tree: PlantedTree, folder: string): Promise<Found[]> => {
  const reports = JSON.parse(await tree.run('eslint', '--format', 'json', folder)) as Lint[];
  return reports.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message }) => ({
      rule: ruleId ?? message,
      path: filePath.slice(tree.path.length + 1),
    })),
  );
};

/** What the compiler finds with one configuration. */
export const compile = async (tree: PlantedTree, project: string): Promise<Found[]> => {
  const printed = await tree.run('tsc', '--pretty', 'false', '-p', project);
  return [...printed.matchAll(/^(\S+)\(\d+,\d+\): error (TS\d+)/gm)].map(
    ([, path = '', rule = '']) => ({ rule, path }),
  );
};
