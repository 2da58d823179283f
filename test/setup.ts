/**
 * Before any test: the outside programs the rigs need are there, and `dist/` is the code under test.
 *
 * `HOLDFAST_RIGS=none` skips both, for tests that only read the house.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const tools = ['mosquitto', 'socat'];
const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const isThere = (tool: string): boolean => places.some((place) => existsSync(join(place, tool)));

/** Called once by vitest. */
export const setup = (): void => {
  if (process.env['HOLDFAST_RIGS'] === 'none') return;
  const missing = tools.filter((tool) => !isThere(tool));
  if (missing.length > 0) install(missing);
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] });
};

const install = (missing: readonly string[]): void => {
  const words = ['install', '-y', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    throw new Error(
      `The tests need ${missing.join(' and ')}; run: sudo apt-get ${words.join(' ')}`,
    );
  }
  for (const each of [['update'], words]) {
    execFileSync('apt-get', each, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
};
