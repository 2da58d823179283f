/**
 * The report a MagTek HID reader sends for a swipe (manual 99875475-10 p. 9; SureSwipe: 99875191 p. 15),
 * built the reader's way: field after field.
 *
 * Nothing of the driver's parser is used here: where the two disagree, one of them has misread the manual.
 */
import { createHash } from 'node:crypto';
import type { SecurityLevel } from '../../drivers/index.ts';
import { encrypt, keyFor } from './dukpt.ts';
import { badTrack, magnePrint, maskTrack, type TrackRead } from './magtek-record.ts';

type Three<T> = readonly [T, T, T];

/** Everything a V5 report is made of. */
export interface MagtekHidReport {
  readonly tracks: Three<TrackRead>;
  /** The 16 status bits (p. 19). */
  readonly status: number;
  readonly baseKey: Buffer;
  readonly ksn: string;
  readonly isoTrackMask: string;
  readonly sessionId: Uint8Array;
  readonly deviceSerial: string;
  readonly encryptionCounter: number;
  /** Bit 0: swiped on the way in, at an insert reader (p. 12). */
  readonly cardStatus: number;
}

/** The status bits of a level: key injected, encrypting, authentication required. */
export const statusOfLevel: Readonly<Record<SecurityLevel, number>> = {
  clear: 0b00010,
  encrypted: 0b00110,
  authenticated: 0b01110,
};

const encrypting = 0b110;

// Over USB HID track 3 begins as track 2 does (examples 3 and 11), on a serial line with a plus sign.
const clearOf = (track: TrackRead): Buffer =>
  Buffer.from(track === badTrack ? '' : track.replace(/^\+/, ';'), 'latin1');

// ISO/ABA, or undetermined where no track could be read, or blank where there was none (p. 11).
const encodeTypeOf = (tracks: Three<TrackRead>): number => {
  if (tracks.some((track) => track !== badTrack && track !== '')) return 0;
  return tracks.includes(badTrack) ? 5 : 3;
};

/** A field of fixed size; what it does not fill is left as it was before, as readers do. */
interface Field {
  readonly bytes: Uint8Array;
  readonly size: number;
}
const field = (size: number, bytes: Uint8Array): Field => ({ size, bytes });
const byte = (...values: number[]): Field => field(values.length, Uint8Array.from(values));

/** The report of 887 bytes. */
export const v5Report = (swipe: MagtekHidReport, before: Uint8Array): Uint8Array => {
  const { tracks, status, baseKey, ksn } = swipe;
  const isEncrypting = (status & encrypting) === encrypting;
  const key = keyFor('pin', baseKey, ksn);
  const secret = (clear: Uint8Array): Uint8Array =>
    isEncrypting && clear.length > 0 ? encrypt(key, clear) : clear;
  const clear = tracks.map(clearOf);
  const sent = clear.map(secret);
  // Nothing is masked of what is not encrypted (example 3).
  const masked = isEncrypting
    ? tracks.map((track) => clearOf(maskTrack(track, swipe.isoTrackMask)))
    : clear;
  const hasPrint = isEncrypting && clear.some(({ length }) => length > 0);
  const print = hasPrint ? secret(magnePrint) : new Uint8Array();
  const track2 = clear[1] ?? Buffer.alloc(0);
  const fields = [
    byte(...tracks.map((track) => (track === badTrack ? 1 : 0))),
    byte(...sent.map(({ length }) => length), encodeTypeOf(tracks)),
    ...sent.map((track) => field(112, track)),
    byte(swipe.cardStatus),
    field(4, hasPrint ? Buffer.from('A1050000', 'hex') : Buffer.alloc(4)),
    byte(print.length),
    field(128, print),
    field(16, Buffer.from(swipe.deviceSerial.padEnd(16, '\0').slice(0, 16), 'latin1')),
    byte(status >> 8, status & 0xff),
    field(10, isEncrypting ? Buffer.from(ksn, 'hex') : Buffer.alloc(10)),
    byte(...masked.map(({ length }) => length)),
    ...masked.map((track) => field(112, track)),
    field(8, secret(swipe.sessionId)),
    byte(...clear.map(({ length }) => length), magnePrint.length),
    byte(...[16, 8, 0].map((shift) => (swipe.encryptionCounter >> shift) & 0xff)),
    field(8, Buffer.from('V05'.padEnd(8, '\0'), 'latin1')),
    // The manual does not say whether the sentinels are hashed too; here they are.
    field(20, track2.length === 0 ? Buffer.alloc(20) : createHash('sha1').update(track2).digest()),
  ];
  return laidOver(before, fields);
};

/** The report of 337 bytes, in clear. */
export const sureSwipeReport = (tracks: Three<TrackRead>, before: Uint8Array): Uint8Array => {
  const clear = tracks.map(clearOf);
  return laidOver(before, [
    byte(...tracks.map((track) => (track === badTrack ? 1 : 0))),
    byte(...clear.map(({ length }) => length), encodeTypeOf(tracks)),
    ...clear.map((track) => field(110, track)),
  ]);
};

const laidOver = (before: Uint8Array, fields: readonly Field[]): Uint8Array => {
  const report = new Uint8Array(fields.reduce((sum, { size }) => sum + size, 0));
  report.set(before.subarray(0, report.length));
  let at = 0;
  for (const { size, bytes } of fields) {
    report.set(bytes, at);
    at += size;
  }
  return report;
};

// Of the manual's own descriptor (pp. 5-7): each line one group of items.
const v5Descriptor = [
  '0600FF 0901 A101 1500 26FF00 7508',
  '0920 0921 0922 0928 0929 092A 0938 9507 8102',
  '0930 9570 820201 0931 9570 820201 0932 9570 820201',
  '0939 9501 8102 7520 0923 9501 8102 7508 092B 9501 8102',
  '0933 9580 820201 0940 9510 820201 0942 9502 820201 0946 950A 820201',
  '0947 0948 0949 9503 8102 094A 9570 820201 094B 9570 820201 094C 9570 820201',
  '0950 9508 820201 0951 0952 0953 0954 9504 8102',
];
const newerFields = '0955 9503 820201 0956 9508 820201 0957 9514 820201';
// 99875191 pp. 14 and 15.
const sureSwipeDescriptor = [
  '0600FF 0901 A101 1500 26FF00 7508',
  '0920 0921 0922 0928 0929 092A 0938 9507 8102',
  '0930 956E 820201 0931 956E 820201 0932 956E 820201',
];
const commandFeature = (byteCount: number) =>
  `0920 95${byteCount.toString(16).padStart(2, '0')} B20201 C0`;

/** The forms of reader there are, by the bytes of their reports. */
export type MagtekHidForm = 'v5' | 'v5 older' | 'sureswipe';

/** Bytes of each form's reports: of a swipe, and of a command. */
export const reportBytesOf: Readonly<Record<MagtekHidForm, { swipe: number; command: number }>> = {
  v5: { swipe: 887, command: 60 },
  'v5 older': { swipe: 856, command: 60 },
  sureswipe: { swipe: 337, command: 24 },
};

/** The report descriptor of a form of reader. */
export const descriptorOf = (form: MagtekHidForm): Uint8Array => {
  const items = form === 'sureswipe' ? sureSwipeDescriptor : v5Descriptor;
  const newer = form === 'v5' ? [newerFields] : [];
  const text = [...items, ...newer, commandFeature(reportBytesOf[form].command)].join('');
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
};
