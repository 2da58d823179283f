/**
 * A virtual clock: time that stands still until it is told to pass, and passes the same way every time.
 *
 * Monotonic and wall time are two things: both go on together, and only wall time can jump. Timers run on the
 * monotonic one, in the order they fall due, and those due in the same moment in the order they were armed.
 */
import type { Clock } from '../../agent/world.ts';

/** Timers that may run without time moving on; more are a circle that would never end. */
const timersPerMomentMax = 100_000;

export interface VirtualClock extends Clock {
  /** Lets time pass; runs what falls due on the way, also what is armed on the way. */
  advance(ms: number): void;
  /** Sets the wall clock ahead or, with a negative number, back; no timer notices. */
  jumpWall(ms: number): void;
  /** Milliseconds until the next timer falls due, or `undefined` when none is armed. */
  nextDueInMs(): number | undefined;
  /** Calls off every timer: what happens to a process that is killed. */
  callOffAll(): void;
}

interface Timer {
  readonly dueMs: number;
  readonly then: () => void;
}

/** A clock at the given times: by default a machine booted a moment ago, on 1 December 2026, 08:00 UTC. */
export const virtualClock = ({
  monotonicMs = 1_000,
  wallMs = Date.UTC(2026, 11, 1, 8),
}: { monotonicMs?: number; wallMs?: number } = {}): VirtualClock => {
  let now = monotonicMs;
  let wallAhead = wallMs - monotonicMs;
  let passing = false;
  const timers: Timer[] = [];

  const pass = (untilMs: number): void => {
    let ran = 0;
    for (let next = timers[0]; next !== undefined && next.dueMs <= untilMs; next = timers[0]) {
      timers.shift();
      ran = next.dueMs > now ? 0 : ran + 1;
      if (ran > timersPerMomentMax) throw new Error(`Timers arm each other for ever at ${now} ms.`);
      now = next.dueMs;
      next.then();
    }
    now = untilMs;
  };

  return {
    monotonicMs: () => now,
    wallMs: () => now + wallAhead,
    after: (ms, then) => {
      // Whole milliseconds, as real clocks have them; never early.
      const timer = { dueMs: now + Math.max(0, Math.ceil(ms)), then };
      timers.splice(placeFor(timers, timer.dueMs), 0, timer);
      return () => {
        const place = timers.indexOf(timer);
        if (place >= 0) timers.splice(place, 1);
      };
    },
    advance: (ms) => {
      if (!(ms >= 0)) throw new RangeError(`Time cannot pass by ${ms} ms; it only goes forwards.`);
      if (passing) throw new Error('Time passes already; a timer cannot make it pass.');
      passing = true;
      try {
        pass(now + Math.ceil(ms));
      } finally {
        passing = false;
      }
    },
    jumpWall: (ms) => {
      wallAhead += Math.trunc(ms);
    },
    nextDueInMs: () => (timers[0] === undefined ? undefined : timers[0].dueMs - now),
    callOffAll: () => {
      timers.length = 0;
    },
  };
};

/** Behind every timer that is due as early: the place that keeps the order of arming. */
const placeFor = (timers: readonly Timer[], dueMs: number): number => {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timers[middle]?.dueMs ?? Infinity) <= dueMs) low = middle + 1;
    else high = middle;
  }
  return low;
};
