/**
 * What only the owner may touch: directories of mode 0700 and files of mode 0600 that belong to the user the
 * agent runs as. What is looser is refused with the command that mends it, never mended in silence: whoever
 * could write there may have done so already.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { StartFault } from './fault.ts';

const ownerOnlyDirectory = 0o700;
const ownerOnlyFile = 0o600;
const forOthers = 0o077;

/** Refuses a directory others may enter. The data directory itself may be a link, what is in it may not. */
export const checkDirectory = (path: string, links: 'followed' | 'refused'): void => {
  const found = links === 'followed' ? statSync(path) : lstatSync(path);
  if (found.isSymbolicLink()) throw isLink(path);
  if (!found.isDirectory()) return;
  refuseLoose(path, found, 'directory');
};

/** Refuses a file others may read; one that is not there is nobody's. */
export const checkFile = (path: string): void => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isSymbolicLink()) throw isLink(path);
  refuseLoose(path, found, 'file');
};

/**
 * Sees to it that a file others may read, which holds nothing, is for its owner only; made when it is not
 * there. It is not opened where it is: closing it would let go of locks this process has on it (POSIX).
 */
export const keepOwn = (path: string): void => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) closeSync(openSync(path, 'wx', ownerOnlyFile));
  else if (found.isSymbolicLink()) throw isLink(path);
  else if ((found.mode & forOthers) !== 0) chmodSync(path, ownerOnlyFile);
};

/** The text of a file, or `undefined` when there is none. What is read is what was checked. */
export const readOwn = (path: string): string | undefined => {
  const file = openOwn(path);
  if (file === undefined) return undefined;
  try {
    refuseLoose(path, fstatSync(file), 'file');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
};

const openOwn = (path: string, how: number = constants.O_RDONLY): number | undefined => {
  try {
    return openSync(path, how | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw isLink(path);
    if (code !== 'EACCES') throw error;
    throw new StartFault(
      'file_of_another',
      `${path} may not be read by the user the agent runs as; run \`chown ${ownUser()} ${path}\`.`,
      { cause: error },
    );
  }
};

/** Replaces a file whole: written beside, flushed, renamed, and the directory flushed. */
export const replaceOwn = (path: string, text: string): void => {
  const beside = `${path}.new`;
  // One that a power cut left is not written into: its mode, or where it leads, might be anybody's.
  rmSync(beside, { force: true });
  const file = openSync(beside, 'wx', ownerOnlyFile);
  try {
    // All of it or ENOSPC: a disk that fills up takes a part of one write(2), and calls that success.
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  flushDirectory(dirname(path));
};

/** Overwrites a file with zeros and removes it, if it is there. Flash may keep old blocks all the same. */
export const destroyOwn = (path: string): void => {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  // Where it leads is not this device's to destroy.
  if (isLink) return removeOwn(path);
  const file = openOwn(path, constants.O_WRONLY);
  if (file === undefined) return;
  try {
    writeFileSync(file, new Uint8Array(fstatSync(file).size));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  removeOwn(path);
};

/** Moves a file into a folder of the owner's, which is made if need be, and flushes both. */
export const moveOwn = (path: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true, mode: ownerOnlyDirectory });
  flushDirectory(dirname(dirname(to)));
  renameSync(path, to);
  flushDirectory(dirname(to));
  flushDirectory(dirname(path));
};

/** Removes a file, if it is there, and flushes the directory. */
export const removeOwn = (path: string): void => {
  rmSync(path, { force: true });
  flushDirectory(dirname(path));
};

const flushDirectory = (path: string): void => {
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
};

// Only Windows has no user ids, and no modes either.
const ownUser = (): number => process.geteuid?.() ?? 0;

const refuseLoose = (path: string, { uid, mode }: Stats, what: 'directory' | 'file'): void => {
  if (uid !== ownUser()) {
    throw new StartFault(
      `${what}_of_another`,
      `${path} belongs to user ${uid}, this runs as user ${ownUser()}; run it as user ${uid} ` +
        `(\`sudo -u '#${uid}' …\`), or run \`chown ${ownUser()} ${path}\`.`,
    );
  }
  if ((mode & forOthers) === 0) return;
  const [may, chmod] = what === 'file' ? ['read', '600'] : ['entered', '700'];
  throw new StartFault(
    `${what}_too_open`,
    `${path} may be ${may} by others; run \`chmod ${chmod} ${path}\`.`,
  );
};

const isLink = (path: string): StartFault =>
  new StartFault(
    'symbolic_link',
    `${path} is a symbolic link, and where that leads is not checked; put what it names in its place.`,
  );
