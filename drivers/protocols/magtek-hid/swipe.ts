/** A swipe: what a report means for whoever waits for a card. */
import { shownOfClear, shownOfMasked, type Shown } from '../../cards/masking.ts';
import { readStripe } from '../../cards/stripe.ts';
import { bytesOf } from '../../frames/latin1.ts';
import { levelOf, troubleIn } from '../../magnesafe/status.ts';
import type { BadRead, CardRead, SecurityLevel } from '../../reader.ts';
import { Secret } from '../../secret.ts';
import type { SwipeReport } from './report.ts';
import { leftByMask, type MagtekHidSettings } from './settings.ts';

/** A card, or why there is none. */
export type Swipe =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead };

/** Judges a report; card data goes into secrets here and nowhere else. */
export const judge = (report: SwipeReport, settings: MagtekHidSettings): Swipe => {
  const trouble = troubleOf(report);
  if (trouble !== undefined) return { is: 'bad read', why: trouble };
  const { maskCharacter } = settings;
  const stripe = readStripe(report.tracks, { shown: shownOf(report, settings), maskCharacter });
  if (stripe.is === 'bad read') return stripe;
  return {
    is: 'card',
    read: {
      card: stripe.card,
      entryMode: 'stripe',
      securityLevel: securityLevelOf(report),
      likeness: new Secret(stripe.likeness),
      accountData: new Secret(bytesOf(JSON.stringify(accountDataOf(report)))),
    },
  };
};

/** How the reader protected this swipe. A SureSwipe protects nothing. */
export const securityLevelOf = (report: SwipeReport): SecurityLevel =>
  report.form === 'sureswipe' ? 'clear' : levelOf(report.status);

/** What of a number in this report's tracks may be shown. */
export const shownOf = (report: SwipeReport, settings: MagtekHidSettings): Shown =>
  report.form === 'sureswipe' ? shownOfClear : shownOfMasked(leftByMask(settings));

const troubleOf = (report: SwipeReport): BadRead | undefined => {
  if (report.form === 'sureswipe') return undefined;
  const { status, tracks, fields } = report;
  const hasData = fields.tracks.some((track) => track !== '');
  const trouble = troubleIn(status, { tracks, hasData });
  // Cipher blocks are 8 bytes, and nobody can decrypt without the number of the key (p. 10).
  const isWhole = fields.tracks.every((track) => track.length % 16 === 0) && fields.ksn !== '';
  return trouble ?? (report.encrypted && hasData && !isWhole ? 'damaged' : undefined);
};

// What goes into the envelope for the portal; only there can it be decrypted.
const accountDataOf = (report: SwipeReport): object => {
  if (report.form === 'sureswipe') {
    const tracks = report.tracks.map((track) => (track.is === 'read' ? track.text : ''));
    return { scheme: 'clear', tracks };
  }
  const { tracks, ksn, encryptedSessionId, magnePrint } = report.fields;
  if (!report.encrypted) return { scheme: 'clear', tracks };
  return {
    scheme: 'magtek-dukpt-tdes',
    ksn,
    tracks,
    encryptedSessionId,
    ...(magnePrint === '' ? {} : { magnePrint }),
  };
};
