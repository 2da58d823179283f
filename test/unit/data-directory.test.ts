/** The data directory: for one agent at a time, and for its owner's eyes only. */
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDataDirectory } from '../../agent/data-directory.ts';
import { StartFault } from '../../agent/fault.ts';
import { smallDisk } from '../rigs/disk.ts';
import { freshPath } from '../rigs/open-ledger.ts';

const opened = (path = dirname(freshPath())) => {
  const directory = openDataDirectory(path);
  onTestFinished(() => directory.release());
  return directory;
};

const faultOf = (doing: () => unknown): StartFault => {
  try {
    doing();
  } catch (error) {
    if (error instanceof StartFault) return error;
    throw error;
  }
  throw new Error('It was not refused.');
};

/** A directory an agent had, closed again; `spoil` changes it. */
const spoilt = (spoil: (path: string) => void): string => {
  const directory = opened();
  directory.write('device', '{}');
  directory.release();
  writeFileSync(join(directory.path, 'ledger.sqlite'), '', { mode: 0o600 });
  spoil(directory.path);
  return directory.path;
};

const anotherUser = 12_345;

/** Gives a file to somebody else; only root may do that, and gets `true`. */
const givenAway = (path: string): boolean => {
  if (process.geteuid?.() !== 0) {
    expect(() => chownSync(path, anotherUser, 0)).toThrow(/EPERM/);
    return false;
  }
  chownSync(path, anotherUser, 0);
  return true;
};

test('a file that finds no room keeps what it said before, and says that the disk is full', (context) => {
  const answer = smallDisk({
    ...{ directory: join(dirname(freshPath()), 'disk'), bytes: 1_048_576, kind: 'tmpfs' },
  });
  // Nobody may mount a disk here.
  if (!answer.ok) return context.skip(answer.why);
  const { disk } = answer;
  onTestFinished(() => disk.release());
  const directory = openDataDirectory(disk.directory);
  onTestFinished(() => directory.release());
  directory.write('certificate', 'the old one');
  disk.fill(4_096);
  const fault = faultOf(() => directory.write('certificate', 'x'.repeat(65_536)));
  expect([fault.code, directory.read('certificate')]).toEqual(['disk_full', 'the old one']);
});

test('a data directory is used by one agent at a time', () => {
  const path = dirname(freshPath());
  const first = openDataDirectory(path);
  expect(() => openDataDirectory(path)).toThrow(/another holdfast command, is running/);
  first.release();
  const second = openDataDirectory(path);
  second.release();
});

test('its lock is for its owner only, also one that an earlier release has made', () => {
  const path = dirname(freshPath());
  writeFileSync(join(path, 'agent.lock'), '');
  chmodSync(join(path, 'agent.lock'), 0o644);
  openDataDirectory(path).release();
  expect(statSync(join(path, 'agent.lock')).mode & 0o777).toBe(0o600);
  rmSync(join(path, 'agent.lock'));
  opened(path);
  expect(statSync(join(path, 'agent.lock')).mode & 0o777).toBe(0o600);
});

test('one that is a file is refused in words', () => {
  const path = freshPath();
  writeFileSync(path, '');
  expect(faultOf(() => openDataDirectory(path)).code).toBe('data_directory_unusable');
});

describe('is refused', () => {
  test.each<[string, (path: string) => void, string, RegExp]>([
    [
      'when others may enter it',
      (path) => chmodSync(path, 0o750),
      'directory_too_open',
      /may be entered by others; run `chmod 700 .*`\.$/,
    ],
    [
      'when others may enter its identity',
      (path) => chmodSync(join(path, 'identity'), 0o711),
      'directory_too_open',
      /identity may be entered by others; run `chmod 700 .*identity`\.$/,
    ],
    [
      'when its identity is somewhere else',
      (path) => {
        renameSync(join(path, 'identity'), join(path, 'elsewhere'));
        symlinkSync(join(path, 'elsewhere'), join(path, 'identity'));
      },
      'symbolic_link',
      /identity is a symbolic link/,
    ],
    [
      'when others may read the ledger',
      (path) => chmodSync(join(path, 'ledger.sqlite'), 0o640),
      'file_too_open',
      /ledger\.sqlite may be read by others; run `chmod 600 .*ledger\.sqlite`\.$/,
    ],
    [
      'when others may read what was last written to the ledger',
      (path) => {
        writeFileSync(join(path, 'ledger.sqlite-wal'), '');
        chmodSync(join(path, 'ledger.sqlite-wal'), 0o604);
      },
      'file_too_open',
      /ledger\.sqlite-wal may be read by others/,
    ],
    [
      'when the ledger is a link',
      (path) => {
        renameSync(join(path, 'ledger.sqlite'), join(path, 'other'));
        symlinkSync(join(path, 'other'), join(path, 'ledger.sqlite'));
      },
      'symbolic_link',
      /ledger\.sqlite is a symbolic link/,
    ],
  ])('%s', (_when, spoil, code, says) => {
    const path = spoilt(spoil);
    const fault = faultOf(() => openDataDirectory(path));
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(says);
  });

  test('when it, its identity or its ledger belongs to somebody else', () => {
    for (const place of ['', 'identity', 'ledger.sqlite']) {
      const path = spoilt(() => undefined);
      if (!givenAway(join(path, place))) continue;
      const fault = faultOf(() => openDataDirectory(path));
      expect(fault.code).toMatch(/^(directory|file)_of_another$/);
      expect(fault.message).toMatch(/belongs to user 12345, this runs as user 0; run it as user/);
    }
  });
});

test('it may be reached over a link, which is the way to another disk', () => {
  const path = `${dirname(freshPath())}-link`;
  symlinkSync(dirname(freshPath()), path);
  expect(opened(path).read('device')).toBeUndefined();
});

describe('a file of it', () => {
  test('is refused when others may read it', () => {
    const directory = opened();
    directory.write('device', '{}');
    chmodSync(directory.pathOf('device'), 0o644);
    const fault = faultOf(() => directory.read('device'));
    expect(fault.code).toBe('file_too_open');
    expect(fault.message).toMatch(/device\.json may be read by others; run `chmod 600 /);
  });

  test('is refused when it is a link, wherever that leads', () => {
    const directory = opened();
    const elsewhere = join(directory.path, 'elsewhere');
    writeFileSync(elsewhere, '{}', { mode: 0o600 });
    symlinkSync(elsewhere, directory.pathOf('device'));
    expect(faultOf(() => directory.read('device')).code).toBe('symbolic_link');
    symlinkSync(join(directory.path, 'nowhere'), directory.pathOf('portal'));
    expect(faultOf(() => directory.read('portal')).code).toBe('symbolic_link');
  });

  test('is refused when it belongs to somebody else', () => {
    const directory = opened();
    directory.write('device', '{}');
    if (!givenAway(directory.pathOf('device'))) return;
    expect(faultOf(() => directory.read('device')).code).toBe('file_of_another');
  });

  test('is replaced whole, and what a power cut left beside it is not written into', () => {
    const directory = opened();
    const beside = `${directory.pathOf('device')}.new`;
    const victim = join(directory.path, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, beside);
    directory.write('device', 'new');
    expect(directory.read('device')).toBe('new');
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(existsSync(beside)).toBe(false);
    expect(statSync(directory.pathOf('device')).mode & 0o777).toBe(0o600);
  });

  test('that cannot be written is told as the directory’s fault', () => {
    const directory = opened();
    mkdirSync(directory.pathOf('device'));
    expect(faultOf(() => directory.write('device', '{}')).code).toBe('data_directory_unusable');
  });

  test('is destroyed to its last byte, whoever else has a name for it', () => {
    const directory = opened();
    const other = join(directory.path, 'other');
    directory.write('privateKey', 'a secret key');
    linkSync(directory.pathOf('privateKey'), other);
    expect(directory.filesIn('identity')).toEqual(['identity/device.key']);
    directory.destroy('identity/device.key');
    expect(existsSync(directory.pathOf('privateKey'))).toBe(false);
    expect(readFileSync(other)).toEqual(Buffer.alloc('a secret key'.length));
    directory.destroy('identity/device.key');
    expect([directory.filesIn('identity'), directory.filesIn('exports')]).toEqual([[], []]);
  });

  test('that is a link is found before anything is destroyed, and removed without what it names', () => {
    const directory = opened();
    const victim = join(directory.path, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, directory.pathOf('privateKey'));
    expect(faultOf(() => directory.checkFiles('identity')).code).toBe('symbolic_link');
    directory.destroy('identity/device.key');
    expect(directory.filesIn('identity')).toEqual([]);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });
});
