/**
 * A small disk that fills up honestly: a tmpfs of a given size, or an ext4 in a file. Mounting takes root and
 * a container that allows it; where it is not permitted the answer says so. A door to mount(8).
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export interface DiskWanted {
  /** Where it is to be mounted; it is made, and removed again. */
  readonly directory: string;
  readonly bytes: number;
  /** `ext4` keeps what was flushed across an unmount and answers fsync as a disk does. */
  readonly kind: 'tmpfs' | 'ext4';
}

export interface Disk {
  readonly directory: string;
  /** Fills it until so many bytes are free. */
  fill(leaveBytes: number): void;
  /** Takes away what filled it. */
  empty(): void;
  /** Mounts it anew in place, for reading only or for writing too. */
  remount(how: 'ro' | 'rw'): void;
  /** Unmounts it and removes what it was made of. Close every file on it first. */
  release(): void;
}

export type DiskAnswer =
  { readonly ok: true; readonly disk: Disk } | { readonly ok: false; readonly why: string };

/** The smallest ext4 that can be made with a journal. */
export const ext4BytesMin = 8 * 1024 * 1024;

/** Mounts a small disk, or says why that cannot be. */
export const smallDisk = ({ directory, bytes, kind }: DiskWanted): DiskAnswer => {
  const image = `${directory}.img`;
  const removeAll = () => {
    rmSync(image, { force: true });
    rmSync(directory, { recursive: true, force: true });
  };
  mkdirSync(directory, { recursive: true });
  try {
    if (kind === 'ext4') {
      closeSync(openSync(image, 'w'));
      truncateSync(image, bytes);
      run('mkfs.ext4', ['-q', '-m', '0', image]);
    }
    const options = kind === 'tmpfs' ? [`size=${bytes}`, 'tmpfs'] : ['loop', image];
    run('mount', ['-t', kind, '-o', ...options, directory]);
    chmodSync(directory, 0o700);
  } catch (error) {
    removeAll();
    const why = error instanceof Error ? error.message.trim() : String(error);
    return {
      ok: false,
      why: `A ${kind} cannot be mounted here: it takes root and mount(8). ${why}`,
    };
  }
  const release = () => {
    run('umount', [directory]);
    removeAll();
  };
  const filler = join(directory, 'filler');
  return {
    ok: true,
    disk: {
      directory,
      fill: (leaveBytes) => fillUp(filler, leaveBytes),
      empty: () => rmSync(filler, { force: true }),
      remount: (how) => run('mount', ['-o', `remount,${how}`, directory]),
      release,
    },
  };
};

const chunkBytes = 1024 * 1024;

const fillUp = (path: string, leaveBytes: number): void => {
  const file = openSync(path, 'a');
  for (;;) {
    const { bavail, bsize } = statfsSync(path);
    const room = bavail * bsize - leaveBytes;
    if (room <= 0) break;
    writeSync(file, Buffer.alloc(Math.min(room, chunkBytes)));
  }
  closeSync(file);
};

const run = (command: string, args: readonly string[]): void => {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  execFileSync(command, [...args], { stdio: ['ignore', 'ignore', 'pipe'], env });
};
