/**
 * Programs from outside that the rigs stand on: installed by whoever may, asked for by everybody else.
 * A door to apt-get(8).
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program, and the Debian package that has it. */
export interface OutsideProgram {
  readonly program: string;
  readonly debianPackage: string;
}

const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** Where a program is, or `undefined` where it is not installed. */
export const placeOf = (program: string): string | undefined =>
  places.map((place) => join(place, program)).find((path) => existsSync(path));

/** Whether packages can be fetched and installed without asking anybody. */
export const mayInstall = (): boolean =>
  process.getuid?.() === 0 && placeOf('apt-get') !== undefined;

/** Has all of them installed, or throws a sentence that says how to. */
export const needPrograms = (needed: readonly OutsideProgram[], whatFor: string): void => {
  const missing = needed.filter(({ program }) => placeOf(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  if (!mayInstall()) {
    throw new Error(
      `${whatFor} need ${packages.join(' and ')}; run: sudo apt-get ${install.join(' ')}`,
    );
  }
  for (const words of [['update'], install]) {
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
};
