/** A swipe: what a record means for whoever waits for a card. */
import { shownAround, type Shown } from '../masking.ts';
import { clearAccountData, swipeOf, type Swipe } from '../swipe.ts';
import { readFinancial } from '../tracks.ts';
import { toHex } from '../../frames/hex.ts';
import type { SecurityLevel } from '../../reader.ts';
import type { Ciphertext, SwipeRecord } from './record.ts';

/** How a reader masks: what hides a character of a track. */
export interface SwipeMask {
  readonly maskCharacter: string;
}

const isoAba = 0;

/** Judges a record. */
export const judge = (record: SwipeRecord, settings: SwipeMask): Swipe => {
  // Licences, raw tracks and keyed numbers are no payment card's stripe.
  if (record.encoding !== isoAba) return { is: 'bad read', why: 'no_data' };
  return swipeOf(record.tracks, {
    shown: shownOf(record, settings),
    maskCharacter: settings.maskCharacter,
    securityLevel: securityLevelOf(record),
    accountData: accountDataOf(record),
  });
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

const accountDataOf = (record: SwipeRecord): object => {
  const { ciphertext, format, lengths, tracks } = record;
  if (ciphertext === undefined || securityLevelOf(record) === 'clear') {
    return clearAccountData(tracks);
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
