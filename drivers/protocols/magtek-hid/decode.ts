/**
 * Decodes captured reports with the parsers the driver runs on, for people who look at a cable.
 *
 * A capture is input reports, or a command and its answer as the feature reports hold them, with or without
 * the zeros that fill them up. Card data is masked as everywhere; ciphertext is shown, being of no use
 * without the key. The hash of track 2 is not: it has no key, and trying all numbers finds the one it is of.
 */
import { luhnHolds } from '../../cards/luhn.ts';
import { maskedTrack } from '../../cards/masking.ts';
import { shownSwipe } from '../../cards/swipe.ts';
import { readFinancial } from '../../cards/tracks.ts';
import type { Decoded } from '../../decoded.ts';
import { decodeCommand, decodeExchange } from '../../magnesafe/decode-command.ts';
import { commandBytes, sureSwipeCommandBytes } from './command-report.ts';
import {
  decodeExtendedAnswer,
  decodeExtendedRequest,
  decodeNotification,
  notificationReport,
} from './extended.ts';
import { knownReportBytes, layoutByLength } from './layout.ts';
import { readReport, type SwipeReport } from './report.ts';
import { defaultSettings } from './settings.ts';
import { judge, securityLevelOf, shownOf } from '../../magnesafe/swipe.ts';

/** Decodes a capture of one report, or of several of one size: then each good one is listed. */
export const decodeMagtekHid = (bytes: Uint8Array): Decoded => {
  if (bytes.length === 0) return { ok: false, why: 'The capture is empty: it has no report.' };
  const command = decodeCommandBytes(bytes);
  if (command !== undefined) return { ok: true, decoded: command };
  const size = sizeOfReports(bytes);
  if (size === undefined) {
    const sizes = Object.values(knownReportBytes).join(', ');
    const known = `A swipe has ${sizes} bytes, or one more with its report id`;
    return {
      ok: false,
      why: `${known}; a command has 60 at most. This capture has ${bytes.length}.`,
    };
  }
  const good: object[] = [];
  const rejected: { byteCount: number; why: string }[] = [];
  for (let at = 0; at < bytes.length; at += size.each) {
    const report = bytes.subarray(at + size.idBytes, at + size.each);
    const layout = layoutByLength(report.length);
    const read = layout && readReport(report, layout);
    if (read?.ok === true) good.push(decodedSwipe(read.value));
    else rejected.push({ byteCount: size.each, why: read?.why ?? 'unreadable' });
  }
  const [first, ...more] = good;
  if (first === undefined) return { ok: false, why: rejected[0]?.why ?? 'unreadable' };
  const remarks = rejected.length === 0 ? {} : { rejected };
  return { ok: true, decoded: { ...(more.length === 0 ? first : { reports: good }), ...remarks } };
};

// Of one size all of them, with a report id before each, or without.
const sizeOfReports = (bytes: Uint8Array): { each: number; idBytes: number } | undefined => {
  for (const [idBytes, known] of [0, 1].flatMap((id) =>
    Object.values(knownReportBytes).map((count) => [id, count] as const),
  )) {
    const each = known + idBytes;
    if (bytes.length % each === 0 && (idBytes === 0 || bytes[0] === 1)) return { each, idBytes };
  }
  return undefined;
};

const decodeCommandBytes = (bytes: Uint8Array): object | undefined => {
  const [first, ...rest] = bytes;
  const notified =
    first === notificationReport ? decodeNotification(Uint8Array.from(rest)) : undefined;
  if (notified !== undefined) return notified;
  if (bytes.length > 2 * commandBytes) return undefined;
  return decodePair(bytes) ?? decodeOne(bytes);
};

const decodeOne = (bytes: Uint8Array): object | undefined => {
  if (bytes.length > commandBytes) return undefined;
  const [, byteCount = 0] = bytes;
  const end = 2 + byteCount;
  const extended = decodeExtendedRequest(bytes);
  if (extended !== undefined) return extended;
  const isFilled = !bytes.subarray(end).some((byte) => byte !== 0);
  const alone = isFilled ? decodeCommand(bytes.subarray(0, end)) : undefined;
  const extendedAnswer = decodeExtendedAnswer(bytes);
  // A session id may look like a part of an answer; which it is, only its direction tells.
  return alone && extendedAnswer
    ? { ...alone, orAnswer: extendedAnswer }
    : (alone ?? extendedAnswer);
};

// A request and then its answer: close together, or each in a report of its own.
const decodePair = (bytes: Uint8Array): object | undefined => {
  const [, requestCount = 0] = bytes;
  for (const split of [2 + requestCount, sureSwipeCommandBytes, commandBytes]) {
    if (split >= bytes.length || split < 2 + requestCount) continue;
    if (bytes.subarray(2 + requestCount, split).some((byte) => byte !== 0)) continue;
    const following = bytes.subarray(split);
    const [, answerCount = 0] = following;
    if (following.subarray(2 + answerCount).some((byte) => byte !== 0)) continue;
    const request = bytes.subarray(0, 2 + requestCount);
    const pair = decodeExchange(request, following.subarray(0, 2 + answerCount));
    if (pair !== undefined) return pair;
  }
  return undefined;
};

const decodedSwipe = (report: SwipeReport): object => {
  const { maskCharacter } = defaultSettings;
  const shown = shownOf(report, defaultSettings);
  const [track1, track2, track3] = report.tracks;
  const common = {
    track1: maskedTrack(track1, { number: 1, shown, maskCharacter }),
    track2: maskedTrack(track2, { number: 2, shown, maskCharacter }),
    track3: maskedTrack(track3, { number: 3, shown, maskCharacter }),
    encodeType: report.encodeType,
    ...verdictOn(report),
  };
  if (report.form === 'sureswipe') return { form: 'SureSwipe', ...common };
  const { tracks, hashedTrack2: _, ...fields } = report.fields;
  const [encryptedTrack1, encryptedTrack2, encryptedTrack3] = tracks;
  const ciphertext = report.encrypted ? { encryptedTrack1, encryptedTrack2, encryptedTrack3 } : {};
  return {
    form: 'MagneSafe V5',
    fields: { ...fields, ...ciphertext },
    readerEncryptionStatus: report.statusBits.toString(16).padStart(4, '0'),
    status: [...report.status],
    ...common,
  };
};

const verdictOn = (report: SwipeReport): object => {
  const swipe = judge(report, defaultSettings);
  const isOdd = swipe.is === 'card' && hasWrongCheckDigit(report);
  return {
    securityLevel: securityLevelOf(report),
    ...shownSwipe(swipe),
    ...(isOdd ? { checkDigit: 'wrong' } : {}),
  };
};

// Worth a remark and no more; a masked number's is the reader's own doing.
const hasWrongCheckDigit = (report: SwipeReport): boolean => {
  const track =
    securityLevelOf(report) === 'clear' ? readFinancial(report.tracks[1], 2) : undefined;
  return track !== undefined && !luhnHolds(track.pan);
};
