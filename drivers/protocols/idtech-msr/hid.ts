/**
 * HID reports: one a swipe, of fixed size and padded with zeros, in one of two forms.
 *
 *   secure output  a swipe frame as on a serial line, from the first byte (MS246 p. 38)
 *   clear output   0-2 decode status, 3-5 lengths, 6 type, 7-8 length of all, 9… the tracks as text
 *                  (SecureHead p. 24, SecureMag p. 32)
 *
 * A decode status is 0 or 1, so the 02 of a frame tells them apart.
 */
import { textOf } from '../../frames/latin1.ts';
import { swipeAt, type SwipeData } from '../../cards/idtech/swipe-frame.ts';
import { encodings, tracksOf, type SwipeRecord } from '../../cards/idtech/record.ts';

const dataAt = 9;

/** What a report holds: a frame's data, a clear record, or why neither. */
export type Report =
  | { readonly is: 'swipe'; readonly data: SwipeData }
  | { readonly is: 'record'; readonly record: SwipeRecord }
  | { readonly is: 'unreadable'; readonly why: string };

/** Reads an input report. */
export const readReport = (report: Uint8Array): Report => {
  for (const start of [0, dataAt]) {
    if (report[start] !== 0x02) continue;
    const swipe = swipeAt(report.subarray(start));
    if (swipe.ok) return { is: 'swipe', data: swipe.data };
    if (start === 0)
      return { is: 'unreadable', why: `It begins like a swipe; wrong is its ${swipe.error}.` };
  }
  const record = clearRecordIn(report);
  return record === undefined
    ? { is: 'unreadable', why: 'It is neither a swipe frame nor a header with tracks behind it.' }
    : { is: 'record', record };
};

const clearRecordIn = (report: Uint8Array): SwipeRecord | undefined => {
  const [status1 = 2, status2 = 2, status3 = 2, length1 = 0, length2 = 0, length3 = 0] = report;
  const encoding = report[6] ?? 0xff;
  const statuses = [status1, status2, status3];
  if (report.length <= dataAt || statuses.some((status) => status > 1)) return undefined;
  if (encodings[encoding] === undefined) return undefined;
  const lengths = [length1, length2, length3] as const;
  const text = textOf(report.subarray(dataAt)).replace(/\0+$/, '');
  // The reader may have been programmed to put other characters between tracks; sentinels bound them.
  const found = text.match(/[%;+][^?]*\?/g) ?? [];
  const present = [0, 1, 2].filter((at) => (lengths[at] ?? 0) > 0);
  if (found.length !== present.length) return undefined;
  const texts = [0, 1, 2].map((at) => (present.includes(at) ? (found.shift() ?? '') : ''));
  const trackStatus = statuses.reduce(
    (bits, status, at) => bits | (status === 1 ? 0b001000 << at : 0b000001 << at),
    0,
  );
  return {
    format: 'clear',
    encoding,
    trackStatus,
    lengths,
    tracks: tracksOf({ trackStatus }, texts),
    shownTracks: present.reduce((bits, at) => bits | (1 << at), 0),
    encryptedTracks: 0,
  };
};
