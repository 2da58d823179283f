/** A user without rights, in a process of its own, who tries to open a reader. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hidLine, listen, serialLine } from './ear.ts';

/** Nobody, as Debian numbers that user. */
const nobody = { uid: 65_534, gid: 65_534 };

interface Refusal {
  readonly why: string;
  readonly detail: string;
}

/** How the stranger is refused the reader at this path. */
export const refusedToStranger = async (path: string): Promise<Refusal> => {
  const program = process.argv[1] ?? '';
  const { stdout } = await promisify(execFile)(process.execPath, [program, path], nobody);
  return JSON.parse(stdout) as Refusal;
};

/** The stranger's part: opens the reader and tells how that ended. */
export const tellRefusal = async (path: string): Promise<void> => {
  assert.equal(process.getuid?.(), nobody.uid);
  const ear = listen(path.startsWith('/dev/hidraw') ? hidLine({ path }) : serialLine(path));
  const { why, detail } = await ear.hears('ended');
  process.stdout.write(JSON.stringify({ why, detail }));
};
