/** A stripe that came in clear: the card it shows, its tracks in secrets. */
import { maskedTrack, shownOfClear } from './masking.ts';
import { clearAccountData, shownSwipe, swipeOf, type Swipe } from './swipe.ts';
import type { Tracks } from './tracks.ts';

/** Judges tracks of a reader that protects nothing; whether such a card may be used is for others to say. */
export const judgeClear = (tracks: Tracks): Swipe =>
  swipeOf(tracks, {
    shown: shownOfClear,
    securityLevel: 'clear',
    accountData: clearAccountData(tracks),
  });

/** Tracks as people may see them, and the card they show. */
export const shownClear = (tracks: Tracks): object => {
  const track = (number: 1 | 2 | 3) =>
    maskedTrack(tracks[number - 1] ?? { is: 'absent' }, { number, shown: shownOfClear });
  const shown = { track1: track(1), track2: track(2), track3: track(3) };
  return { ...shown, securityLevel: 'clear', ...shownSwipe(judgeClear(tracks)) };
};
