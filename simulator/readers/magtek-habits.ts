/** Bad habits of readers and cables, to be put in front of a simulated reader's own behaviour. */
import { bytesOf } from '../../drivers/index.ts';
import type { MagtekBehaviour, MagtekInside, MagtekStimulus } from './magtek-serial-line.ts';

type Change = (line: string) => string;

// A habit that changes the line of a swipe, and leaves commands alone.
const swipesSend =
  (change: Change): MagtekBehaviour =>
  (stimulus: MagtekStimulus, reader: MagtekInside) =>
    stimulus.is === 'swipe' ? { bytes: bytesOf(change(reader.lineFor(stimulus))) } : undefined;

/** Sends these characters right before a card. */
export const garbageBefore = (garbage: string): MagtekBehaviour =>
  swipesSend((line) => garbage + line);

/** Stops in the middle of a record; nothing ends the line. */
export const cutAfter = (characterCount: number): MagtekBehaviour =>
  swipesSend((line) => line.slice(0, characterCount));

/** Changes one character of the first record it sends, and none after that. */
export const damagedOnce = (at: number): MagtekBehaviour => {
  let isDone = false;
  return swipesSend((line) => {
    if (isDone) return line;
    isDone = true;
    return line.slice(0, at) + (line[at] === '1' ? '2' : '1') + line.slice(at + 1);
  });
};

/** Sends every byte alone, with a pause after it. */
export const slowly =
  (byteGapMs: number): MagtekBehaviour =>
  (stimulus, reader) => ({ bytes: bytesOf(reader.lineFor(stimulus)), byteGapMs });

/** Answers no command. */
export const mute: MagtekBehaviour = ({ is }) =>
  is === 'command' ? { bytes: new Uint8Array() } : undefined;
