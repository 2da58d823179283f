/**
 * Behaviours: what a simulated reader does on a stimulus. They stand in a row; the first that answers wins,
 * and one that only changes what comes out asks the rest of the row first. So a test changes one habit and
 * inherits all others.
 */
import type { Timers } from '../../drivers/index.ts';

/** What a reader sends: each piece at once, a chunk of a stream or a report, with a pause between them. */
export interface Emission {
  readonly pieces: readonly Uint8Array[];
  /** Milliseconds between two pieces; 0 and they follow at once. */
  readonly gapMs?: number;
  /** The reader is gone after the last piece, as one that lost its power. */
  readonly dies?: boolean;
}

/** A habit: what is sent on a stimulus, or `undefined` to leave it to the rest of the row. */
export type Behaviour<Stimulus, Inside> = (
  stimulus: Stimulus,
  inside: Inside,
  rest: () => Emission | undefined,
) => Emission | undefined;

/** What a row of behaviours makes of a stimulus; nothing when none of them answers. */
export const reactionOf = <Stimulus, Inside>(
  row: readonly Behaviour<Stimulus, Inside>[],
  stimulus: Stimulus,
  inside: Inside,
): Emission | undefined => {
  const from = (at: number): Emission | undefined => {
    const behave = row[at];
    if (behave === undefined) return undefined;
    return behave(stimulus, inside, () => from(at + 1)) ?? from(at + 1);
  };
  return from(0);
};

/** Where an emission goes, and what dying is. */
export interface Outlet {
  readonly timers: Timers;
  readonly send: (piece: Uint8Array) => void;
  readonly die: () => void;
}

/** Sends what a behaviour gave, piece by piece. */
export const emit = ({ pieces, gapMs = 0, dies = false }: Emission, outlet: Outlet): void => {
  const { timers, send, die } = outlet;
  const sendFrom = (at: number): void => {
    const piece = pieces[at];
    if (piece === undefined) {
      if (dies) die();
      return;
    }
    send(piece);
    if (gapMs === 0) sendFrom(at + 1);
    else timers.after(gapMs, () => sendFrom(at + 1));
  };
  sendFrom(0);
};
