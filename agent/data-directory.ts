/**
 * The data directory: everything the agent writes is below it, readable by its owner only, and used by one
 * agent at a time. The door to its files.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartFault } from './fault.ts';
import { takeLock } from './ledger/sqlite.ts';
import {
  checkDirectory,
  checkFile,
  destroyOwn,
  keepOwn,
  moveOwn,
  readOwn,
  removeOwn,
  replaceOwn,
} from './owner-only.ts';
import { places, type Place } from './places.ts';

const ownerOnlyDirectory = 0o700;

/** SQLite opens these by itself; each is looked at before. The lock is not among them: nothing is in it. */
const ledgerFiles = [places.ledger, `${places.ledger}-wal`, `${places.ledger}-shm`];

export interface DataDirectory {
  readonly path: string;
  pathOf(place: Place): string;
  /** The text of a file, or `undefined` when there is none. Throws a `StartFault` when others may read it. */
  read(place: Place): string | undefined;
  /** Replaces a file whole: written beside, flushed, renamed, and the directory flushed. */
  write(place: Place, text: string): void;
  /** Removes a file, if it is there, and flushes the directory. */
  remove(place: Place): void;
  /** The paths, below this directory, of what a folder and those in it hold; none when it is not there. */
  filesIn(folder: Place): readonly string[];
  /** Throws a `StartFault` when one of them is a link, others may read it, or it is somebody else's. */
  checkFiles(folder: Place): void;
  /** Removes the folders in a folder, which are empty. */
  removeFolders(folder: Place): void;
  /** Overwrites a file below this directory with zeros and removes it, if it is there; a link is removed. */
  destroy(file: string): void;
  /** Takes the ledger, which nobody has open, to a path below this directory, if it is there. */
  moveLedger(to: string): void;
  /** Whether something lies at a path below this directory. */
  has(file: string): boolean;
  release(): void;
}

/** Makes the directory if need be, proves it can be written, and locks it for this process. */
export const openDataDirectory = (path: string): DataDirectory => {
  let release: (() => void) | undefined;
  try {
    const folders = [places.identity, places.configuration].map((folder) => join(path, folder));
    for (const each of [path, ...folders]) {
      mkdirSync(each, { recursive: true, mode: ownerOnlyDirectory });
    }
    checkDirectory(path, 'followed');
    for (const each of folders) checkDirectory(each, 'refused');
    for (const each of ledgerFiles) checkFile(join(path, each));
    // What SQLite keeps beside it is as open as the lock is.
    keepOwn(join(path, places.lock));
    release = takeLock(join(path, places.lock));
  } catch (error) {
    throw error instanceof StartFault ? error : unusable(path, error);
  }
  if (release === undefined) {
    throw new StartFault(
      'data_directory_taken',
      `Another agent, or another holdfast command, is running on ${path}; stop it or let it end first, or ` +
        'name another directory with --data.',
    );
  }
  const pathOf = (place: Place) => join(path, places[place]);
  return {
    path,
    pathOf,
    read: (place) => readOwn(pathOf(place)),
    write: (place, text) => written(pathOf(place), () => replaceOwn(pathOf(place), text)),
    remove: (place) => written(pathOf(place), () => removeOwn(pathOf(place))),
    filesIn: (folder) => filesIn(path, places[folder]),
    checkFiles: (folder) => {
      for (const file of filesIn(path, places[folder])) checkFile(join(path, file));
    },
    removeFolders: (folder) => written(pathOf(folder), () => removeFolders(pathOf(folder))),
    destroy: (file) => written(join(path, file), () => destroyOwn(join(path, file))),
    moveLedger: (to) => written(pathOf('ledger'), () => moveLedger(path, to)),
    has: (file) => existsSync(join(path, file)),
    release,
  };
};

const filesIn = (path: string, folder: string): string[] => {
  if (!existsSync(join(path, folder))) return [];
  return readdirSync(join(path, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const inside = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path, inside) : [inside];
    })
    .sort();
};

const removeFolders = (path: string): void => {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    removeFolders(join(path, entry.name));
    rmdirSync(join(path, entry.name));
  }
};

// What SQLite kept beside it is empty once its write-ahead log was truncated, and would be of no ledger.
const moveLedger = (path: string, to: string): void => {
  const [ledger = '', ...beside] = ledgerFiles.map((file) => join(path, file));
  for (const each of beside) removeOwn(each);
  if (existsSync(ledger)) moveOwn(ledger, join(path, to));
};

/** Does something to a file; what the disk says to it comes back as what to do about the directory. */
const written = (path: string, write: () => void): void => {
  try {
    write();
  } catch (error) {
    if (error instanceof StartFault) throw error;
    throw unusable(dirname(path), error);
  }
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
