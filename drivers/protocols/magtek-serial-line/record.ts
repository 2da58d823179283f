/**
 * The card record: one line for one swipe (manual 99875475-10 pp. 18-20).
 *
 *   P30 {P32 SS track ES P33}×3 P31 | status | T1 | T2 | T3 | MP status | MP | serial | session | KSN
 *   | [counter] | CRC | encrypted CRC | format  P34
 *
 * It is read by the number of its separators, never by length: a reader whose keys are exhausted leaves the
 * fields empty and the separators in place (p. 20, note 2). A line of tracks without separators is the short
 * SureSwipe form of security level 2. What is returned holds card data; whoever has it masks it.
 */
import { crc16CcittFalse } from '../../frames/crc16.ts';
import type { TrackEncoding, Tracks, TrackSent } from '../../cards/tracks.ts';
import { toHex } from '../../frames/hex.ts';
import { bytesOf } from '../../frames/latin1.ts';
import { isEncrypting, statusOf, type StatusBit } from '../../magnesafe/status.ts';
import type { MagtekSettings } from './settings.ts';

type Three<T> = readonly [T, T, T];

/** The fields after the tracks, as sent; an empty one was not sent. */
export interface RecordFields {
  readonly readerEncryptionStatus: string;
  /** Ciphertext in hex, or the clear track with its sentinels when the reader does not encrypt. */
  readonly tracks: Three<string>;
  readonly magnePrintStatus: string;
  readonly magnePrint: string;
  readonly deviceSerial: string;
  readonly encryptedSessionId: string;
  readonly ksn: string;
  /** Present when the reader was told to send it (property 0x30). */
  readonly encryptionCounter?: string;
  readonly clearCrc: string;
  /** Only who holds the key can check it. */
  readonly encryptedCrc: string;
  readonly formatCode: string;
}

/** A record whose shape and CRC are right. */
export type CardRecord =
  | { readonly form: 'sureswipe'; readonly tracks: Tracks }
  | {
      readonly form: 'v5';
      readonly tracks: Tracks;
      readonly fields: RecordFields;
      readonly status: ReadonlySet<StatusBit>;
      readonly encrypted: boolean;
      /** The CRC over the line, or `undefined` when the reader was told to send none. */
      readonly crc: number | undefined;
    };

type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };
const refused = (why: string) => ({ ok: false, why }) as const;

/** Reads one line, its CR stripped; or says what is wrong with it, without quoting any of it. */
export const readRecord = (line: string, settings: MagtekSettings): Read<CardRecord> => {
  const suffix = settings.terminator.replace(/\r\n?$/, '');
  if (!line.endsWith(suffix)) {
    return refused('The line does not end in the terminator that the settings name.');
  }
  const text = line.slice(0, line.length - suffix.length);
  const [head = '', ...sent] = text.split(settings.fieldSeparator);
  const tracks = readTracks(head, settings);
  if (!tracks.ok) return tracks;
  if (sent.length === 0) {
    return tracks.value.some(({ is }) => is !== 'absent')
      ? { ok: true, value: { form: 'sureswipe', tracks: tracks.value } }
      : refused('The line is empty.');
  }
  return readFull(text, tracks.value, sent, settings);
};

/** A line without the LF that a terminator of CR LF leaves in front of it. */
export const withoutLineFeed = (line: string): string => line.replace(/^\n/, '');

/** Whether a line that could not be read was probably a swipe, and not just noise. */
export const resemblesRecord = (line: string, settings: MagtekSettings): boolean =>
  line.split(settings.fieldSeparator).length > 8 ||
  [settings.startTrack1, settings.startTrack2].some((start) => line.includes(start));

const fieldCount = 12;

const readFull = (
  text: string,
  tracks: Tracks,
  sent: readonly string[],
  settings: MagtekSettings,
): Read<CardRecord> => {
  if (sent.length !== fieldCount && sent.length !== fieldCount + 1) {
    const expected = `${fieldCount} fields follow the tracks, or ${fieldCount + 1} with a counter`;
    return refused(`${expected}; this line has ${sent.length}.`);
  }
  const fields = nameFields(sent);
  const status = readStatus(fields.readerEncryptionStatus);
  const encrypted = isEncrypting(status);
  const misshapen = misshapenField(fields, encrypted);
  if (misshapen !== undefined)
    return refused(`The field ${misshapen} has not the form it must have.`);
  const crc = checkCrc(text, fields, settings);
  if (!crc.ok) return crc;
  return { ok: true, value: { form: 'v5', tracks, fields, status, encrypted, crc: crc.value } };
};

// Four hex digits, the low byte first (p. 19).
const readStatus = (field: string): ReadonlySet<StatusBit> =>
  statusOf(parseInt(field.slice(0, 2), 16) | (parseInt(field.slice(2), 16) << 8));

const nameFields = (sent: readonly string[]): RecordFields => {
  const [status = '', track1 = '', track2 = '', track3 = '', ...rest] = sent;
  const [magnePrintStatus = '', magnePrint = '', deviceSerial = '', session = '', ...last] = rest;
  const [ksn = '', ...tail] = last;
  const counter = tail.length === 4 ? { encryptionCounter: tail[0] ?? '' } : {};
  const [clearCrc = '', encryptedCrc = '', formatCode = ''] = tail.slice(-3);
  return {
    readerEncryptionStatus: status,
    tracks: [track1, track2, track3],
    magnePrintStatus,
    magnePrint,
    deviceSerial,
    encryptedSessionId: session,
    ksn,
    ...counter,
    clearCrc,
    encryptedCrc,
    formatCode,
  };
};

// Cipher blocks are 8 bytes, 16 digits; what is not encrypted need only be whole bytes.
const blocks = /^(?:[0-9A-F]{16})*$/;
const wholeBytes = /^(?:[0-9A-F]{2})*$/;
const clearTrack = /^[\x20-\x7E]*$/;

const misshapenField = (fields: RecordFields, encrypted: boolean): string | undefined => {
  const hasTracks = fields.tracks.some((track) => track !== '');
  const shapes: readonly (readonly [string, string, RegExp])[] = [
    ['reader encryption status', fields.readerEncryptionStatus, /^[0-9A-F]{4}$/],
    ...fields.tracks.map(
      (track, at) => [`track ${at + 1}`, track, encrypted ? blocks : clearTrack] as const,
    ),
    ['MagnePrint status', fields.magnePrintStatus, /^(?:[0-9A-F]{8})?$/],
    ['MagnePrint', fields.magnePrint, encrypted ? blocks : wholeBytes],
    ['device serial number', fields.deviceSerial, /^[\x20-\x7E]{0,16}$/],
    ['session id', fields.encryptedSessionId, /^(?:[0-9A-F]{16})?$/],
    ['KSN', fields.ksn, encrypted && hasTracks ? /^[0-9A-F]{20}$/ : /^(?:[0-9A-F]{20})?$/],
    ['encryption counter', fields.encryptionCounter ?? '', /^(?:[0-9A-F]{6})?$/],
    ['CRC', fields.clearCrc, /^(?:[0-9A-F]{4})?$/],
    ['encrypted CRC', fields.encryptedCrc, /^(?:[0-9A-F]{16})?$/],
    ['format code', fields.formatCode, /^[\x20-\x7E]{4}$/],
  ];
  return shapes.find(([, value, shape]) => !shape.test(value))?.[0];
};

// It covers everything before it, the separator included, and is sent low byte first (p. 17).
const checkCrc = (
  text: string,
  { clearCrc, encryptedCrc, formatCode }: RecordFields,
  settings: MagtekSettings,
): Read<number | undefined> => {
  if (clearCrc === '') {
    return settings.clearCrc
      ? refused('The CRC is missing; set clearCrc to false if the reader was told to send none.')
      : { ok: true, value: undefined };
  }
  const tail = `${clearCrc}${settings.fieldSeparator}${encryptedCrc}${settings.fieldSeparator}${formatCode}`;
  const crc = crc16CcittFalse(bytesOf(text.slice(0, text.length - tail.length)));
  const printed = toHex(Uint8Array.of(crc & 0xff, crc >> 8));
  return printed === clearCrc
    ? { ok: true, value: crc }
    : refused(`The CRC is wrong: ${clearCrc} was sent, ${printed} belongs to this line.`);
};

const readTracks = (head: string, settings: MagtekSettings): Read<Tracks> => {
  const { preCard, postCard, preTrack, postTrack } = settings;
  if (!head.startsWith(preCard)) return refused('The string before the card is missing.');
  let at = preCard.length;
  const read = ({ starts, end }: TrackForm): TrackSent | 'cut' => {
    const start = starts.find(([sentinel]) => head.startsWith(preTrack + sentinel, at));
    // Nothing at all is sent for a track without data (p. 18).
    if (start === undefined) return { is: 'absent' };
    const [sentinel, encoding] = start;
    const from = at + preTrack.length + sentinel.length;
    const until = head.indexOf(end + postTrack, from);
    if (until < 0) return 'cut';
    const text = head.slice(from, until);
    // A second start sentinel, or a byte no stripe holds, is another line glued to this one.
    if (text.includes(sentinel) || !clearTrack.test(text)) return 'cut';
    at = until + end.length + postTrack.length;
    return text === 'E' ? { is: 'bad' } : { is: 'read', encoding, text };
  };
  const forms = trackForms(settings);
  const tracks = [read(forms[0]), read(forms[1]), read(forms[2])] as const;
  const [track1, track2, track3] = tracks;
  if (track1 === 'cut' || track2 === 'cut' || track3 === 'cut') {
    return refused('A track is cut short or not of one piece.');
  }
  return head.slice(at) === postCard
    ? { ok: true, value: [track1, track2, track3] }
    : refused('There is something other than three tracks before the first separator.');
};

interface TrackForm {
  readonly starts: readonly (readonly [string, TrackEncoding])[];
  readonly end: string;
}

const trackForms = (settings: MagtekSettings): Three<TrackForm> => [
  { starts: [[settings.startTrack1, 'iso']], end: settings.endTrack1 },
  {
    starts: [
      [settings.startTrack2, 'iso'],
      [settings.startTrack2SevenBit, 'seven bit'],
    ],
    end: settings.endTrack2,
  },
  {
    starts: [
      [settings.startTrack3, 'iso'],
      [settings.startTrack3Aamva, 'aamva'],
      [settings.startTrack3SevenBit, 'seven bit'],
    ],
    end: settings.endTrack3,
  },
];
