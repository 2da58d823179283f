/**
 * The archive a Linux kernel unpacks into its first file system: cpio of the "new ASCII" form
 * (Documentation/driver-api/early-userspace/buffer-format.rst). All files belong to root.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file to put in: where, and a file of this machine or text to put there. */
export interface Packed {
  readonly at: string;
  readonly from: string | { readonly text: string };
  readonly isProgram?: boolean;
}

const modes = { directory: 0o040755, program: 0o100755, file: 0o100644 } as const;

/** Writes an archive of these files, with the directories they need. */
export const writeArchive = (path: string, files: readonly Packed[]): void => {
  const archive = openSync(path, 'w');
  const made = new Set(['/']);
  let count = 0;
  const put = (at: string, mode: number, bytes: Uint8Array) => {
    count += 1;
    for (const part of entryOf(at.replace(/^\//, ''), { mode, number: count, bytes })) {
      writeSync(archive, part);
    }
  };
  const makeDirectory = (directory: string) => {
    if (made.has(directory)) return;
    made.add(directory);
    makeDirectory(dirname(directory));
    put(directory, modes.directory, new Uint8Array());
  };
  for (const { at, from, isProgram = false } of files) {
    makeDirectory(dirname(at));
    const bytes = typeof from === 'string' ? readFileSync(from) : Buffer.from(from.text);
    put(at, isProgram ? modes.program : modes.file, bytes);
  }
  put('TRAILER!!!', 0, new Uint8Array());
  closeSync(archive);
};

const entryOf = (
  name: string,
  { mode, number, bytes }: { mode: number; number: number; bytes: Uint8Array },
): Uint8Array[] => {
  const owner = [0, 0];
  const links = 1;
  const changedAt = 0;
  const devices = [0, 0, 0, 0];
  const nameBytes = Buffer.byteLength(name) + 1;
  const check = 0;
  const fields = [number, mode, ...owner, links, changedAt, bytes.length, ...devices];
  const numbers = [...fields, nameBytes, check].map((value) => value.toString(16).padStart(8, '0'));
  const head = Buffer.from(`070701${numbers.join('')}${name}\0`, 'latin1');
  return [head, fillUp(head.length), bytes, fillUp(bytes.length)];
};

// Everything begins at a multiple of four.
const fillUp = (byteCount: number): Uint8Array => new Uint8Array((4 - (byteCount % 4)) % 4);
