/**
 * Seeded dice: chance that falls the same way every time it is thrown from the same seed.
 *
 * The generator is sfc32 (Chris Doty-Humphrey's PractRand): 128 bits of state, fast, and good enough to play
 * with. No key made with it protects anything.
 */
import type { Dice } from '../../agent/world.ts';

export interface SeededDice extends Dice {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  /** Dice of their own for one part of a world: what that part throws does not change what others get. */
  fork(name: string): SeededDice;
}

/** Throws that are discarded, so that seeds that differ in one bit have nothing in common. */
const warmUp = 20;
const two32 = 2 ** 32;

/** Dice for a seed: a number, or a name. */
export const seededDice = (seed: number | string): SeededDice => {
  const word = sfc32(stateOf(`${seed}`));
  // 53 bits, as many as a number between 0 and 1 holds.
  const fraction = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  return {
    bytes: (count) => {
      const bytes = new Uint8Array(count);
      for (let i = 0; i < count; i += 1) bytes[i] = word() >>> 24;
      return bytes;
    },
    fraction,
    below: (below) => Math.floor(fraction() * below),
    fork: (name) => seededDice(`${seed}/${name}`),
  };
};

const sfc32 = ([first, second, third, fourth]: State): (() => number) => {
  let [a, b, c, counter] = [first, second, third, fourth];
  const word = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < warmUp; i += 1) word();
  return word;
};

type State = readonly [number, number, number, number];

/** Four words from a text, by FNV-1a with four starting points. */
const stateOf = (text: string): State => {
  const hash = (start: number): number => {
    let value = start % two32;
    for (const character of text) {
      value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
    }
    return value;
  };
  return [hash(0x811c9dc5), hash(0x9e3779b9), hash(0x85ebca6b), hash(0xc2b2ae35)];
};
