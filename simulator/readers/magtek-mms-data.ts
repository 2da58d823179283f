/**
 * Transaction data of a simulated MMS device, ARQC and batch, in DynaPro format (manual, tables 18 and 27).
 *
 * Encrypted and authenticated with real DUKPT keys of the published test base key: the data variant, and the
 * MAC variant for requests.
 */
import { dataObject, fromHex, joined } from '../../drivers/index.ts';
import { encrypt, keyFor } from './dukpt.ts';
import type { TestCard } from './cards.ts';

/** Whose data it is, and under which key. */
export interface DataKeys {
  readonly baseKey: Buffer;
  readonly ksn: string;
  /** As DFDF25 has it: text. */
  readonly serialNumber: string;
}

/** What a device says of one card. */
export interface CardData {
  /** DFDF52: 01 stripe, 05 in contact, 06 without. */
  readonly cardType: number;
  readonly isFallback: boolean;
  readonly card: TestCard;
  /** Inside the ciphertext: all tags of the chip, or the tracks of the stripe. */
  readonly secret: readonly Uint8Array[];
  readonly isStripe: boolean;
}

/** ARQC data of a card. */
export const requestData = (keys: DataKeys, data: CardData): Uint8Array =>
  authenticated(
    keys,
    dataObject(
      'FA',
      dataObject(
        '70',
        text('DFDF53', data.isFallback ? '01' : '00'),
        ...maskedTracks(data),
        text('DFDF52', data.cardType.toString(16).padStart(2, '0')),
        ciphertext(keys, data.secret),
      ),
    ),
  );

/** Batch data: how it ended (0 accepted, 1 declined), and the chip's last tags in the ciphertext. */
export const batchData = (
  keys: DataKeys,
  ended: 0 | 1,
  secret: readonly Uint8Array[],
): Uint8Array =>
  authenticated(
    keys,
    dataObject(
      'FA',
      dataObject(
        'F0',
        dataObject('F1', text('DFDF1A', `0${ended}`), text('DFDF1B', '00')),
        ciphertext(keys, [dataObject('F2', ...secret)]),
        dataObject('F7'),
      ),
    ),
  );

/** The tracks of a stripe, for the ciphertext. */
export const tracksOf = ({ tracks }: TestCard): Uint8Array[] => [
  dataObject(
    'F4',
    ...tracks.flatMap((track, at) =>
      track === ''
        ? []
        : [dataObject(`DFDF3${(7 + 2 * at).toString(16).toUpperCase()}`, ascii(track))],
    ),
  ),
];

/** The values of a chip, for the ciphertext. */
export const tagsOf = (tags: ReadonlyMap<string, string>): Uint8Array[] =>
  [...tags].map(([tag, value]) => text(tag, value));

const maskedTracks = ({ card, isStripe }: CardData): Uint8Array[] => {
  const [track1, track2] = [masked(card.tracks[0]), masked(card.tracks[1])];
  if (!isStripe) return [dataObject('DFDF4D', ascii(track2))];
  return [dataObject('DFDF31', ascii(track1)), dataObject('DFDF33', ascii(track2))];
};

// Four digits at each end, the name and the expiry stay; every other digit is a zero.
const masked = (track: string): string =>
  track.replace(
    /^([%;]B?[0-9]{4})([0-9]+)([0-9]{4}(?:\^[^^]*\^|=)[0-9]{4})([0-9]*)/,
    (...[, first = '', middle = '', last = '', rest = '']: string[]) =>
      first + '0'.repeat(middle.length) + last + '0'.repeat(rest.length),
  );

const ciphertext = ({ baseKey, ksn }: DataKeys, secret: readonly Uint8Array[]): Uint8Array => {
  const clear = dataObject('FC', ...secret);
  const made = encrypt(keyFor('data', baseKey, ksn), clear);
  return dataObject(
    'F8',
    dataObject('DFDF59', made),
    text('DFDF56', ksn),
    text('DFDF57', '80'),
    dataObject('DFDF58', Uint8Array.of(made.length - clear.length)),
  );
};

const authenticated = (
  { baseKey, ksn, serialNumber }: DataKeys,
  content: Uint8Array,
): Uint8Array => {
  const whole = dataObject(
    'F9',
    text('DFDF54', ksn),
    text('DFDF55', '82'),
    dataObject('DFDF25', ascii(serialNumber)),
    content,
  );
  const message = joined(Uint8Array.of(whole.length >> 8, whole.length & 0xff), whole);
  const padded = new Uint8Array(Math.ceil(message.length / 8) * 8);
  padded.set(message);
  const mac = encrypt(keyFor('macRequest', baseKey, ksn), padded).subarray(-8, -4);
  return joined(padded, mac);
};

const text = (tag: string, hex: string): Uint8Array =>
  dataObject(tag, fromHex(hex) ?? new Uint8Array());

const ascii = (characters: string): Uint8Array =>
  Uint8Array.from(Buffer.from(characters, 'latin1'));
