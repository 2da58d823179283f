/** A swipe: what a stripe means for whoever waits for a card. Card data goes into secrets here. */
import { bytesOf } from '../frames/latin1.ts';
import { wipeRead, type BadRead, type CardRead, type SecurityLevel } from '../reader.ts';
import { Secret } from '../secret.ts';
import type { Shown } from './masking.ts';
import { readStripe } from './stripe.ts';
import type { Tracks } from './tracks.ts';

/** A card, or why there is none. */
export type Swipe =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead };

/** How a reader hides what it sends of a card. */
export interface Protection {
  /** What of the number may be shown. */
  readonly shown: Shown;
  readonly maskCharacter?: string;
  readonly securityLevel: SecurityLevel;
  /** What goes into the envelope for the portal; only there can it be decrypted. */
  readonly accountData: object;
}

/** Tracks as a reader that protects nothing sends them. */
export const clearAccountData = (tracks: Tracks): object => ({
  scheme: 'clear',
  tracks: tracks.map((track) => (track.is === 'read' ? track.text : '')),
});

/** The swipe of these tracks. */
export const swipeOf = (tracks: Tracks, protection: Protection): Swipe => {
  const { securityLevel, accountData } = protection;
  const stripe = readStripe(tracks, protection);
  if (stripe.is === 'bad read') return stripe;
  return {
    is: 'card',
    read: {
      card: stripe.card,
      entryMode: 'stripe',
      securityLevel,
      likeness: new Secret(stripe.likeness),
      accountData: new Secret(bytesOf(JSON.stringify(accountData))),
    },
  };
};

/** A swipe as people may see it; its secrets are wiped. */
export const shownSwipe = (swipe: Swipe): object => {
  if (swipe.is === 'bad read') return { badRead: swipe.why };
  wipeRead(swipe.read);
  const { maskedPan, expiry, brand } = swipe.read.card;
  return { card: { maskedPan, ...(expiry === undefined ? {} : { expiry }), brand } };
};
