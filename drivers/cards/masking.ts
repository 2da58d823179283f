/**
 * Masking: what of a card may be shown.
 *
 * Whatever is on a track, only the first six digits at most, the last four at most and the expiry leave this
 * file in clear. What a reader's own mask put in the middle (MagTek: zeros, and one digit that makes the
 * check digit right, manual 99875475-10 pp. 15 and 31) is no part of the number and is shown as masked.
 */
import type { MaskedCard } from '../../contract/index.ts';
import { brandOf } from './brand.ts';
import { readFinancial, type FinancialTrack, type TrackSent } from './tracks.ts';

/** How many digits of a number are the card's own, and may be shown. */
export interface Shown {
  readonly leading: number;
  readonly trailing: number;
}

/** What may be shown of a number that came in clear. */
export const shownOfClear: Shown = { leading: 6, trailing: 4 };

/** What may be shown of a number the reader masked: no more than it left of it. */
export const shownOfMasked = ({ leading, trailing }: Shown): Shown => ({
  leading: Math.min(leading, shownOfClear.leading),
  trailing: Math.min(trailing, shownOfClear.trailing),
});

/** What may be shown of a number whose middle the reader hid: the digits it left at either end. */
export const shownAround = (pan: string): Shown =>
  shownOfMasked({
    leading: /^[0-9]*/.exec(pan)?.[0].length ?? 0,
    trailing: /[0-9]*$/.exec(pan)?.[0].length ?? 0,
  });

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

/** A track to be shown: which one, what of its number, and what the reader masks with. */
export interface TrackShown {
  readonly number: 1 | 2 | 3;
  readonly shown: Shown;
  readonly maskCharacter?: string;
}

/** A track as people may see it: number masked, name left out, every character after the expiry a star. */
export const maskedTrack = (
  track: TrackSent,
  { number, shown, maskCharacter }: TrackShown,
): string | undefined => {
  if (track.is === 'absent') return undefined;
  if (track.is === 'bad') return 'E';
  const financial = number === 3 ? undefined : readFinancial(track, number, maskCharacter);
  if (financial === undefined) return '*'.repeat(track.text.length);
  const { pan, expiry, serviceCode, discretionary } = financial;
  const rest = '*'.repeat((serviceCode?.length ?? 1) + discretionary.length);
  const masked = maskedPan(pan, shown);
  return number === 1 ? `B${masked}^^${expiry ?? '^'}${rest}` : `${masked}=${expiry ?? '='}${rest}`;
};
