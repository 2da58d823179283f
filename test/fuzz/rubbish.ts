/** Rubbish: frames drawn by chance, or good ones gone wrong, in the pieces a line brings them in. */
import type { SeededDice } from '../../simulator/world/dice.ts';
import { playedReaders, type Piece, type PlayedReader } from '../rigs/played-readers.ts';
import { goodFramesOf } from './good-frames.ts';
import type { Lane } from './lane.ts';
import { mutated } from './mutation.ts';
import { shells } from './shell.ts';

/** Draws one frame of rubbish. */
export type Rubbish = () => readonly Piece[];

/** Bytes of the longest rubbish: longer than the longest frame of most protocols. */
const floodBytesMax = 9_000;

/** Where rubbish for a lane is drawn, made of what one of its readers says. */
export const rubbishOf = (lane: Lane, reader: PlayedReader, dice: SeededDice): Rubbish => {
  const good = goodFramesOf(reader);
  const contents = contentsOf(reader);
  const alphabet = good.swipe.flatMap(({ bytes }) => [...bytes.slice(0, 60)]);
  const one = <T>(list: readonly T[]): T | undefined => list[dice.below(list.length)];
  const letter = () => one(alphabet) ?? 0;
  const chance = (): Uint8Array =>
    dice.below(2) === 0
      ? dice.bytes(dice.below(dice.below(100) === 0 ? floodBytesMax : 80))
      : Uint8Array.from({ length: dice.below(120) }, letter);
  const anyBytes = (): Uint8Array => one(one(good.bursts) ?? [])?.bytes ?? new Uint8Array();
  const numbered = (bytes: Uint8Array): Piece => asPiece(lane, bytes, dice);
  const inShell = (): readonly Piece[] => {
    const content = mutated(one(contents) ?? chance(), dice, one(contents) ?? chance());
    const { stream, reports } = shells[lane.protocol] ?? {};
    if (lane.reports === undefined) return [{ bytes: stream?.(content) ?? content }];
    return reports?.(content) ?? [numbered(content)];
  };
  const spoilt = (): readonly Piece[] => {
    const burst = one(good.bursts) ?? [];
    const at = dice.below(burst.length);
    return burst.flatMap((piece, place): readonly Piece[] => {
      if (place !== at) return [piece];
      const bytes = mutated(piece.bytes, dice, anyBytes());
      // A report may be lost or come twice, or under another's number.
      return (
        one([
          [{ ...piece, bytes }],
          [{ ...piece, bytes }],
          [numbered(bytes)],
          [piece, piece],
          [],
        ]) ?? []
      );
    });
  };
  return () => {
    const kind = dice.below(10);
    if (kind < 2) return [numbered(chance())];
    if (kind < 6) return spoilt();
    return kind < 9 ? inShell() : (one(good.bursts) ?? []);
  };
};

// Over HID nothing longer than a report comes, and most are as long as the device says.
const asPiece = ({ reports }: Lane, bytes: Uint8Array, dice: SeededDice): Piece => {
  if (reports === undefined) return { bytes };
  const { bytesMax, numbered } = reports;
  const report = new Uint8Array(dice.below(8) === 0 ? dice.below(bytesMax + 2) : bytesMax);
  report.set(bytes.subarray(0, report.length));
  return { bytes: report, ...(numbered ? { reportId: dice.below(6) } : {}) };
};

// The same is said over every line, and on a serial one it is easiest to take out of its shell.
const contentsOf = ({ protocol, level }: PlayedReader): readonly Uint8Array[] => {
  const shell = shells[protocol];
  const twin = playedReaders.find(
    (one) => one.protocol === protocol && one.level === level && one.line === 'serial',
  );
  if (shell === undefined || twin === undefined) return [];
  const said = goodFramesOf(twin).bursts.flat();
  return said.flatMap(({ bytes }) => shell.contents(bytes).filter(({ length }) => length > 0));
};
