/**
 * Before any test: the outside programs the rigs need are there, and `dist/` is the code under test.
 *
 * `HOLDFAST_RIGS=none` skips both, for tests that only read the house. What only the guest needs is looked
 * for by its own tests.
 */
import { execFileSync } from 'node:child_process';
import { needPrograms } from './rigs/outside.ts';

/** Called once by vitest. */
export const setup = (): void => {
  if (process.env['HOLDFAST_RIGS'] === 'none') return;
  const tools = ['mosquitto', 'socat', 'faketime'];
  needPrograms(
    tools.map((tool) => ({ program: tool, debianPackage: tool })),
    'The tests',
  );
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] });
};
