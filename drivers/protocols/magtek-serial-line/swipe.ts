/** A swipe: what a card record means for whoever waits for a card. */
import type { BadRead, CardRead, SecurityLevel } from '../../reader.ts';
import { Secret } from '../../secret.ts';
import { bytesOf } from '../../frames/latin1.ts';
import type { CardRecord, TrackSent } from './record.ts';
import type { MagtekSettings } from './settings.ts';
import {
  maskedCard,
  readFinancial,
  shownOfClear,
  shownOfMasked,
  type FinancialTrack,
  type Shown,
} from './tracks.ts';

/** A card, or why there is none. */
export type Swipe =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead };

/** Judges a record; card data goes into secrets here and nowhere else. */
export const judge = (record: CardRecord, settings: MagtekSettings): Swipe => {
  const trouble = troubleIn(record);
  if (trouble !== undefined) return { is: 'bad read', why: trouble };
  const track1 = readFinancial(record.tracks[0], 1, settings);
  const track2 = readFinancial(record.tracks[1], 2, settings);
  const track = track2 ?? track1;
  if (track === undefined) return { is: 'bad read', why: whyNoCard(record.tracks) };
  // The short form has no CRC, so the tracks vouch for each other.
  if (track1 !== undefined && !agree(track1, track)) return { is: 'bad read', why: 'damaged' };
  const card = maskedCard(track, shownOf(record, settings));
  return {
    is: 'card',
    read: {
      card,
      entryMode: 'stripe',
      securityLevel: securityLevelOf(record),
      // Of what may be shown only: a hash of a whole number can be found out by trying all of them.
      likeness: new Secret(`${card.maskedPan}=${track.expiry ?? ''}`),
      accountData: new Secret(bytesOf(JSON.stringify(accountDataOf(record)))),
    },
  };
};

/** How the reader protected this record: by its status bits, and by its form when it has none. */
export const securityLevelOf = (record: CardRecord): SecurityLevel => {
  if (record.form === 'sureswipe' || !record.encrypted) return 'clear';
  return record.status.has('authenticationRequired') ? 'authenticated' : 'encrypted';
};

/** What of a number in this record's tracks may be shown. */
export const shownOf = (record: CardRecord, settings: MagtekSettings): Shown =>
  record.form === 'sureswipe' ? shownOfClear : shownOfMasked(settings);

const troubleIn = (record: CardRecord): BadRead | undefined => {
  if (record.form === 'sureswipe') return undefined;
  const { status, fields } = record;
  // Keys that ran out, ran apart or reached their limit are all mended by the maker only (p. 19).
  const spent = ['keysExhausted', 'keySynchronizationError', 'encryptionCounterExpired'] as const;
  if (spent.some((bit) => status.has(bit))) return 'keys_exhausted';
  if (status.has('timedOut')) return 'timed_out';
  if (status.has('headMessageTooShort') || status.has('headMessageWrong')) return 'damaged';
  if (record.tracks.some(({ is }) => is === 'bad')) return undefined;
  if (fields.tracks.some((track) => track !== '')) return undefined;
  // Level 4 sends no card data to a host that has not authenticated itself (p. 1).
  return status.has('authenticationRequired') ? 'not_authenticated' : 'no_data';
};

const whyNoCard = (tracks: readonly TrackSent[]): BadRead =>
  tracks.some(({ is }) => is === 'bad') ? 'bad_track' : 'no_data';

const agree = (one: FinancialTrack, other: FinancialTrack): boolean =>
  one.pan === other.pan && one.expiry === other.expiry;

// What goes into the envelope for the portal; only there can it be decrypted.
const accountDataOf = (record: CardRecord): object => {
  if (record.form === 'sureswipe') {
    const tracks = record.tracks.map((track) => (track.is === 'read' ? track.text : ''));
    return { scheme: 'clear', tracks };
  }
  const { tracks, ksn, encryptedSessionId, magnePrint } = record.fields;
  if (!record.encrypted) return { scheme: 'clear', tracks };
  return {
    scheme: 'magtek-dukpt-tdes',
    ksn,
    tracks,
    encryptedSessionId,
    ...(magnePrint === '' ? {} : { magnePrint }),
  };
};
