/**
 * What an ID TECH reader makes of a stripe: the data of one swipe, byte for byte, in either format.
 *
 * SecureMag 80096504-001 pp. 43-48; with the published test key and card it gives the manuals' samples.
 */
import { createHash } from 'node:crypto';
import { bytesOf, lrcOf, sumOf, toHex, type SecurityLevel } from '../../drivers/index.ts';
import { encrypt, keyFor } from './dukpt.ts';

/** How a reader writes a swipe. */
export interface IdtechForm {
  readonly format: 'original' | 'enhanced';
  /** In hex text, as keyboard readers do and serial ones may. */
  readonly isHex: boolean;
  readonly showsExpiry: boolean;
  /** Empty: it does not send its serial number. Ten characters. */
  readonly sentSerialNumber: string;
}

/** A stripe as the head read it; a track is empty where there is none. */
export interface HeadRead {
  /** With sentinels and check character. */
  readonly tracks: readonly [string, string, string];
  /** Tracks that have samples and could not be decoded, 1 to 3. */
  readonly badTracks: readonly number[];
  readonly level: SecurityLevel;
  readonly baseKey: Buffer;
  readonly ksn: string;
}

/** A part of the data: bytes, or characters that stand as they are in hex text too. */
type Part = string | Uint8Array;

/** The whole frame of a swipe (SecureMag p. 43). */
export const swipeFrame = (read: HeadRead, form: IdtechForm): Uint8Array => {
  const parts = form.format === 'enhanced' ? enhanced(read, form) : original(read, form);
  const write = (part: Part): Uint8Array =>
    typeof part === 'string' ? bytesOf(part) : form.isHex ? bytesOf(toHex(part)) : part;
  const data = Buffer.concat(parts.map(write));
  const head = write(Uint8Array.of(0x02, data.length & 0xff, data.length >> 8));
  return Buffer.concat([head, data, write(Uint8Array.of(lrcOf(data), sumOf(data), 0x03))]);
};

const enhanced = (read: HeadRead, form: IdtechForm): Part[] => {
  const present = [0, 1, 2].filter((at) => read.tracks[at] !== '');
  const payment = present.filter((at) => at < 2);
  const isEncrypted = read.level !== 'clear';
  const isAuthenticated = read.level === 'authenticated';
  const shown = bits(payment) | (form.sentSerialNumber === '' ? 0 : 0x80);
  const encrypted = bits(payment) | (bits(payment) << 3) | 0x80 | (isAuthenticated ? 0x40 : 0);
  return [
    Uint8Array.of(0x80, ...head(read), shown, isEncrypted ? encrypted : 0),
    ...payment.map((at) =>
      isEncrypted ? masked(read.tracks[at] ?? '', form) : (read.tracks[at] ?? ''),
    ),
    ...(isEncrypted ? payment.map((at) => ciphertext(read.tracks[at] ?? '', read)) : []),
    ...(isAuthenticated ? [ciphertext('SESSION1', read)] : []),
    ...(isEncrypted ? payment.map((at) => sha1(read.tracks[at] ?? '')) : []),
    Buffer.from(form.sentSerialNumber, 'latin1'),
    ...(isEncrypted ? [Buffer.from(read.ksn, 'hex')] : []),
  ];
};

const original = (read: HeadRead, form: IdtechForm): Part[] => {
  const [track1, track2, track3] = read.tracks;
  const payment = [track1, track2].filter((track) => track !== '');
  const type = Uint8Array.of(0x00, ...head(read));
  if (read.level === 'clear') return [type, track1, track2, track3];
  return [
    type,
    ...payment.map((track) => masked(track, form)),
    track3,
    ciphertext(payment.join(''), read),
    ...payment.map(sha1),
    Buffer.from(read.ksn, 'hex'),
  ];
};

/** Track status and lengths. */
const head = ({ tracks, badTracks }: HeadRead): number[] => {
  const bad = bits(badTracks.map((number) => number - 1));
  const sampled = bits([0, 1, 2].filter((at) => tracks[at] !== '')) | bad;
  // An empty track counts as decoded only beside one that was read (every published sample).
  const decoded = bits([0, 1, 2].filter((at) => tracks[at] !== ''));
  return [decoded | (sampled << 3), ...tracks.map(({ length }) => length)];
};

const bits = (places: readonly number[]): number => places.reduce((sum, at) => sum | (1 << at), 0);

const ciphertext = (clear: string, { baseKey, ksn }: HeadRead): Uint8Array =>
  encrypt(keyFor('data', baseKey, ksn), Buffer.from(clear, 'latin1'));

const sha1 = (text: string): Uint8Array => createHash('sha1').update(text, 'latin1').digest();

/** First and last four digits, the name, and stars; the format code goes too (MS246 p. 39). */
const masked = (track: string, { showsExpiry }: IdtechForm): string => {
  const [, start = '', pan = '', name = '', expiry = '', rest = ''] =
    /^(%B|;)([0-9]+)(\^[^^]*\^|=)(.{4})([^?]*)\?.?$/.exec(track) ?? [];
  const middle = '*'.repeat(Math.max(0, pan.length - 8));
  const shownExpiry = showsExpiry ? expiry : '****';
  const shownPan = pan.slice(0, 4) + middle + pan.slice(-4);
  return `${start.replace('B', '*')}${shownPan}${name}${shownExpiry}${'*'.repeat(rest.length)}?*`;
};

/** A track with the check character that the stripe has behind it (ISO/IEC 7811-2: each column even). */
export const withCheckCharacter = (track: string): string => {
  if (track === '') return '';
  const base = track.startsWith('%') ? 0x20 : 0x30;
  const check = bytesOf(track).reduce((xor, byte) => xor ^ (byte - base), 0);
  return track + String.fromCharCode(check + base);
};
