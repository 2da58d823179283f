/** Tools of the operating system that the demo and the tests need; installed when that is possible. */
import { spawnSync } from 'node:child_process';

/** Whether the system has a tool. */
export const isThere = (tool: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${tool} || test -x /usr/sbin/${tool}`]).status === 0;

/**
 * Installs what is missing with apt-get when run as root; else throws a sentence with the command that
 * would.
 */
export const ensureTools = (tools: readonly string[], say: (line: string) => void): void => {
  const missing = tools.filter((tool) => !isThere(tool));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const mayInstall = process.getuid?.() === 0 && isThere('apt-get');
  if (mayInstall) {
    say(`Installing ${missing.join(' and ')} …`);
    const run = spawnSync('sh', ['-c', `apt-get update -qq && ${command} -qq`], {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (run.status === 0 && missing.every(isThere)) return;
  }
  throw new Error(`Missing: ${missing.join(', ')}. Install with: sudo ${command}`);
};
