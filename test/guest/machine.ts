/**
 * The guest: a whole machine with a kernel of its own, played by QEMU without any help of the hardware. What
 * its program has to say comes as marked lines on its serial console.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../simulator/shop/child.ts';
import { needPrograms, placeOf } from '../rigs/outside.ts';
import { outcomeMark, type Outcome } from './inside/outcome.ts';
import { writeImage } from './image.ts';
import { guestKernel } from './kernel.ts';

export interface Guest {
  /** Resolves to `kept`, or to what was wrong, once the guest has tried the promise. */
  outcomeOf(promise: string): Promise<string>;
  stop(): Promise<void>;
}

const tools = [
  { program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' },
  { program: 'busybox', debianPackage: 'busybox-static' },
  { program: 'depmod', debianPackage: 'kmod' },
];

const modules = [
  ...['configfs', 'usbhid', 'hid-generic', 'uhid', 'cdc-acm'],
  ...['dummy_hcd', 'libcomposite', 'usb_f_hid', 'usb_f_acm'],
];

/** Lines of a guest's console that are shown when it fails. */
const lastLines = 30;
const memoryMiB = 1_024;
const boots = ['console=ttyS0', 'quiet', 'loglevel=1', 'panic=-1', 'random.trust_cpu=on'];

/** Boots a guest that runs a built file. Throws a sentence where a package is missing. */
export const bootGuest = (program: string): Guest => {
  needPrograms(tools, 'The guest tests');
  const kernel = guestKernel(modules);
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-guest-'));
  const image = join(directory, 'image');
  const busybox = placeOf('busybox') ?? '';
  writeImage({ path: image, busybox, modules: kernel.modules, program });
  const outcomes = new Map<string, string>();
  const waiting = new Set<() => void>();
  const look = () => {
    for (const each of waiting) each();
  };
  const take = lines((line) => {
    const [, json] = line.split(outcomeMark);
    if (json === undefined) return;
    const { promise, outcome } = JSON.parse(json) as Outcome;
    outcomes.set(promise, outcome);
    look();
  });
  const machine = startChild({
    command: 'qemu-system-x86_64',
    args: [
      ...['-machine', 'q35,accel=tcg', '-cpu', 'max', '-m', String(memoryMiB), '-smp', '2'],
      ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-net', 'none'],
      ...['-no-reboot', '-kernel', kernel.boots, '-initrd', image, '-append', boots.join(' ')],
    ],
    hear: (stream, bytes) => {
      if (stream === 'stdout') take(bytes);
    },
  });
  const lastWords = () => machine.output().trim().split('\n').slice(-lastLines).join('\n');
  let isOff = false;
  void machine.ended.then(() => {
    isOff = true;
    look();
  });
  return {
    outcomeOf: (promise) =>
      new Promise((resolve) => {
        const tell = () => {
          const end = isOff ? `The guest ended before it tried this: ${lastWords()}` : undefined;
          const told = outcomes.get(promise) ?? end;
          if (told === undefined) return;
          waiting.delete(tell);
          resolve(told);
        };
        waiting.add(tell);
        tell();
      }),
    async stop() {
      machine.kill('SIGKILL');
      await machine.ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** Cuts what comes into lines. */
const lines = (hear: (line: string) => void): ((bytes: Uint8Array) => void) => {
  let begun = '';
  return (bytes) => {
    const [first = '', ...more] = Buffer.from(bytes).toString('utf8').split('\n');
    const texts = [begun + first, ...more];
    begun = texts.pop() ?? '';
    for (const text of texts) hear(text.trim());
  };
};
