/** The real world: Node's clocks, chance and disk. The only file that looks at them. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statfsSync } from 'node:fs';
import type { FatalPoint, Mark } from './durability.ts';
import type { World } from './world.ts';

// Node's timers hold 31 bits of milliseconds and fire at once beyond; longer waits are re-armed.
const longestTimerMs = 12 * 60 * 60 * 1000;

const after = (ms: number, then: () => void): (() => void) => {
  const deadline = monotonicMs() + ms;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = Math.max(0, deadline - monotonicMs());
    timer = setTimeout(left > longestTimerMs ? arm : then, Math.min(left, longestTimerMs));
  };
  arm();
  return () => clearTimeout(timer);
};

// CLOCK_MONOTONIC counts from boot, for all processes alike.
const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Without a boot id every start counts as a reboot, which only makes time windows stricter.
    return `process-${process.pid}-${monotonicMs()}`;
  }
};

/** Kills this process at a point, as a power cut would: nothing is flushed, closed or said goodbye to. */
export const dyingAt = ({ point, time }: FatalPoint, lastWords: () => void): Mark => {
  let passed = 0;
  return (here) => {
    if (here !== point) return;
    passed += 1;
    if (passed < time) return;
    lastWords();
    process.kill(process.pid, 'SIGKILL');
  };
};

/** The world of this process; `directory` is where free space is measured. */
export const nodeWorld = (directory: string, mark?: Mark): World => ({
  clock: { monotonicMs, wallMs: () => Date.now(), after },
  dice: {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
  },
  bootId: bootId(),
  freeBytes: () => {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  },
  mark,
});
