/** A small disk fills up honestly, or the rig says why there is none. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ext4BytesMin, smallDisk } from '../../rigs/disk.ts';

const parent = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
afterAll(() => rmSync(parent, { recursive: true }));

test.each(['tmpfs', 'ext4'] as const)('a %s has as much room as was asked for', (kind) => {
  const directory = join(parent, kind);
  const bytes = ext4BytesMin;
  const answer = smallDisk({ directory, bytes, kind });
  if (!answer.ok) {
    expect(answer.why).toMatch(/cannot be mounted here: it takes root and mount\(8\)\. \w+/);
    return;
  }
  try {
    writeFileSync(join(directory, 'fits'), Buffer.alloc(1024 * 1024));
    const fill = () => writeFileSync(join(directory, 'fills'), Buffer.alloc(bytes));
    expect(fill).toThrow(/ENOSPC/);
  } finally {
    answer.disk.release();
  }
  expect(existsSync(directory)).toBe(false);
  expect(existsSync(`${directory}.img`)).toBe(false);
});

test('what cannot be mounted is said in a sentence and leaves nothing behind', () => {
  const directory = join(parent, 'too-small');
  const answer = smallDisk({ directory, bytes: 1_024, kind: 'ext4' });
  expect(answer).toMatchObject({ ok: false });
  expect(existsSync(directory)).toBe(false);
  expect(existsSync(`${directory}.img`)).toBe(false);
});
