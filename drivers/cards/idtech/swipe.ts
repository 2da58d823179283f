/** A swipe: what a record means for whoever waits for a card. */
import { shownAround, type Shown } from '../masking.ts';
import { readStripe } from '../stripe.ts';
import { readFinancial } from '../tracks.ts';
import { toHex } from '../../frames/hex.ts';
import { bytesOf } from '../../frames/latin1.ts';
import type { BadRead, CardRead, SecurityLevel } from '../../reader.ts';
import { Secret } from '../../secret.ts';
import type { Ciphertext, SwipeRecord } from './record.ts';

/** How a reader masks: what hides a character of a track. */
export interface SwipeMask {
  readonly maskCharacter: string;
}

/** A card, or why there is none. */
export type Swipe =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead };

const isoAba = 0;

/** Judges a record; card data goes into secrets here and nowhere else. */
export const judge = (record: SwipeRecord, settings: SwipeMask): Swipe => {
  // Licences, raw tracks and keyed numbers are no payment card's stripe.
  if (record.encoding !== isoAba) return { is: 'bad read', why: 'no_data' };
  const shown = shownOf(record, settings);
  const stripe = readStripe(record.tracks, { shown, maskCharacter: settings.maskCharacter });
  if (stripe.is === 'bad read') return stripe;
  return {
    is: 'card',
    read: {
      card: stripe.card,
      entryMode: 'stripe',
      securityLevel: securityLevelOf(record),
      likeness: new Secret(stripe.likeness),
      accountData: new Secret(bytesOf(JSON.stringify(accountDataOf(record)))),
    },
  };
};

/** How the reader protected this record: a payment track that was sent in clear gives it all away. */
export const securityLevelOf = ({ shownTracks, ...record }: SwipeRecord): SecurityLevel => {
  const paymentTracks = 0b011;
  const { ciphertext } = record;
  const isClear = (shownTracks & ~record.encryptedTracks & paymentTracks) !== 0;
  if (isClear || ciphertext === undefined) return 'clear';
  // Only at level 4 is there a session id (SecureMag p. 43).
  return ciphertext.encryptedSessionId === undefined ? 'encrypted' : 'authenticated';
};

/** What of the number may be shown: the digits the reader left at either end, and six and four at most. */
export const shownOf = ({ tracks }: SwipeRecord, { maskCharacter }: SwipeMask): Shown => {
  const track =
    readFinancial(tracks[1], 2, maskCharacter) ?? readFinancial(tracks[0], 1, maskCharacter);
  return shownAround(track?.pan ?? '');
};

// What goes into the envelope for the portal; only there can it be decrypted.
const accountDataOf = (record: SwipeRecord): object => {
  const { ciphertext, format, lengths, tracks } = record;
  if (ciphertext === undefined || securityLevelOf(record) === 'clear') {
    return { scheme: 'clear', tracks: tracks.map((one) => (one.is === 'read' ? one.text : '')) };
  }
  return { scheme: 'idtech-dukpt', format, lengths, ...inHex(ciphertext) };
};

/** Ciphertext as text, field by field. */
export const inHex = (ciphertext: Ciphertext): Readonly<Record<string, string | string[]>> =>
  Object.fromEntries(
    Object.entries(ciphertext).map(([name, value]: [string, Ciphertext[keyof Ciphertext]]) => {
      if (value instanceof Uint8Array) return [name, toHex(value)];
      return [
        name,
        typeof value === 'string' || value === undefined ? (value ?? '') : value.map(toHex),
      ];
    }),
  );
