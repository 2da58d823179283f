/**
 * Tracks: what a payment card holds (ISO/IEC 7813), and what of it may be shown.
 *
 * Whatever is on a track, only the first six digits at most, the last four at most and the expiry leave this
 * file in clear. What the reader's own mask put in the middle (zeros, and one digit that makes the check
 * digit right: manual 99875475-10 pp. 15 and 31) is no part of the number and is shown as masked.
 */
import type { MaskedCard } from '../../../contract/index.ts';
import { brandOf } from './brand.ts';
import type { TrackSent } from './record.ts';
import type { MagtekSettings } from './settings.ts';

/** A financial track, taken apart. `pan` is as sent: masked by the reader, or not. */
export interface FinancialTrack {
  readonly pan: string;
  /** `YYMM`, or `undefined` when the card has none. */
  readonly expiry: string | undefined;
  /** Characters after the expiry: service code and discretionary data. */
  readonly restCount: number;
}

/** How many digits of a number are the card's own, and may be shown. */
export interface Shown {
  readonly leading: number;
  readonly trailing: number;
}

/** What may be shown of a number that came in clear. */
export const shownOfClear: Shown = { leading: 6, trailing: 4 };

/** What may be shown of a number the reader masked: no more than it left of it. */
export const shownOfMasked = ({ maskLeading, maskTrailing }: MagtekSettings): Shown => ({
  leading: Math.min(maskLeading, shownOfClear.leading),
  trailing: Math.min(maskTrailing, shownOfClear.trailing),
});

/** Takes track 1 or 2 apart, or `undefined` when it is not of a payment card (format code B). */
export const readFinancial = (
  track: TrackSent,
  number: 1 | 2,
  settings: MagtekSettings,
): FinancialTrack | undefined => {
  if (track.is !== 'read' || track.encoding !== 'iso') return undefined;
  const separator = number === 1 ? '^' : '=';
  const [first = '', ...others] = track.text.split(separator);
  if (number === 1) {
    // Track 1 has the holder's name between number and expiry.
    if (!first.startsWith('B') || others.length < 2) return undefined;
    return readParts(first.slice(1), others.slice(1).join(separator), separator, settings);
  }
  return others.length < 1
    ? undefined
    : readParts(first, others.join(separator), separator, settings);
};

const readParts = (
  pan: string,
  tail: string,
  separator: string,
  settings: MagtekSettings,
): FinancialTrack | undefined => {
  if (!isNumber(pan, settings.maskCharacter)) return undefined;
  // A card without an expiry has one more separator in its place (ISO/IEC 7813).
  if (tail.startsWith(separator)) return { pan, expiry: undefined, restCount: tail.length - 1 };
  const expiry = tail.slice(0, 4);
  const month = Number(expiry.slice(2));
  if (!/^[0-9]{4}$/.test(expiry) || month < 1 || month > 12) return undefined;
  return { pan, expiry, restCount: tail.length - 4 };
};

/** A number of 8 to 19 digits (ISO/IEC 7812), some of which may be the reader's mask character. */
const isNumber = (pan: string, mask: string): boolean =>
  /^.{8,19}$/.test(pan) && [...pan].every((one) => one === mask || (one >= '0' && one <= '9'));

/** The number as people may see it, such as `5452********7189`. */
export const maskedPan = (pan: string, { leading, trailing }: Shown): string => {
  const shownDigits = (part: string) => (/^[0-9]*$/.test(part) ? part : '');
  const last = shownDigits(pan.slice(pan.length - trailing));
  // Short numbers would leave too few digits to guess: those show the last four only.
  const first = pan.length < 13 ? '' : shownDigits(pan.slice(0, leading));
  // The contract takes 15 stars at most.
  return first + '*'.repeat(Math.min(15, pan.length - first.length - last.length)) + last;
};

/** The card of a track, as the contract has it. */
export const maskedCard = (track: FinancialTrack, shown: Shown): MaskedCard => {
  const masked = maskedPan(track.pan, shown);
  return {
    maskedPan: masked,
    ...(track.expiry === undefined ? {} : { expiry: track.expiry }),
    brand: brandOf(masked),
    entryMode: 'stripe',
  };
};

/** A track as people may see it: number masked, name left out, every character after the expiry a star. */
export const maskedTrack = (
  track: TrackSent,
  number: 1 | 2 | 3,
  shown: Shown,
  settings: MagtekSettings,
): string | undefined => {
  if (track.is === 'absent') return undefined;
  if (track.is === 'bad') return 'E';
  const financial = number === 3 ? undefined : readFinancial(track, number, settings);
  if (financial === undefined) return '*'.repeat(track.text.length);
  const { pan, expiry, restCount } = financial;
  const rest = '*'.repeat(restCount);
  const masked = maskedPan(pan, shown);
  return number === 1 ? `B${masked}^^${expiry ?? '^'}${rest}` : `${masked}=${expiry ?? '='}${rest}`;
};
