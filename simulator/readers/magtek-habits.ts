/** Bad habits of MagTek readers on a serial line, in the words of their lines. */
import { bytesOf } from '../../drivers/index.ts';
import { byteByByte, cutShort, garbageFirst } from './habits.ts';
import type { MagtekBehaviour } from './magtek-serial-line.ts';

// A habit of swipes, which leaves commands alone.
const onSwipes =
  (habit: MagtekBehaviour): MagtekBehaviour =>
  (stimulus, reader, rest) =>
    stimulus.is === 'swipe' ? habit(stimulus, reader, rest) : undefined;

/** Sends these characters right before a card. */
export const garbageBefore = (garbage: string): MagtekBehaviour =>
  onSwipes(garbageFirst(bytesOf(garbage)));

/** Stops in the middle of a record; nothing ends the line. */
export const cutAfter = (characterCount: number): MagtekBehaviour =>
  onSwipes(cutShort(characterCount));

/** Changes one character of the first record it sends, and none after that. */
export const damagedOnce = (at: number): MagtekBehaviour => {
  let isDone = false;
  return onSwipes((_stimulus, _reader, rest) => {
    const emission = rest();
    const [record, ...more] = emission?.pieces ?? [];
    if (isDone || record === undefined) return emission;
    isDone = true;
    const other = record[at] === one ? one + 1 : one;
    return { ...emission, pieces: [record.with(at, other), ...more] };
  });
};
const one = 0x31;

/** Sends every byte alone, with a pause after it. */
export const slowly = (byteGapMs: number): MagtekBehaviour => byteByByte(byteGapMs);

/** Answers no command. */
export const mute: MagtekBehaviour = ({ is }) => (is === 'command' ? { pieces: [] } : undefined);
