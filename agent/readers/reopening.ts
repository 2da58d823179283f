/** Reopening: when a reader that was lost is opened again. */
import type { Clock } from '../world.ts';
import { reopenAfterMs } from './session.ts';

/** How often a reader that is not plugged in is looked for, ms. */
export const lookEveryMs = 1_000;
/** How long one that came back is left alone, ms: until then udev has given its node to the right group. */
export const settleMs = 400;

export interface ReopeningParts {
  readonly clock: Clock;
  /** Whether it is plugged in; left out where nobody can see that. */
  readonly isThere?: (() => boolean) | undefined;
  readonly losses: number;
  /** Opens it; `anew` when it was gone and came back. */
  readonly open: (anew: boolean) => void;
}

/** Waits for the right moment to open it again; gives what calls that off. */
export const reopening = ({ clock, isThere, losses, open }: ReopeningParts): (() => void) => {
  if (isThere === undefined || isThere()) {
    return clock.after(reopenAfterMs(losses), () => open(false));
  }
  let callOff = (): void => {};
  const look = (): void => {
    callOff = clock.after(lookEveryMs, () => {
      if (!isThere()) return look();
      callOff = clock.after(settleMs, () => open(true));
    });
  };
  look();
  return () => callOff();
};
