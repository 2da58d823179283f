/** Timers that a test moves on by hand: no time passes but what it lets pass. */
import type { Timers } from '../../drivers/index.ts';

export interface HandTimers extends Timers {
  /** Lets time pass; what falls due runs in order, also what is set meanwhile. */
  pass(ms: number): void;
}

/** Timers standing at zero. */
export const handTimers = (): HandTimers => {
  let nowMs = 0;
  let order = 0;
  const due = new Set<{
    readonly atMs: number;
    readonly order: number;
    readonly then: () => void;
  }>();
  const nextUntil = (untilMs: number) =>
    [...due]
      .filter(({ atMs }) => atMs <= untilMs)
      .sort((one, other) => one.atMs - other.atMs || one.order - other.order)[0];
  return {
    after(ms, then) {
      const timer = { atMs: nowMs + ms, order: (order += 1), then };
      due.add(timer);
      return () => void due.delete(timer);
    },
    pass(ms) {
      const untilMs = nowMs + ms;
      for (let timer = nextUntil(untilMs); timer !== undefined; timer = nextUntil(untilMs)) {
        due.delete(timer);
        nowMs = timer.atMs;
        timer.then();
      }
      nowMs = untilMs;
    },
  };
};

/** Timers of the real world. */
export const realTimers: Timers = {
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
