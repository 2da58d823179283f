/** A stripe that came in clear: the card it shows, its tracks in secrets. */
import { bytesOf } from '../frames/latin1.ts';
import type { BadRead, CardRead } from '../reader.ts';
import { Secret } from '../secret.ts';
import { maskedTrack, shownOfClear } from './masking.ts';
import { readStripe } from './stripe.ts';
import type { Tracks } from './tracks.ts';

/** A card, or why there is none. */
export type ClearSwipe =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead };

/** Judges tracks of a reader that protects nothing; whether such a card may be used is for others to say. */
export const judgeClear = (tracks: Tracks): ClearSwipe => {
  const stripe = readStripe(tracks, { shown: shownOfClear });
  if (stripe.is === 'bad read') return stripe;
  const sent = tracks.map((track) => (track.is === 'read' ? track.text : ''));
  return {
    is: 'card',
    read: {
      card: stripe.card,
      entryMode: 'stripe',
      securityLevel: 'clear',
      likeness: new Secret(stripe.likeness),
      accountData: new Secret(bytesOf(JSON.stringify({ scheme: 'clear', tracks: sent }))),
    },
  };
};

/** Tracks as people may see them, and the card they show. */
export const shownClear = (tracks: Tracks): object => {
  const track = (number: 1 | 2 | 3) =>
    maskedTrack(tracks[number - 1] ?? { is: 'absent' }, { number, shown: shownOfClear });
  const shown = { track1: track(1), track2: track(2), track3: track(3) };
  const swipe = judgeClear(tracks);
  if (swipe.is === 'bad read') return { ...shown, securityLevel: 'clear', badRead: swipe.why };
  const { card, likeness, accountData } = swipe.read;
  likeness.wipe();
  accountData.wipe();
  const { maskedPan, expiry, brand } = card;
  const told = { maskedPan, ...(expiry === undefined ? {} : { expiry }), brand };
  return { ...shown, securityLevel: 'clear', card: told };
};
