/**
 * What may have left the device: the last entry of the up log that was ever put into a frame.
 *
 * A stored sale that nobody has heard of may be voided on the spot. A crash in mid-session must not forget
 * that a frame left, so a session is stored as having offered everything before it may offer anything.
 */
import type { MetaTable } from './meta.ts';
import type { Place, UpLog } from './up-log.ts';

/** Stored while a session is up: whatever was in the log at the next start may have left. */
const everything = Number.MAX_SAFE_INTEGER;

export interface Published {
  /** Whether a frame with this entry may ever have left; also for one of an older epoch. */
  mayHold(place: Place | undefined): boolean;
  /** A session begins; inside the commit that stores its number. */
  sessionBegins(): void;
  /** Entries through this number leave now. */
  offer(through: number): void;
  /** The session is over; what it did not offer was not offered. */
  sessionEnds(): void;
}

export const publishedMark = (meta: MetaTable, upLog: UpLog): Published => {
  const { epoch, seq: last } = upLog.head();
  let mark = { epoch, through: Math.min(meta.get('offered') ?? 0, last) };
  // Of a new epoch nothing has left; one whose commit failed never began.
  const through = () => (mark.epoch === upLog.head().epoch ? mark.through : 0);
  return {
    mayHold: (place) =>
      place === undefined || place.epoch < upLog.head().epoch || place.seq <= through(),
    sessionBegins: () => meta.set('offered', everything),
    offer: (seq) => {
      mark = { epoch: upLog.head().epoch, through: Math.max(through(), seq) };
    },
    sessionEnds: () => meta.later('offered', through()),
  };
};
