/** Good frames: what a reader says when it is asked and when it meets cards; what rubbish is made of. */
import { protocols, type IssuerAnswer, type LineKind } from '../../drivers/index.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { chipCard, type ChipHabits } from '../../simulator/readers/chip-card.ts';
import { purchase } from '../fixtures/purchase.ts';
import { handTimers } from '../rigs/hand-timers.ts';
import { string, type Piece, type PlayedReader } from '../rigs/played-readers.ts';

export interface GoodFrames {
  /** What a reader said at a time, piece by piece. */
  readonly bursts: readonly (readonly Piece[])[];
  /** What it says of a stripe. */
  readonly swipe: readonly Piece[];
}

const recorded = new Map<PlayedReader, GoodFrames>();

/** Everything a reader has to say, listened to once. */
export const goodFramesOf = (reader: PlayedReader): GoodFrames => {
  const known = recorded.get(reader);
  if (known !== undefined) return known;
  const frames = listened(reader);
  recorded.set(reader, frames);
  return frames;
};

const approved: IssuerAnswer = { result: 'approved', responseCode: '00' };
const declined: IssuerAnswer = { result: 'declined', responseCode: '05' };

/** Longer than any reader takes to say who it is, and any question to be given up. */
const settledMs = 20_000;

const chips: Partial<ChipHabits>[] = [
  {},
  { decides: 'TC', verification: 'pin_offline' },
  { decides: 'AAC' },
  { unreadable: true },
  { leavesBeforeAnswer: true },
];

const listened = (played: PlayedReader): GoodFrames => {
  const timers = handTimers();
  const bursts: Piece[][] = [];
  let burst: Piece[] = [];
  const line: LineKind = played.line;
  const { open, slot } = string(played, timers, (piece) => {
    // Some readers send Buffers, whose `slice` would be a view.
    burst.push({ ...piece, bytes: Uint8Array.from(piece.bytes) });
    return [piece];
  });
  const { openReader } = protocols[played.protocol];
  const reader = openReader({ open, line, timers, settings: {}, hear: () => {} });
  const heard = (): Piece[] => {
    timers.pass(settledMs);
    const said = burst;
    burst = [];
    if (said.length > 0) bursts.push(said);
    return said;
  };
  const met = (how: () => void): Piece[] => {
    reader.arm(purchase);
    heard();
    how();
    return heard();
  };
  heard();
  reader.test();
  heard();
  const [swipe = []] = Object.values(testCards).map((card) => {
    const said = met(() => slot.swipe(card));
    reader.disarm();
    heard();
    return said;
  });
  for (const habits of chips) {
    for (const way of ['insert', 'tap'] as const) {
      if (slot[way] === undefined) continue;
      met(() => slot[way]?.(chipCard(testCards.visa, habits)));
      reader.answer(habits.decides === undefined ? approved : declined);
      heard();
      slot.remove?.();
      reader.disarm();
      heard();
    }
  }
  reader.close();
  return { bursts, swipe };
};
