/**
 * The data directory: everything the agent writes is below it, readable by its owner only, and used by one
 * agent at a time. The door to its files.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StartFault } from './fault.ts';
import { takeLock } from './ledger/sqlite.ts';
import { places, type Place } from './places.ts';

const ownerOnlyDirectory = 0o700;
const ownerOnlyFile = 0o600;

export interface DataDirectory {
  readonly path: string;
  pathOf(place: Place): string;
  /** The text of a file, or `undefined` when there is none. Throws a `StartFault` when others may read it. */
  read(place: Place): string | undefined;
  /** Replaces a file whole: written beside, flushed, renamed, and the directory flushed. */
  write(place: Place, text: string): void;
  /** Removes a file, if it is there, and flushes the directory. */
  remove(place: Place): void;
  release(): void;
}

/** Makes the directory if need be, proves it can be written, and locks it for this process. */
export const openDataDirectory = (path: string): DataDirectory => {
  let release: (() => void) | undefined;
  try {
    for (const each of [path, join(path, places.identity)]) {
      mkdirSync(each, { recursive: true, mode: ownerOnlyDirectory });
    }
    release = takeLock(join(path, places.lock));
  } catch (error) {
    throw unusable(path, error);
  }
  if (release === undefined) {
    throw new StartFault(
      'data_directory_taken',
      `Another agent is running on ${path}; stop it first, or name another directory with --data.`,
    );
  }
  const pathOf = (place: Place) => join(path, places[place]);
  return {
    path,
    pathOf,
    read: (place) => readOwn(pathOf(place)),
    write: (place, text) => replaceFile(pathOf(place), text),
    remove: (place) => removeFile(pathOf(place)),
    release,
  };
};

const readOwn = (path: string): string | undefined => {
  if (!existsSync(path)) return undefined;
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new StartFault(
      'file_too_open',
      `${path} may be read by others; run \`chmod 600 ${path}\`.`,
    );
  }
  return readFileSync(path, 'utf8');
};

const replaceFile = (path: string, text: string): void => {
  const beside = `${path}.new`;
  try {
    const file = openSync(beside, 'w', ownerOnlyFile);
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    renameSync(beside, path);
    flushDirectory(dirname(path));
  } catch (error) {
    throw unusable(dirname(path), error);
  }
};

const removeFile = (path: string): void => {
  try {
    rmSync(path, { force: true });
    flushDirectory(dirname(path));
  } catch (error) {
    throw unusable(dirname(path), error);
  }
};

const flushDirectory = (path: string): void => {
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
};

const unusable = (path: string, error: unknown): StartFault => {
  const code = (error as { code?: string }).code ?? '';
  if (code === 'ENOSPC' || code.startsWith('SQLITE_FULL')) {
    return new StartFault(
      'disk_full',
      `The disk of ${path} is full; free some space and start again.`,
      {
        cause: error,
      },
    );
  }
  const found = error instanceof Error ? error.message : String(error);
  return new StartFault(
    'data_directory_unusable',
    `${path} cannot be written (${found}); give it to the user the agent runs as, on a writable disk.`,
    { cause: error },
  );
};
