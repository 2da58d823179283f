/** A share of the rounds, played in a thread of its own; it tells of each, and ends at the first fault. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ProtocolName } from '../../drivers/index.ts';
import { goodFramesOf } from './good-frames.ts';
import { heapGrowthMaxBytes, heapWatch } from './heap.ts';
import { lanesOf } from './lane.ts';
import { playRound, Wrong, type Tally } from './round.ts';

/** Rounds of a protocol: seeds from one on, every so many, up to and without the end. */
export interface Share {
  readonly protocol: ProtocolName;
  readonly from: number;
  readonly step: number;
  readonly end: number;
  /** Frames of each round. */
  readonly frames: number;
}

/** What is told of a share as it goes on. */
export type Told =
  | { readonly is: 'played'; readonly seed: number; readonly tally: Tally; readonly growth: number }
  | { readonly is: 'wrong'; readonly seed: number; readonly why: string };

/** Rounds between two looks at the heap: each takes as long as a round or two. */
const roundsBetweenLooks = 20;

const play = (share: Share, tell: (told: Told) => void): void => {
  // What is listened to once and kept is no growth.
  for (const { readers } of lanesOf(share.protocol)) readers.forEach(goodFramesOf);
  const grown = heapWatch();
  let growth = 0;
  let rounds = 0;
  for (let seed = share.from; seed < share.end; seed += share.step) {
    try {
      const round = playRound({ ...share, seed });
      rounds += 1;
      const isLook = rounds % roundsBetweenLooks === 1 || seed + share.step >= share.end;
      // Measured while its reader is still there, with all it may hold.
      if (isLook) growth = Math.max(growth, grown());
      tell({ is: 'played', seed, tally: round.tally, growth });
      if (growth <= heapGrowthMaxBytes) continue;
      throw new Wrong(`${growth} bytes more are held than after the first round.`);
    } catch (error) {
      return tell({
        is: 'wrong',
        seed,
        why: error instanceof Error ? error.message : String(error),
      });
    }
  }
};

play(workerData as Share, (told) => parentPort?.postMessage(told));
