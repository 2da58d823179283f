/** An ID TECH reader of stripes over a line: what its frames and reports mean, and how it is asked. */
import type { LineEvent, LineKind } from '../../lines/line.ts';
import type { OpenReader } from '../../reader.ts';
import { refusedReader } from '../../refused-reader.ts';
import { askedReader } from '../../stripes/asked-reader.ts';
import type { Heard as HeardOf } from '../../stripes/exchange.ts';
import { readRecord, type SwipeRecord } from '../../cards/idtech/record.ts';
import { judge } from '../../cards/idtech/swipe.ts';
import { answerWithinMs, commands, reviewOf, startUp } from './commands.ts';
import { readFrame, swipeBytesMin } from './frame.ts';
import { readReport } from './hid.ts';
import { questionsOf, type Reply } from './questions.ts';
import { readSettings, type IdtechSettings } from './settings.ts';

type Heard = HeardOf<Reply>;

/** Opens an ID TECH reader of stripes on a serial line or as a HID device. */
export const openIdtechMsr: OpenReader = (opening) => {
  const { line: kind, settings: given } = opening;
  const read = readSettings(given);
  if (!read.ok) return refusedReader(opening, read.why);
  return askedReader(opening, {
    // No manual says how commands travel over HID; such a reader is only listened to.
    questions: questionsOf(kind === 'hid' ? [] : startUp),
    withinMs: () => answerWithinMs,
    ask: (line, command) => line.send(reviewOf(commands[command].id)),
    heardIn: (event) => heardIn(event, kind, read.settings),
  });
};

const heardIn = (event: LineEvent, kind: LineKind, settings: IdtechSettings): Heard | undefined => {
  switch (event.is) {
    case 'opened':
      return { is: 'opened' };
    case 'ended':
      return event;
    case 'answer':
      return undefined;
    case 'discarded':
      return event.byteCount < swipeBytesMin
        ? { is: 'noise', byteCount: event.byteCount }
        : { is: 'bad read', why: 'damaged', byteCount: event.byteCount };
    case 'record': {
      const heard =
        kind === 'hid' ? heardInReport(event.bytes, settings) : heardInFrame(event.bytes, settings);
      event.bytes.fill(0);
      return heard;
    }
  }
};

const heardInFrame = (bytes: Uint8Array, settings: IdtechSettings): Heard | undefined => {
  const frame = readFrame(bytes);
  const byteCount = bytes.length;
  switch (frame?.is) {
    case undefined:
      return { is: 'noise', byteCount };
    case 'acknowledged':
      return undefined;
    case 'answer':
      return { is: 'reply', reply: frame };
    case 'refused':
      // 15 may have been a bad checksum on the way; 16 and 17 are meant.
      return { is: 'reply', reply: { is: 'refused', isFinal: frame.code !== 0x15 } };
    case 'swipe':
      return heardInSwipe(readRecord(frame.data), byteCount, settings);
  }
};

const heardInReport = (bytes: Uint8Array, settings: IdtechSettings): Heard | undefined => {
  const report = readReport(bytes);
  const byteCount = bytes.length;
  switch (report.is) {
    case 'unreadable':
      return { is: 'bad read', why: 'damaged', byteCount };
    case 'record':
      return judged(report.record, byteCount, settings);
    case 'swipe':
      return heardInSwipe(readRecord(report.data), byteCount, settings);
  }
};

const heardInSwipe = (
  read: ReturnType<typeof readRecord>,
  byteCount: number,
  settings: IdtechSettings,
): Heard =>
  read.ok
    ? judged(read.record, byteCount, settings)
    : { is: 'bad read', why: 'damaged', byteCount };

const judged = (record: SwipeRecord, byteCount: number, settings: IdtechSettings): Heard => {
  const swipe = judge(record, settings);
  return swipe.is === 'card' ? swipe : { ...swipe, byteCount };
};
