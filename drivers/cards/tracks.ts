/**
 * Tracks: what a card's stripe holds (ISO/IEC 7813), and how readers send it.
 *
 * Whoever has a track holds card data; what of it may be shown is for `masking.ts` to say.
 */
import { toHex } from '../frames/hex.ts';

/** One track as sent: its text without sentinels, in place of which a bad track has none. */
export type TrackSent =
  | { readonly is: 'absent' }
  | { readonly is: 'bad' }
  | { readonly is: 'read'; readonly encoding: TrackEncoding; readonly text: string };

/** How a track was encoded, as its start sentinel says. */
export type TrackEncoding = 'iso' | 'aamva' | 'seven bit';

/** The three tracks of one swipe. */
export type Tracks = readonly [TrackSent, TrackSent, TrackSent];

// The sentinels readers send unless they were programmed to send others (MagTek 99875475-10 p. 19).
const encodings: Readonly<Record<string, TrackEncoding>> = {
  '%': 'iso',
  ';': 'iso',
  '+': 'iso',
  '#': 'aamva',
  '@': 'seven bit',
  '&': 'seven bit',
};

/** A track that was sent with its sentinels, and maybe with the card's check character behind them. */
export const readTrack = (sent: string): TrackSent => {
  if (sent === '') return { is: 'absent' };
  const encoding = encodings[sent.charAt(0)];
  const end = sent.indexOf('?');
  const text = sent.slice(1, end);
  if (encoding === undefined || end < 1 || sent.length - end > 2) return { is: 'bad' };
  // `%E?` is how a reader says that it could not read a track; no stripe holds other bytes than these.
  return text === 'E' || !/^[\x20-\x7E]*$/.test(text)
    ? { is: 'bad' }
    : { is: 'read', encoding, text };
};

/** The text of a chip's track 2 equivalent (tag 57): `D` separates, `F` fills the last half byte. */
export const trackOfEquivalent = (bytes: Uint8Array): string =>
  toHex(bytes).replace(/F$/, '').replace('D', '=');

/** A financial track, taken apart. `pan` is as sent: masked by the reader, or not. */
export interface FinancialTrack {
  readonly pan: string;
  /** Of track 1, without its padding. */
  readonly name?: string;
  /** `YYMM`, or `undefined` when the card has none. */
  readonly expiry: string | undefined;
  readonly serviceCode: string | undefined;
  readonly discretionary: string;
}

/** Takes track 1 or 2 apart, or `undefined` when it is not of a payment card (format code B). */
export const readFinancial = (
  track: TrackSent,
  number: 1 | 2,
  maskCharacter?: string,
): FinancialTrack | undefined => {
  if (track.is !== 'read' || track.encoding !== 'iso') return undefined;
  const separator = number === 1 ? '^' : '=';
  const [first = '', second = '', ...others] = track.text.split(separator);
  if (number === 1) {
    // Track 1 has the holder's name between number and expiry.
    if (!first.startsWith('B') || others.length < 1) return undefined;
    const parts = readParts(first.slice(1), others.join(separator), separator, maskCharacter);
    return parts && { ...parts, name: second.trimEnd() };
  }
  return track.text.includes(separator)
    ? readParts(first, [second, ...others].join(separator), separator, maskCharacter)
    : undefined;
};

const readParts = (
  pan: string,
  tail: string,
  separator: string,
  maskCharacter: string | undefined,
): FinancialTrack | undefined => {
  if (!isNumber(pan, maskCharacter)) return undefined;
  // A card without an expiry, or a service code, has one more separator in its place (ISO/IEC 7813).
  if (tail.startsWith(separator)) return { pan, expiry: undefined, ...readRest(tail.slice(1)) };
  const expiry = tail.slice(0, 4);
  const month = Number(expiry.slice(2));
  if (!/^[0-9]{4}$/.test(expiry) || month < 1 || month > 12) return undefined;
  return { pan, expiry, ...readRest(tail.slice(4)) };
};

const readRest = (rest: string): Pick<FinancialTrack, 'serviceCode' | 'discretionary'> =>
  /^[=^]/.test(rest)
    ? { serviceCode: undefined, discretionary: rest.slice(1) }
    : { serviceCode: rest.slice(0, 3), discretionary: rest.slice(3) };

/** A number of 8 to 19 digits (ISO/IEC 7812), some of which may be the reader's mask character. */
const isNumber = (pan: string, mask: string | undefined): boolean =>
  /^.{8,19}$/.test(pan) && [...pan].every((one) => one === mask || (one >= '0' && one <= '9'));
