/** Bad habits of readers and cables that know no protocol: they change what the rest of a row sends. */
import type { Behaviour, Emission } from './behaviour.ts';

type Habit = Behaviour<unknown, unknown>;

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
export const spoiltOnce = (at: number): Habit =>
  once((emission) => {
    const pieces = emission.pieces.map((piece) => piece.slice());
    const last = pieces.at(-1);
    const place = (last?.length ?? 0) - 1 - at;
    if (last !== undefined && place >= 0) last[place] = (last[place] ?? 0) ^ 0x01;
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
