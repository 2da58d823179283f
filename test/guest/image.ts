/**
 * The image a guest boots from: busybox, this machine's Node with its libraries, the built project with the
 * packages it needs for readers, and the kernel's modules. Nothing of it is fetched.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeArchive, type Packed } from './archive.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const home = '/holdfast';
/** What of `dist/` the guest runs, and the packages those parts import. */
const floors = ['contract', 'drivers', 'simulator', 'test'];
const packages = ['node-hid', 'serialport', '@serialport/parser-readline', 'typebox'];

export interface ImageWanted {
  /** Where to write it. */
  readonly path: string;
  readonly busybox: string;
  readonly modules: readonly string[];
  /** Built file to run, its path from the project's root. */
  readonly program: string;
}

/** Writes an image that inserts the modules, runs the program and powers off. */
export const writeImage = ({ path, busybox, modules, program }: ImageWanted): void => {
  const project = [
    { at: `${home}/package.json`, from: join(root, 'package.json') },
    ...floors.flatMap((floor) => filesIn(join(root, 'dist', floor), `${home}/dist/${floor}`)),
    ...packagesNeeded(packages).flatMap((name) =>
      filesIn(join(root, 'node_modules', name), `${home}/node_modules/${name}`),
    ),
  ];
  const native = project.flatMap(({ from }) => (from.endsWith('.node') ? [from] : []));
  const libraries = librariesOf([busybox, process.execPath, ...native]);
  const inserted = modules.map((from) => ({ at: `/modules/${basename(from)}`, from }));
  writeArchive(path, [
    { at: '/init', from: { text: initText({ libraries, inserted, program }) }, isProgram: true },
    { at: '/bin/busybox', from: busybox, isProgram: true },
    { at: process.execPath, from: realpathSync(process.execPath), isProgram: true },
    ...libraries.map((from) => ({ at: from, from, isProgram: true })),
    ...inserted,
    ...project,
  ]);
};

/** Seconds by the guest's clock after which it gives up. */
const runsAtMostS = 280;

const initText = ({
  libraries,
  inserted,
  program,
}: {
  readonly libraries: readonly string[];
  readonly inserted: readonly Packed[];
  readonly program: string;
}): string => {
  const libraryPath = [...new Set(libraries.map((library) => dirname(library)))].join(':');
  const insertions = inserted.map(({ at }) => `insmod ${at} ${options[basename(at)] ?? ''}`);
  const run = `timeout ${runsAtMostS} ${process.execPath} ${home}/${program}`;
  return [
    '#!/bin/busybox sh',
    '/bin/busybox --install -s /bin',
    'export PATH=/bin',
    `export LD_LIBRARY_PATH=${libraryPath}`,
    'mkdir -p /proc /sys /dev /tmp',
    'mount -t proc none /proc',
    'mount -t sysfs none /sys',
    'mount -t devtmpfs none /dev',
    ...insertions,
    'mount -t configfs none /sys/kernel/config',
    `${run} || dmesg | tail -n 40`,
    // The console is slower than what is written to it.
    'sleep 2',
    'poweroff -f',
    '',
  ].join('\n');
};

/** Two USB ports to plug readers into. */
const options: Readonly<Record<string, string>> = { 'dummy_hcd.ko': 'num=2' };

const isOfUse = (path: string): boolean =>
  /\.(?:js|cjs|mjs|json|node)$/.test(path) && !/\/prebuilds\/(?!\S*linux-x64\/)/.test(path);

const filesIn = (directory: string, at: string): (Packed & { from: string })[] => {
  const real = realpathSync(directory);
  return readdirSync(real, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => isOfUse(file) && !file.includes('musl'))
    .map((from) => ({ at: at + from.slice(real.length), from }));
};

/** These packages and all that they depend on; what lies within a package comes with it. */
const packagesNeeded = (names: readonly string[]): string[] => {
  const needed = new Set<string>();
  const need = (name: string) => {
    const manifest = join(root, 'node_modules', name, 'package.json');
    if (needed.has(name) || !existsSync(manifest)) return;
    needed.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      dependencies?: Readonly<Record<string, string>>;
    };
    for (const dependency of Object.keys(dependencies)) need(dependency);
  };
  for (const name of names) need(name);
  return [...needed];
};

/** Every shared library these files are linked to, and what loads them. */
const librariesOf = (files: readonly string[]): string[] => {
  const told = files.map(linkedTo).join('\n');
  const missing = /(\S+) => not found/.exec(told)?.[1];
  if (missing !== undefined) {
    const install = 'sudo apt-get install -y --no-install-recommends libusb-1.0-0 libudev1';
    throw new Error(`node-hid lacks ${missing}, here and so in the guest; run: ${install}`);
  }
  return [
    ...new Set([...told.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path = '']) => path)),
  ];
};

// Of a program that is linked to nothing, such as a static busybox, it says so and fails.
const linkedTo = (file: string): string => spawnSync('ldd', [file], { encoding: 'utf8' }).stdout;
