/** A clock of one's own: the world's, but all that was ordered of it can be called off at once. */
import type { Clock } from './world.ts';

export interface OwnClock extends Clock {
  /** Calls off everything that has not happened yet. */
  callOffAll(): void;
}

/** `guard` runs what was ordered, and catches what it throws. */
export const ownClock = (clock: Clock, guard: (then: () => void) => void): OwnClock => {
  const ordered = new Set<() => void>();
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    after: (ms, then) => {
      const cancel = clock.after(ms, () => {
        ordered.delete(callOff);
        guard(then);
      });
      const callOff = () => {
        ordered.delete(callOff);
        cancel();
      };
      ordered.add(callOff);
      return callOff;
    },
    callOffAll: () => {
      for (const callOff of [...ordered]) callOff();
    },
  };
};
