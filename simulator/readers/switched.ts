/** A habit that whoever plays a reader switches on and off, and that pulls the cable of one that dies. */
import type { Timers } from '../../drivers/index.ts';
import type { Habit, NamedHabit } from './habits.ts';

export interface SwitchedHabit {
  readonly habit: Habit;
  /** Whether it is on; switched on, it begins anew. */
  readonly isOn: () => boolean;
  readonly toggle: () => void;
}

/** The habit, switched on. A reader that loses its power leaves its line, and is plugged in again by hand. */
export const switchedHabit = (
  { make }: NamedHabit,
  timers: Timers,
  pull: () => void,
): SwitchedHabit => {
  let current: Habit | undefined = make();
  return {
    habit(stimulus, inside, rest) {
      const emission = current?.(stimulus, inside, rest);
      if (emission?.dies !== true) return emission;
      const { pieces, gapMs = 0 } = emission;
      timers.after(pieces.length * gapMs, pull);
      return { ...emission, dies: false };
    },
    isOn: () => current !== undefined,
    toggle() {
      current = current === undefined ? make() : undefined;
    },
  };
};
