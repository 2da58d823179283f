/**
 * The kernel of the guest: Debian's own, as it is installed here or out of its package, which is unpacked
 * once into a directory of its own. A door to apt-get(8), dpkg-deb(1) and depmod(8).
 */
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mayInstall, placeOf } from '../rigs/outside.ts';

export interface Kernel {
  /** The file to boot. */
  readonly boots: string;
  /** Files of the wanted modules and of all they need, in the order to insert them. */
  readonly modules: readonly string[];
}

/** Where `.ci/run` puts the package, and where it is unpacked. */
const keptIn = join(tmpdir(), 'holdfast-guest');
const unpackedIn = join(keptIn, 'kernel');
const metaPackage = 'linux-image-amd64';
/** What of the package is unpacked: a tenth of it. */
const parts = ['boot/vmlinuz-*', 'modules.*', 'kernel/drivers/usb/*', 'kernel/drivers/hid/*'];
const otherParts = ['kernel/fs/configfs/*'];

/** A kernel that has these modules; throws a sentence that says what to install where there is none. */
export const guestKernel = (wanted: readonly string[]): Kernel => {
  const kernel = kernelIn('/', wanted) ?? kernelIn(unpackedIn, wanted);
  if (kernel !== undefined) return kernel;
  unpack(packageFile());
  return kernelIn(unpackedIn, wanted) ?? complain(`${metaPackage} lacks one of its modules`);
};

const complain = (why: string): never => {
  const install = `sudo apt-get install -y --no-install-recommends ${metaPackage}`;
  throw new Error(`The guest tests need a kernel of Debian's; run: ${install} (${why}).`);
};

/** Debian 13 has its modules under /usr. */
const moduleBases = ['.', 'usr'];

const kernelIn = (root: string, wanted: readonly string[]): Kernel | undefined => {
  for (const directory of moduleBases.map((base) => join(root, base, 'lib/modules'))) {
    for (const version of namesIn(directory).reverse()) {
      const boots = join(root, `boot/vmlinuz-${version}`);
      const modules = inOrder(join(directory, version), wanted);
      if (isReadable(boots) && modules !== undefined) return { boots, modules };
    }
  }
  return undefined;
};

// A line of modules.dep: a file, and those it needs, of which the last is to be inserted first.
const dependencies = /^(.*\/([^/]+?)\.ko(?:\.\w+)?):(.*)$/;
const canonical = (name: string): string => name.replaceAll('_', '-');

const inOrder = (directory: string, wanted: readonly string[]): string[] | undefined => {
  const list = join(directory, 'modules.dep');
  if (!existsSync(list)) return undefined;
  const files = new Map<string, readonly string[]>();
  for (const line of readFileSync(list, 'utf8').split('\n')) {
    const [, file = '', name = '', needed = ''] = dependencies.exec(line) ?? [];
    const before = needed.split(' ').filter((path) => path !== '');
    files.set(canonical(name), [...before.reverse(), file]);
  }
  const found = wanted.map((name) => files.get(canonical(name)));
  if (found.includes(undefined)) return undefined;
  return [...new Set(found.flatMap((each) => each ?? []))].map((file) => join(directory, file));
};

const packageFile = (): string => {
  mkdirSync(keptIn, { recursive: true });
  const kept = () => namesIn(keptIn).filter((name) => name.endsWith('.deb'));
  if (kept().length === 0) download();
  return join(keptIn, kept().at(-1) ?? complain('its package was not fetched'));
};

const download = (): void => {
  if (!mayInstall()) return complain('there is none here');
  const apt = (...words: string[]) =>
    execFileSync('apt-get', ['-o', 'APT::Sandbox::User=root', ...words], {
      cwd: keptIn,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  apt('update');
  const inEnglish = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } } as const;
  const told = execFileSync('apt-cache', ['depends', metaPackage], inEnglish);
  const [, kernelPackage] = /Depends: (linux-image-\S+)/.exec(told) ?? [];
  apt('download', kernelPackage ?? complain('apt-get knows none'));
};

// In its place it is whole or not there.
const unpack = (kernelPackage: string): void => {
  const scratch = mkdtempSync(join(keptIn, 'unpacking-'));
  const patterns = [...parts, ...otherParts].map((part) => `'*/${part}'`).join(' ');
  const listed = `dpkg-deb --fsys-tarfile '${kernelPackage}'`;
  const taken = `tar -x -C '${scratch}' --wildcards ${patterns}`;
  execFileSync('bash', ['-o', 'pipefail', '-c', `${listed} | ${taken}`]);
  for (const base of moduleBases.map((each) => join(scratch, each))) {
    for (const version of namesIn(join(base, 'lib/modules'))) {
      execFileSync(placeOf('depmod') ?? 'depmod', ['-b', base, version], { stdio: 'ignore' });
    }
  }
  rmSync(unpackedIn, { recursive: true, force: true });
  renameSync(scratch, unpackedIn);
};

const namesIn = (directory: string): string[] =>
  existsSync(directory) ? readdirSync(directory).sort() : [];

const isReadable = (file: string): boolean => {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};
