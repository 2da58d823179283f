/**
 * The record a MagneSafe V5 reader sends for a swipe (manual 99875475-10 pp. 15-20), built the reader's way.
 *
 * Nothing of the driver's parser is used here: where the two disagree, one of them has misread the manual.
 */
import { crc16CcittFalse } from '../../drivers/index.ts';
import { encrypt, keyFor } from './dukpt.ts';

/** The properties that shape a record, by the names the driver's settings have. */
export interface MagtekFraming {
  readonly preCard: string;
  readonly postCard: string;
  readonly preTrack: string;
  readonly postTrack: string;
  readonly terminator: string;
  readonly fieldSeparator: string;
  readonly startTrack1: string;
  readonly startTrack2: string;
  readonly startTrack3: string;
  readonly endTrack1: string;
  readonly endTrack2: string;
  readonly endTrack3: string;
}

/** As the reader leaves the factory (p. 19). */
export const factoryFraming: MagtekFraming = {
  preCard: '',
  postCard: '',
  preTrack: '',
  postTrack: '',
  terminator: '\r',
  fieldSeparator: '|',
  startTrack1: '%',
  startTrack2: ';',
  startTrack3: '+',
  endTrack1: '?',
  endTrack2: '?',
  endTrack3: '?',
};

/** What stands for a track that could not be decoded. */
export const badTrack = Symbol('bad track');

/** What a swipe gave of one track: its text with sentinels, nothing, or an error. */
export type TrackRead = string | typeof badTrack;

type Three<T> = readonly [T, T, T];

/** Everything a record is made of. */
export interface MagtekRecord {
  readonly framing: MagtekFraming;
  /** Property 0x07: digits left in front and behind, mask character, correction of the check digit. */
  readonly isoTrackMask: string;
  readonly tracks: Three<TrackRead>;
  /** The 16 status bits (p. 19). */
  readonly status: number;
  readonly baseKey: Buffer;
  readonly ksn: string;
  readonly sessionId: Uint8Array;
  readonly deviceSerial: string;
  /** Sent when given (property 0x30). */
  readonly encryptionCounter?: number;
  /** Property 0x19: bit 0 the clear CRC, bit 1 the encrypted one. */
  readonly crcFlags: number;
  readonly formatCode: string;
}

const encrypting = 0b110;

/** The line of a full record, with its terminator. */
export const fullLine = (record: MagtekRecord): string => {
  const { framing, status, tracks } = record;
  const isEncrypting = (status & encrypting) === encrypting;
  const key = keyFor('pin', record.baseKey, record.ksn);
  const secret = (clear: Uint8Array) =>
    clear.length === 0 ? '' : hex(isEncrypting ? encrypt(key, clear) : clear);
  const trackField = (track: TrackRead) => {
    if (track === badTrack) return '';
    return isEncrypting ? secret(Buffer.from(track, 'latin1')) : track;
  };
  const hasMagnePrint = isEncrypting && tracks.some((track) => track !== '' && track !== badTrack);
  const fields = [
    hex(Uint8Array.of(status & 0xff, status >> 8)),
    ...tracks.map(trackField),
    hasMagnePrint ? 'A1050000' : '',
    hasMagnePrint ? secret(magnePrint) : '',
    record.deviceSerial,
    secret(record.sessionId),
    isEncrypting ? record.ksn : '',
    ...(record.encryptionCounter === undefined ? [] : [counterField(record.encryptionCounter)]),
  ];
  const masked = tracks.map((track) => maskTrack(track, record.isoTrackMask));
  const head = headOf([masked[0] ?? '', masked[1] ?? '', masked[2] ?? ''], framing);
  const covered = [head, ...fields, ''].join(framing.fieldSeparator);
  const crc = crc16CcittFalse(Buffer.from(covered, 'latin1'));
  const crcBytes = Uint8Array.of(crc & 0xff, crc >> 8);
  const tail = [
    (record.crcFlags & 1) === 0 ? '' : hex(crcBytes),
    (record.crcFlags & 2) === 0 ? '' : hex(encrypt(key, crcBytes)),
    record.formatCode,
  ];
  return covered + tail.join(framing.fieldSeparator) + framing.terminator;
};

/** The short line of security level 2, as the factory has it. */
export const sureSwipeLine = (tracks: Three<TrackRead>, framing: MagtekFraming): string =>
  headOf(tracks, framing) + framing.terminator;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

const counterField = (counter: number): string =>
  counter.toString(16).toUpperCase().padStart(6, '0');

/** A MagnePrint is 54 bytes of the stripe's noise; these are merely 54 bytes. */
export const magnePrint = Uint8Array.from({ length: 54 }, (_, at) => (at * 73 + 11) & 0xff);

const headOf = (tracks: Three<TrackRead>, framing: MagtekFraming): string => {
  const { preCard, postCard, preTrack, postTrack } = framing;
  const starts = [framing.startTrack1, framing.startTrack2, framing.startTrack3];
  const ends = [framing.endTrack1, framing.endTrack2, framing.endTrack3];
  const sent = tracks.map((track, at) => {
    if (track === '') return '';
    const text = track === badTrack ? 'E' : track.slice(1, -1);
    return `${preTrack}${starts[at] ?? ''}${text}${ends[at] ?? ''}${postTrack}`;
  });
  return preCard + sent.join('') + postCard;
};

/** Masks a track as property 0x07 asks: the number, and all that follows the expiry (pp. 15 and 31). */
export const maskTrack = (track: TrackRead, mask: string): TrackRead => {
  if (track === '' || track === badTrack) return track;
  const leading = Number(mask.slice(0, 2));
  const trailing = Number(mask.slice(2, 4));
  const filler = mask[4] ?? '0';
  const parts = /^(%B|[;+])([0-9]+)([=^])(?:([^^]*)\^)?([0-9]{0,4})(.*)(\?)$/.exec(track);
  if (parts === null) return track;
  const [, start = '', pan = '', separator = '', name, expiry = '', rest = '', end = ''] = parts;
  const hidden = Math.max(0, pan.length - leading - trailing);
  const blank = pan.slice(0, leading) + filler.repeat(hidden) + pan.slice(leading + hidden);
  const number = filler === '0' && mask[5] === 'Y' ? corrected(blank, leading, hidden) : blank;
  const shownExpiry = start === '+' ? filler.repeat(expiry.length) : expiry;
  const named = name === undefined ? '' : `${name}^`;
  return `${start}${number}${separator}${named}${shownExpiry}${filler.repeat(rest.length)}${end}`;
};

// One digit in the middle is set so that the last one is a right check digit (p. 15).
const corrected = (pan: string, leading: number, hidden: number): string => {
  const at = leading + (hidden >> 1);
  const tries = [...'0123456789'].map((digit) => pan.slice(0, at) + digit + pan.slice(at + 1));
  return hidden === 0 ? pan : (tries.find((one) => luhnSum(one) % 10 === 0) ?? pan);
};

/** The sum of the Luhn check; a right number's is a multiple of ten. */
export const luhnSum = (pan: string): number =>
  [...pan].reverse().reduce((sum, one, at) => {
    const doubled = Number(one) * (at % 2 === 0 ? 1 : 2);
    return sum + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
