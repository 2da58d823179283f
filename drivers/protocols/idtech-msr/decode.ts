/**
 * Decodes captured bytes with the parsers the driver runs on, for people who look at a cable.
 *
 * Card data is masked as everywhere. Ciphertext is shown, being of no use without the key; hashes are only
 * counted, because whoever knows a card can make its hash.
 */
import { maskedTrack } from '../../cards/masking.ts';
import { shownSwipe } from '../../cards/swipe.ts';
import type { Decoded } from '../../decoded.ts';
import { toHex } from '../../frames/hex.ts';
import { huntingFramer, type Found } from '../../frames/hunting.ts';
import type { LineKind } from '../../lines/line.ts';
import { decodeAnswer, decodeRequest, requestAt } from './decode-command.ts';
import { swipeAt, type SwipeError } from '../../cards/idtech/swipe-frame.ts';
import { frameAt, frameBytesMax, readFrame, refusals } from './frame.ts';
import { readReport } from './hid.ts';
import { encodings, readRecord, type SwipeRecord } from '../../cards/idtech/record.ts';
import { readSettings, type IdtechSettings } from './settings.ts';
import { inHex, judge, securityLevelOf, shownOf } from '../../cards/idtech/swipe.ts';

/** Decodes a capture of one frame or report, or of several frames: then each good one is listed. */
export const decodeIdtechMsr = (
  bytes: Uint8Array,
  line: LineKind = 'serial',
  given: Readonly<Record<string, unknown>> = {},
): Decoded => {
  const read = readSettings(given);
  if (!read.ok) return read;
  const { settings } = read;
  if (line === 'hid') return decodeReport(bytes, settings);
  const { good, discardedByteCount } = decodeStream(bytes, settings);
  const [first, ...more] = good;
  if (first === undefined) return { ok: false, why: whyNone(bytes) };
  const remarks = discardedByteCount === 0 ? {} : { discardedByteCount };
  const decoded = more.length === 0 ? first : { frames: good };
  return { ok: true, decoded: { ...decoded, ...remarks } };
};

const decodeReport = (bytes: Uint8Array, settings: IdtechSettings): Decoded => {
  const report = readReport(bytes);
  if (report.is === 'unreadable') return { ok: false, why: report.why };
  const read =
    report.is === 'record'
      ? ({ ok: true, record: report.record } as const)
      : readRecord(report.data);
  return read.ok ? { ok: true, decoded: decodedRecord(read.record, settings) } : read;
};

const decodeStream = (bytes: Uint8Array, settings: IdtechSettings) => {
  const framer = huntingFramer({
    frameBytesMax,
    // A capture may hold what the host said as well.
    frameAt: (some, around) => firstOf(requestAt(some), frameAt(some, around)),
  });
  const good: object[] = [];
  let discardedByteCount = 0;
  for (const token of [...framer.take(bytes), ...framer.stalled()]) {
    if (token.is === 'discarded') {
      discardedByteCount += token.byteCount;
      continue;
    }
    const decoded = decodedFrame(token.bytes, settings);
    if (decoded === undefined) discardedByteCount += token.bytes.length;
    else good.push(decoded);
  }
  return { good, discardedByteCount };
};

// Whichever is whole; if neither is, whichever may become so.
const firstOf = (...found: readonly Found[]): Found =>
  found.find((one) => typeof one === 'number') ??
  (found.includes('unfinished') ? 'unfinished' : 'none');

const decodedFrame = (bytes: Uint8Array, settings: IdtechSettings): object | undefined => {
  const request = decodeRequest(bytes);
  if (request !== undefined) return request;
  const frame = readFrame(bytes);
  switch (frame?.is) {
    case undefined:
      return undefined;
    case 'acknowledged':
      return { form: 'acknowledged' };
    case 'refused':
      return { form: 'refused', code: toHex(bytes), means: refusals[frame.code] };
    case 'answer':
      return decodeAnswer(frame.answer);
    case 'swipe': {
      const read = readRecord(frame.data);
      return read.ok ? decodedRecord(read.record, settings) : undefined;
    }
  }
};

const hexOf = (byte: number): string => toHex(Uint8Array.of(byte));

const decodedRecord = (record: SwipeRecord, settings: IdtechSettings): object => {
  const { format, encoding, flags, ciphertext, serialNumber, lengths, hasChip } = record;
  const { hashes, ...cipher } = ciphertext ?? { hashes: [] };
  const enhanced = flags && {
    field8: hexOf(flags[0]),
    field9: hexOf(flags[1]),
    cardHasChip: hasChip,
  };
  return {
    form: 'swipe',
    format,
    encoding: encodings[encoding],
    trackStatus: hexOf(record.trackStatus),
    trackLengths: lengths,
    ...enhanced,
    ...shownTracks(record, settings),
    ...(ciphertext === undefined
      ? {}
      : { ...inHex({ ...cipher, hashes: [] }), hashes: hashes.length }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...verdictOn(record, settings),
  };
};

const shownTracks = (record: SwipeRecord, settings: IdtechSettings): object => {
  const shown = shownOf(record, settings);
  const show = (at: 0 | 1 | 2, number: 1 | 2 | 3) =>
    maskedTrack(record.tracks[at], { number, shown, ...settings });
  return { track1: show(0, 1), track2: show(1, 2), track3: show(2, 3) };
};

const verdictOn = (record: SwipeRecord, settings: IdtechSettings): object => ({
  securityLevel: securityLevelOf(record),
  ...shownSwipe(judge(record, settings)),
});

/** What is wrong with a swipe, in words. */
const errors: Readonly<Record<SwipeError, string>> = {
  start: 'it does not begin with 02',
  length: 'its length is none that a card gives',
  incomplete: 'it ends too early',
  end: 'it does not end in 03 where its length says so',
  lrc: 'its LRC is not that of its data',
  checksum: 'its sum is not that of its data',
};

const whyNone = (bytes: Uint8Array): string => {
  if (bytes.length === 0) return 'The capture is empty: it has no frame.';
  const found = swipeAt(bytes);
  if (found.ok) return 'There is a swipe whose parts do not fit its length.';
  const counted = `${bytes.length} bytes came, ${found.byteCount} were expected`;
  return `There is no good frame. Taken as a swipe, ${errors[found.error]} (${counted}).`;
};
