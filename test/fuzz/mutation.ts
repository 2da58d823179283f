/** Mutations: what becomes of good bytes on a bad day. */
import type { SeededDice } from '../../simulator/world/dice.ts';

/** Changes bytes; `other` is what is spliced in. */
type Mutation = (bytes: Uint8Array, dice: SeededDice, other: Uint8Array) => Uint8Array;

/** Bytes that are a boundary of something: of a sign, of a length, of a frame. */
const telling = [
  0x00, 0x01, 0x02, 0x03, 0x06, 0x0d, 0x15, 0x1b, 0x7f, 0x80, 0x81, 0xc0, 0xdb, 0xff,
];

const mutations: readonly Mutation[] = [
  function flipBits(bytes, dice) {
    const copy = bytes.slice();
    for (let count = 1 + dice.below(8); count > 0; count -= 1) {
      const at = dice.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8));
    }
    return copy;
  },
  function replaceByte(bytes, dice) {
    return bytes.with(dice.below(bytes.length), dice.below(256));
  },
  function replaceByTelling(bytes, dice) {
    return bytes.with(dice.below(bytes.length), telling[dice.below(telling.length)] ?? 0);
  },
  function lieAboutLength(bytes, dice) {
    const at = dice.below(bytes.length);
    const copy = bytes.with(at, dice.below(256));
    return at + 1 < copy.length ? copy.with(at + 1, dice.below(5)) : copy;
  },
  function changeDigit(bytes, dice) {
    const start = dice.below(bytes.length);
    const at = bytes.findIndex((byte, place) => place >= start && byte >= 0x30 && byte <= 0x39);
    return at === -1 ? bytes.slice() : bytes.with(at, 0x30 + dice.below(10));
  },
  function cutEnd(bytes, dice) {
    return bytes.slice(0, dice.below(bytes.length));
  },
  function cutFront(bytes, dice) {
    return bytes.slice(1 + dice.below(bytes.length));
  },
  function loseMiddle(bytes, dice) {
    const from = dice.below(bytes.length);
    return joined(bytes.slice(0, from), bytes.slice(from + 1 + dice.below(16)));
  },
  function insertNoise(bytes, dice) {
    const at = dice.below(bytes.length + 1);
    return joined(bytes.slice(0, at), dice.bytes(1 + dice.below(24)), bytes.slice(at));
  },
  function double(bytes) {
    return joined(bytes, bytes);
  },
  function stutter(bytes, dice) {
    const at = dice.below(bytes.length);
    const part = bytes.slice(at, at + 1 + dice.below(40));
    return joined(bytes.slice(0, at), part, part, bytes.slice(at));
  },
  function splice(bytes, dice, other) {
    return joined(bytes.slice(0, dice.below(bytes.length)), other.slice(dice.below(other.length)));
  },
];

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));

/** Bytes changed in one way or several. */
export const mutated = (bytes: Uint8Array, dice: SeededDice, other: Uint8Array): Uint8Array => {
  let changed = bytes;
  for (let count = 1 + dice.below(3); count > 0 && changed.length > 0; count -= 1) {
    changed = mutations[dice.below(mutations.length)]?.(changed, dice, other) ?? changed;
  }
  return changed;
};
