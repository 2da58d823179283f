/** Writes: what waits to be sent over a line. One is under way at a time, each with a deadline. */
import type { LineEnd, Timers } from './line.ts';

/** Writes that may wait behind the one under way. */
export const writesWaitingMax = 16;

/** The writes of one line. */
export interface Writes {
  /** Takes bytes to send in their turn. */
  add(bytes: Uint8Array): void;
  /** From now on they leave. */
  start(): void;
  /** None leaves any more, and nothing is said of the one under way. */
  stop(): void;
}

export interface WritesParts {
  readonly timers: Timers;
  /** Where they go, as people call it. */
  readonly path: string;
  /** Milliseconds one write may take. */
  readonly withinMs: number;
  readonly write: (bytes: Uint8Array, done: (error?: Error | null) => void) => void;
  /** What it means that a write took too long, where that is not the same for all. */
  readonly late?: (bytes: Uint8Array) => readonly [LineEnd, string] | undefined;
  /** Told once, when a write fails or too many wait. */
  readonly fail: (why: LineEnd, detail: string) => void;
}

/** Writes that leave once they are started. */
export const writesOf = (parts: WritesParts): Writes => {
  const { timers, path, withinMs, write, fail } = parts;
  const waiting: Uint8Array[] = [];
  let state: 'held' | 'going' | 'writing' | 'stopped' = 'held';
  let callOff = (): void => {};
  const stop = (): void => {
    state = 'stopped';
    waiting.length = 0;
    callOff();
  };
  const give = (why: LineEnd, detail: string): void => {
    stop();
    fail(why, detail);
  };
  const next = (): void => {
    const bytes = state === 'going' ? waiting.shift() : undefined;
    if (bytes === undefined) return;
    state = 'writing';
    callOff = timers.after(withinMs, () => {
      const found = `${path} took no bytes within ${withinMs} ms`;
      const usual = [
        'write_timeout',
        `${found}; check the cable and the power of the device.`,
      ] as const;
      give(...(parts.late?.(bytes) ?? usual));
    });
    write(bytes, (error) => {
      if (state !== 'writing') return;
      callOff();
      if (error) return give('unplugged', `${path} refused a write: ${error.message}.`);
      state = 'going';
      next();
    });
  };
  return {
    add(bytes) {
      if (state === 'stopped') return;
      if (waiting.length < writesWaitingMax) {
        waiting.push(bytes);
        return next();
      }
      const found = `${waiting.length} writes wait for ${path} already`;
      give('failed', `${found}; the device does not take them.`);
    },
    start() {
      if (state !== 'held') return;
      state = 'going';
      next();
    },
    stop,
  };
};
