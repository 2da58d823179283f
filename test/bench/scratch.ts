/** A scratch directory on a real disk: in memory a flush costs nothing, and every figure would flatter. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// statfs(2): the type of a file system in memory.
const tmpfsType = 0x01021994;

const places = [tmpdir(), '/var/tmp', process.cwd()];

/** Makes the directory; `remove` takes it away with all that is in it. */
export const scratchDirectory = (): { readonly path: string; remove(): void } => {
  const place = places.find((each) => statfsSync(each).type !== tmpfsType);
  if (place === undefined) {
    throw new Error(`None of ${places.join(', ')} is on a disk; set TMPDIR to a place that is.`);
  }
  const path = mkdtempSync(join(place, 'holdfast-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
