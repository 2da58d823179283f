/**
 * Stripes: decode status, encode type, three lengths, three tracks with their sentinels (manual 99875161
 * pp. 18-19). Whoever has one holds card data.
 */
import { readTrack, type Tracks, type TrackSent } from '../../cards/tracks.ts';
import { textOf } from '../../frames/latin1.ts';

/** Card encode types (p. 19). */
export const encodeTypes = [
  'ISO/ABA',
  'AAMVA',
  'CADL',
  'blank',
  'other',
  'undetermined',
  'none',
  'JIS type 2',
] as const;

export interface Stripe {
  readonly encodeType: (typeof encodeTypes)[number];
  readonly tracks: Tracks;
}

const lengthsAt = 2;
const tracksAt = 5;

/** Takes the data of a stripe apart, or `undefined` when its lengths are not those of its tracks. */
export const readStripeData = (data: Uint8Array): Stripe | undefined => {
  const [status = 0, type = 0xff] = data;
  const encodeType = encodeTypes[type];
  const lengths = data.subarray(lengthsAt, tracksAt);
  const total = lengths.reduce((sum, length) => sum + length, tracksAt);
  if (encodeType === undefined || data.length < tracksAt || total !== data.length) return undefined;
  let at = tracksAt;
  const read = (track: 0 | 1 | 2): TrackSent => {
    const text = textOf(data.subarray(at, at + (lengths[track] ?? 0)));
    at += text.length;
    return (status & (1 << track)) === 0 ? readTrack(text) : { is: 'bad' };
  };
  return { encodeType, tracks: [read(0), read(1), read(2)] };
};
