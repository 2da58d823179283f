/** A stripe: the card its tracks show, or why they show none. */
import type { MaskedCard } from '../../contract/index.ts';
import type { BadRead } from '../reader.ts';
import { maskedCard, type Shown } from './masking.ts';
import { readFinancial, type FinancialTrack, type Tracks } from './tracks.ts';

/** What a stripe shows. */
export type StripeRead =
  | {
      readonly is: 'card';
      readonly card: MaskedCard;
      /** What stays the same whenever this card is read: of what may be shown, and no more. */
      readonly likeness: string;
    }
  | { readonly is: 'bad read'; readonly why: BadRead };

/** The card on a stripe; track 2 is what counts, track 1 helps out. */
export const readStripe = (
  tracks: Tracks,
  { shown, maskCharacter }: { readonly shown: Shown; readonly maskCharacter?: string },
): StripeRead => {
  const track1 = readFinancial(tracks[0], 1, maskCharacter);
  const track2 = readFinancial(tracks[1], 2, maskCharacter);
  const track = track2 ?? track1;
  if (track === undefined) return { is: 'bad read', why: whyNoCard(tracks) };
  // Not every way to send a stripe has a CRC, so the tracks vouch for each other.
  if (track1 !== undefined && !agree(track1, track)) return { is: 'bad read', why: 'damaged' };
  const card = maskedCard(track, shown);
  // A hash of a whole number can be found out by trying all of them.
  return { is: 'card', card, likeness: `${card.maskedPan}=${track.expiry ?? ''}` };
};

const whyNoCard = (tracks: Tracks): BadRead =>
  tracks.some(({ is }) => is === 'bad') ? 'bad_track' : 'no_data';

const agree = (one: FinancialTrack, other: FinancialTrack): boolean =>
  one.pan === other.pan && one.expiry === other.expiry;
