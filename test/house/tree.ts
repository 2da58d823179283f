/** The files of the house, as they lie on the disk: everything but what is installed or built. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the house stands. */
export const home = fileURLToPath(new URL('../..', import.meta.url));

const notOurs = new Set(['.git', '.cache', 'node_modules', 'dist', 'coverage']);
const textual = new Set(
  [
    '',
    '.ts',
    '.mts',
    '.mjs',
    '.js',
    '.cjs',
    '.json',
    '.md',
    '.sh',
    '.html',
    '.css',
    '.yml',
    '.yaml',
    '.txt',
  ].concat(['.conf', '.service', '.rules', '.sql', '.svg', '.ndjson', '.csv']),
);

/** A file: its path from the house's door, and its size. */
export interface HouseFile {
  readonly path: string;
  readonly byteCount: number;
}

const below = (folder: string): HouseFile[] =>
  readdirSync(join(home, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : below(path);
    return entry.isFile() ? [{ path, byteCount: statSync(join(home, path)).size }] : [];
  });

/** Every file, sorted by path. */
export const files: readonly HouseFile[] = below('').sort((a, b) => (a.path < b.path ? -1 : 1));

/** The text of a file of the house. */
export const read = (path: string): string => readFileSync(join(home, path), 'utf8');

/** Whether people write and read it as text. What `npm install` writes is not meant. */
export const isText = (path: string): boolean =>
  textual.has(extname(path)) && path !== 'package-lock.json' && path !== 'LICENSE';
