/** A swipe: what a card record means for whoever waits for a card. */
import type { BadRead, CardRead, SecurityLevel } from '../../reader.ts';
import { Secret } from '../../secret.ts';
import { bytesOf } from '../../frames/latin1.ts';
import { shownOfClear, shownOfMasked, type Shown } from '../../cards/masking.ts';
import { readStripe } from '../../cards/stripe.ts';
import { levelOf, troubleIn } from '../../magnesafe/status.ts';
import type { CardRecord } from './record.ts';
import type { MagtekSettings } from './settings.ts';

/** A card, or why there is none. */
export type Swipe =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead };

/** Judges a record; card data goes into secrets here and nowhere else. */
export const judge = (record: CardRecord, settings: MagtekSettings): Swipe => {
  const trouble = troubleOf(record);
  if (trouble !== undefined) return { is: 'bad read', why: trouble };
  const { maskCharacter } = settings;
  const stripe = readStripe(record.tracks, { shown: shownOf(record, settings), maskCharacter });
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

/** How the reader protected this record: by its status bits, and by its form when it has none. */
export const securityLevelOf = (record: CardRecord): SecurityLevel =>
  record.form === 'sureswipe' ? 'clear' : levelOf(record.status);

/** What of a number in this record's tracks may be shown. */
export const shownOf = (record: CardRecord, settings: MagtekSettings): Shown =>
  record.form === 'sureswipe'
    ? shownOfClear
    : shownOfMasked({ leading: settings.maskLeading, trailing: settings.maskTrailing });

const troubleOf = (record: CardRecord): BadRead | undefined => {
  if (record.form === 'sureswipe') return undefined;
  const hasData = record.fields.tracks.some((track) => track !== '');
  return troubleIn(record.status, { tracks: record.tracks, hasData });
};

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
