/**
 * The up lane: sends the facts the portal does not have yet, in a window of frames, and goes back when an
 * acknowledgement does not come. One lane lives as long as one session.
 */
import { linkLimits, type Ack, type Frame } from '../../contract/index.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** What an acknowledgement means. */
export type AckMeaning = 'moved' | 'repeated' | 'ignored' | 'ledger_rolled_back';

export interface UpLane {
  /** The frames that may leave now. */
  due(): Frame[];
  heard(ack: Ack): AckMeaning;
  /** The portal does not acknowledge: everything not acknowledged is due again. */
  goBack(): void;
  /** Whether frames are on their way. */
  isWaiting(): boolean;
  /** Whether the portal has said where it stands. */
  isOpen(): boolean;
  /** How many entries the portal does not have, and can be sent. */
  unsent(): number;
  /** How many it lacks that were pruned here: it was restored from a backup older than what is kept. */
  lost(): number;
}

export const upLaneOf = (ledger: Ledger, session: number): UpLane => {
  const { upLog, meta, published } = ledger;
  let acknowledged: number | undefined;
  let nextFrom = 1;
  const inFlight: number[] = [];

  const restart = (from: number) => {
    inFlight.length = 0;
    nextFrom = from;
  };

  /** How far the portal has this log; `undefined` when it has what this ledger has not. */
  const throughOf = ({ epoch, through, hash }: Ack): number | undefined => {
    const head = upLog.head();
    // The portal has not heard of this epoch yet: it begins at nothing.
    if (epoch < head.epoch) return 0;
    // What stood there was pruned, and so it had acknowledged it once; its hash nobody can compare.
    if (epoch === head.epoch && through < upLog.prunedThrough()) return through;
    return epoch === head.epoch && upLog.hashAt(through) === hash ? through : undefined;
  };

  const known = () => acknowledged ?? meta.get('acknowledged') ?? 0;

  return {
    due: () => {
      const frames: Frame[] = [];
      while (acknowledged !== undefined && inFlight.length < linkLimits.framesInFlight) {
        const run = upLog.run(nextFrom);
        if (run === undefined) break;
        const { epoch, seq: head } = upLog.head();
        frames.push({
          session,
          epoch,
          head,
          from: run.from,
          prev: run.prev,
          entries: [...run.entries],
          ...(run.pruned === true ? { pruned: true } : {}),
        });
        nextFrom = run.from + run.entries.length;
        published.offer(nextFrom - 1);
        inFlight.push(nextFrom - 1);
      }
      return frames;
    },
    heard: (ack) => {
      if (ack.session !== session) return 'ignored';
      const through = throughOf(ack);
      if (through === undefined) return 'ledger_rolled_back';
      const first = acknowledged === undefined;
      if (acknowledged !== undefined && through <= acknowledged) return 'repeated';
      acknowledged = through;
      meta.later('acknowledged', through);
      if (first) {
        restart(through + 1);
      } else {
        while ((inFlight[0] ?? Infinity) <= through) inFlight.shift();
        nextFrom = Math.max(nextFrom, through + 1);
      }
      return 'moved';
    },
    goBack: () => restart((acknowledged ?? 0) + 1),
    isWaiting: () => inFlight.length > 0,
    isOpen: () => acknowledged !== undefined,
    unsent: () => upLog.head().seq - Math.max(known(), upLog.prunedThrough()),
    lost: () => Math.max(0, upLog.prunedThrough() - known()),
  };
};
