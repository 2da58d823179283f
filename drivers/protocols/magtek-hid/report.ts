/**
 * The report of one swipe (manual 99875475-10 pp. 8-20; SureSwipe: 99875191 pp. 15-18).
 *
 * Bytes behind a length are undefined and may be of the card before: only as many are taken as the length
 * says. What is returned holds card data; whoever has it masks it.
 */
import { readTrack, type Tracks, type TrackSent } from '../../cards/tracks.ts';
import { toHex } from '../../frames/hex.ts';
import { textOf } from '../../frames/latin1.ts';
import { isEncrypting, statusOf, type StatusBit } from '../../magnesafe/status.ts';
import type { FieldName, Layout } from './layout.ts';

type Three<T> = readonly [T, T, T];

/** How a card was encoded (p. 11); `reserved` for what the manual does not name. */
export const encodeTypes = [
  'ISO/ABA',
  'AAMVA',
  'reserved',
  'blank',
  'other',
  'undetermined',
  'none',
] as const;
export type EncodeType = (typeof encodeTypes)[number];

/** What follows the tracks of a V5 report. */
export interface V5Fields {
  /** Each encrypted track in hex; clear text where the reader does not encrypt. */
  readonly tracks: Three<string>;
  /** Bytes of each track once it is decrypted, and of the MagnePrint (p. 11). */
  readonly absoluteLengths: readonly number[];
  /** Bit 0: an insert reader was swiped on the way in (p. 12). */
  readonly cardStatus: number;
  /** Four bytes in the order they are sent, the lowest first (p. 13). */
  readonly magnePrintStatus: string;
  readonly magnePrint: string;
  readonly deviceSerial: string;
  readonly encryptedSessionId: string;
  /** Empty where the reader has no key in use. */
  readonly ksn: string;
  readonly encryptionCounter?: number;
  readonly magneSafeVersion?: string;
  /** SHA-1 of track 2; the manual does not say of which of its characters (p. 16). */
  readonly hashedTrack2?: string;
}

/** A swipe as it was reported. */
export type SwipeReport =
  | { readonly form: 'sureswipe'; readonly tracks: Tracks; readonly encodeType: EncodeType }
  | {
      readonly form: 'v5';
      readonly tracks: Tracks;
      readonly encodeType: EncodeType;
      readonly status: ReadonlySet<StatusBit>;
      readonly statusBits: number;
      readonly encrypted: boolean;
      readonly fields: V5Fields;
    };

type Read =
  { readonly ok: true; readonly value: SwipeReport } | { readonly ok: false; readonly why: string };

/** Reads a report, its id taken off; or says what is wrong with it, without quoting any of it. */
export const readReport = (report: Uint8Array, layout: Layout): Read => {
  if (report.length < layout.byteCount) {
    const found = `this one has ${report.length}`;
    return { ok: false, why: `A report of this reader has ${layout.byteCount} bytes; ${found}.` };
  }
  const fields = fieldsOf(report, layout);
  const tooLong = fields.tooLong(layout.form);
  if (tooLong !== undefined) {
    return { ok: false, why: `The length of ${tooLong} is more than its field holds.` };
  }
  const encodeType = encodeTypes[fields.number('encodeType')] ?? 'reserved';
  if (layout.form === 'sureswipe') {
    const tracks = fields.tracks(['track1', 'track2', 'track3'], encodeType);
    return { ok: true, value: { form: 'sureswipe', tracks, encodeType } };
  }
  // High byte first here, unlike in the text line.
  const statusBits = fields.number('encryptionStatus');
  const status = statusOf(statusBits);
  const encrypted = isEncrypting(status);
  const tracks = fields.tracks(['masked1', 'masked2', 'masked3'], encodeType);
  return {
    ok: true,
    value: {
      form: 'v5',
      tracks,
      encodeType,
      status,
      statusBits,
      encrypted,
      fields: v5Fields(fields, encrypted),
    },
  };
};

/** The fields with a length of their own, and where that stands. */
const lengths = {
  track1: 'track1Length',
  track2: 'track2Length',
  track3: 'track3Length',
  magnePrint: 'magnePrintLength',
  masked1: 'masked1Length',
  masked2: 'masked2Length',
  masked3: 'masked3Length',
} as const satisfies Partial<Record<FieldName, FieldName>>;
type Measured = keyof typeof lengths;

const trackStatuses = ['track1Status', 'track2Status', 'track3Status'] as const;

interface Fields {
  bytes(name: FieldName): Uint8Array;
  /** Big-endian; 0 for a field the report does not have. */
  number(name: FieldName): number;
  has(name: FieldName): boolean;
  /** The bytes a field's length names. */
  measured(name: Measured): Uint8Array;
  tracks(names: Three<Measured>, encodeType: EncodeType): Tracks;
  tooLong(form: Layout['form']): Measured | undefined;
}

const fieldsOf = (report: Uint8Array, { places }: Layout): Fields => {
  const bytes = (name: FieldName): Uint8Array => {
    const { offset, byteCount } = places[name] ?? { offset: 0, byteCount: 0 };
    return report.subarray(offset, offset + byteCount);
  };
  const number = (name: FieldName): number =>
    bytes(name).reduce((sum, byte) => sum * 256 + byte, 0);
  const measured = (name: Measured) => bytes(name).subarray(0, number(lengths[name]));
  const track = (name: Measured, at: number, encodeType: EncodeType): TrackSent => {
    const status = trackStatuses[at] ?? 'track1Status';
    // Page 10: what is on the track is no noise, and could not be decoded.
    if ((number(status) & 1) === 1) return { is: 'bad' };
    const read = readTrack(textOf(measured(name)));
    return read.is === 'read' && encodeType === 'AAMVA' ? { ...read, encoding: 'aamva' } : read;
  };
  return {
    bytes,
    number,
    has: (name) => places[name] !== undefined,
    measured,
    tracks: ([one, two, three], type) => [
      track(one, 0, type),
      track(two, 1, type),
      track(three, 2, type),
    ],
    tooLong: () =>
      (Object.keys(lengths) as Measured[]).find(
        (name) => number(lengths[name]) > (places[name]?.byteCount ?? Infinity),
      ),
  };
};

const v5Fields = (fields: Fields, encrypted: boolean): V5Fields => {
  const sent = (name: Measured) => (encrypted ? toHex : textOf)(fields.measured(name));
  const ksn = toHex(fields.bytes('ksn'));
  return {
    tracks: [sent('track1'), sent('track2'), sent('track3')],
    absoluteLengths: [
      fields.number('track1Absolute'),
      fields.number('track2Absolute'),
      fields.number('track3Absolute'),
      fields.number('magnePrintAbsolute'),
    ],
    cardStatus: fields.number('cardStatus'),
    magnePrintStatus: toHex(fields.bytes('magnePrintStatus')),
    magnePrint: toHex(fields.measured('magnePrint')),
    deviceSerial: asciiz(fields.bytes('deviceSerial')),
    encryptedSessionId: toHex(fields.bytes('encryptedSessionId')),
    ksn: /^0*$/.test(ksn) ? '' : ksn,
    ...(fields.has('encryptionCounter')
      ? { encryptionCounter: fields.number('encryptionCounter') }
      : {}),
    ...(fields.has('magneSafeVersion')
      ? { magneSafeVersion: asciiz(fields.bytes('magneSafeVersion')) }
      : {}),
    ...(fields.has('hashedTrack2') ? { hashedTrack2: toHex(fields.bytes('hashedTrack2')) } : {}),
  };
};

// Ends at its first zero; what is no printable text is no text.
const asciiz = (bytes: Uint8Array): string => {
  const text = textOf(bytes).replace(/\0.*$/s, '');
  return /^[\x20-\x7E]*$/.test(text) ? text : '';
};
