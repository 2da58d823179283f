/** A swipe: what a MagneSafe or SureSwipe reader sent of it means for whoever waits for a card. */
import { shownOfClear, shownOfMasked, type Shown } from '../cards/masking.ts';
import { clearAccountData, swipeOf, type Swipe } from '../cards/swipe.ts';
import type { Tracks } from '../cards/tracks.ts';
import type { BadRead, SecurityLevel } from '../reader.ts';
import { levelOf, troubleIn, type StatusBit } from './status.ts';

/** What was sent of one swipe, as a text line or as a report. A SureSwipe protects nothing. */
export type Sent =
  | { readonly form: 'sureswipe'; readonly tracks: Tracks }
  | {
      readonly form: 'v5';
      readonly tracks: Tracks;
      readonly status: ReadonlySet<StatusBit>;
      readonly encrypted: boolean;
      readonly fields: SentFields;
    };

/** What goes to the portal of an encrypted swipe, in hex; an empty field was not sent. */
interface SentFields {
  readonly tracks: readonly [string, string, string];
  readonly ksn: string;
  readonly encryptedSessionId: string;
  readonly magnePrint: string;
}

/** How a reader's mask hides a number (property 0x07): by what, and what it leaves at either end. */
export interface Mask {
  readonly maskCharacter: string;
  readonly maskLeading: number;
  readonly maskTrailing: number;
}

/** Judges what was sent. */
export const judge = (sent: Sent, mask: Mask): Swipe => {
  const trouble = troubleOf(sent);
  if (trouble !== undefined) return { is: 'bad read', why: trouble };
  return swipeOf(sent.tracks, {
    shown: shownOf(sent, mask),
    maskCharacter: mask.maskCharacter,
    securityLevel: securityLevelOf(sent),
    accountData: accountDataOf(sent),
  });
};

/** How the reader protected this swipe. */
export const securityLevelOf = (sent: Sent): SecurityLevel =>
  sent.form === 'sureswipe' ? 'clear' : levelOf(sent.status);

/** What of a number in these tracks may be shown. */
export const shownOf = (sent: Sent, { maskLeading, maskTrailing }: Mask): Shown =>
  sent.form === 'sureswipe'
    ? shownOfClear
    : shownOfMasked({ leading: maskLeading, trailing: maskTrailing });

const troubleOf = (sent: Sent): BadRead | undefined => {
  if (sent.form === 'sureswipe') return undefined;
  const { status, tracks, fields, encrypted } = sent;
  const hasData = fields.tracks.some((track) => track !== '');
  const trouble = troubleIn(status, { tracks, hasData });
  // Cipher blocks are 8 bytes, and nobody can decrypt without the number of the key (p. 10).
  const isWhole = fields.tracks.every((track) => track.length % 16 === 0) && fields.ksn !== '';
  return trouble ?? (encrypted && hasData && !isWhole ? 'damaged' : undefined);
};

const accountDataOf = (sent: Sent): object => {
  if (sent.form === 'sureswipe') return clearAccountData(sent.tracks);
  const { tracks, ksn, encryptedSessionId, magnePrint } = sent.fields;
  if (!sent.encrypted) return { scheme: 'clear', tracks };
  return {
    scheme: 'magtek-dukpt-tdes',
    ksn,
    tracks,
    encryptedSessionId,
    ...(magnePrint === '' ? {} : { magnePrint }),
  };
};
