/** Bad habits of readers and cables that know no protocol: they change what the rest of a row sends. */
import { heardAtRate } from './baud.ts';
import type { Behaviour, Emission } from './behaviour.ts';

/** A habit that any reader may have. */
export type Habit = Behaviour<{ readonly is: string }, unknown>;

const changing =
  (change: (emission: Emission) => Emission): Habit =>
  (_stimulus, _inside, rest) => {
    const emission = rest();
    return emission && change(emission);
  };

/** Does it the first time there is something to change, and never again. */
const once = (change: (emission: Emission) => Emission): Habit => {
  let isDone = false;
  return changing((emission) => {
    if (isDone || emission.pieces.length === 0) return emission;
    isDone = true;
    return change(emission);
  });
};

/** Sends every byte alone. */
export const byteByByte = (gapMs = 0): Habit =>
  changing((emission) => ({
    ...emission,
    pieces: emission.pieces.flatMap((piece) => Array.from(piece, (byte) => Uint8Array.of(byte))),
    gapMs,
  }));

/** Sends all pieces in one, as a port does that was read late. */
export const gluedTogether: Habit = changing((emission) => ({
  ...emission,
  pieces: [Uint8Array.from(emission.pieces.flatMap((piece) => Array.from(piece)))],
}));

/** Sends these bytes before anything else. */
export const garbageFirst = (garbage: Uint8Array): Habit =>
  changing((emission) => ({ ...emission, pieces: [garbage, ...emission.pieces] }));

/** Says everything twice. */
export const twice: Habit = changing((emission) => ({
  ...emission,
  pieces: [...emission.pieces, ...emission.pieces],
}));

/** Spoils one bit of the first answer it gives; `at` counts from the end of its last piece. */
export const spoiltOnce = (at: number): Habit => spoiltAt(({ length }) => length - 1 - at);

/** Spoils one bit in the middle of the first thing it says. */
export const spoiltInsideOnce = (): Habit => spoiltAt(({ length }) => Math.floor(length / 2));

const spoiltAt = (placeIn: (piece: Uint8Array) => number): Habit =>
  once((emission) => {
    const pieces = emission.pieces.map((piece) => piece.slice());
    const last = pieces.at(-1) ?? new Uint8Array();
    const place = placeIn(last);
    if (place >= 0 && place < last.length) last[place] = (last[place] ?? 0) ^ 0x01;
    return { ...emission, pieces };
  });

/** Stops after so many bytes of everything it says; nothing ends the frame. */
export const cutShort = (byteCount: number): Habit =>
  changing((emission) => {
    let left = byteCount;
    const pieces = emission.pieces.flatMap((piece) => {
      const part = piece.slice(0, Math.max(0, left));
      left -= piece.length;
      return part.length > 0 ? [part] : [];
    });
    return { ...emission, pieces };
  });

/** Loses its power after the next thing it says. */
export const dyingAfterwards: Habit = changing((emission) => ({ ...emission, dies: true }));

/** Loses its power instead of saying anything. */
export const dyingFirst: Habit = () => ({ pieces: [], dies: true });

/** Hears everything and says nothing. */
export const stuck: Habit = () => ({ pieces: [] });

/** Refuses every question, as a HID device can; on any other line that is not heard. */
export const refusing: Habit = () => ({ pieces: [new Uint8Array()] });

/** Answers no command, and sends its cards all the same. */
export const mute: Habit = ({ is }) =>
  is === 'command' || is === 'request' ? { pieces: [] } : undefined;

/** On a line whose ends are set to different rates: it understands nothing, and what it says is noise. */
export const atAnotherRate =
  (timesAsFast: number): Habit =>
  ({ is }, _inside, rest) => {
    if (is === 'command' || is === 'request') return { pieces: [] };
    const emission = rest();
    return (
      emission && {
        ...emission,
        pieces: emission.pieces.map((piece) => heardAtRate(piece, timesAsFast)),
      }
    );
  };

/** A habit by its name, anew each time it is taken up. */
export interface NamedHabit {
  readonly says: string;
  readonly make: () => Habit;
}

/** Habits that whoever plays a reader may give it, by what they are called. */
export const habits = {
  garbage: {
    says: 'sends four bytes of noise before anything else',
    make: () => garbageFirst(Uint8Array.of(0xfe, 0x01, 0x55, 0xff)),
  },
  damaged: { says: 'spoils one bit of the next thing it says', make: spoiltInsideOnce },
  cut: { says: 'stops after ten bytes of everything', make: () => cutShort(10) },
  duplicate: { says: 'says everything twice', make: () => twice },
  slow: { says: 'sends every byte alone, 20 ms apart', make: () => byteByByte(20) },
  glued: { says: 'sends what belongs apart in one piece', make: () => gluedTogether },
  silent: { says: 'answers no command, and sends its cards', make: () => mute },
  'wrong-baud': {
    says: 'is set to half the rate of its line: hears nothing and says noise',
    make: () => atAnotherRate(2),
  },
  stuck: { says: 'hears everything and says nothing', make: () => stuck },
  dying: { says: 'loses its power instead of saying anything', make: () => dyingFirst },
  'dying-afterwards': {
    says: 'loses its power after the next thing it says',
    make: () => dyingAfterwards,
  },
} as const satisfies Readonly<Record<string, NamedHabit>>;

export type HabitName = keyof typeof habits;

/** Whether a habit of this name may be given. */
export const isHabit = (name: string): name is HabitName => Object.hasOwn(habits, name);
