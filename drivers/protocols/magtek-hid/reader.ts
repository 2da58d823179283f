/** A MagTek reader over USB HID: what its reports mean, and how it is asked. */
import { readDescriptor } from '../../hid/descriptor.ts';
import type { LineEvent } from '../../lines/line.ts';
import { answerIn, requestBytesOf, type Answer } from '../../magnesafe/commands.ts';
import { replied, speechOver, type MagnesafeHeard } from '../../magnesafe/speech.ts';
import type { OpenReader } from '../../reader.ts';
import { refusedReader } from '../../refused-reader.ts';
import { askedReader } from '../../stripes/asked-reader.ts';
import { commandUsage, layoutByLength, layoutIn, magtekPage, type Layout } from './layout.ts';
import { notificationReport } from './extended.ts';
import { readReport } from './report.ts';
import { readSettings, type MagtekHidSettings } from './settings.ts';
import { judge } from '../../magnesafe/swipe.ts';

/** Opens a MagneSafe V5 or SureSwipe reader on USB HID (manuals 99875475-10 and 99875191). */
export const openMagtekHid: OpenReader = (opening) => {
  const read = readSettings(opening.settings);
  if (!read.ok) return refusedReader(opening, read.why);
  let device: DeviceReports = unknownReports;
  const speech = speechOver({
    ask: (line, command) => line.query(requestBytesOf(command), device.commandReport),
    heardIn: (event) => {
      if (event.is === 'opened') device = reportsIn(event.descriptor);
      return heardIn(event, device, read.settings);
    },
  });
  return askedReader(opening, speech);
};

/** Which reports a device has for what. */
interface DeviceReports {
  /** The number of the feature report that takes commands. */
  readonly commandReport: number | undefined;
  /** Where a swipe has what; unknown without a descriptor, and then its length tells. */
  readonly layout: Layout | undefined;
}

/** The answer of a device that would not take the question. */
const refusal: Answer = { result: 'refused', data: new Uint8Array() };

const unknownReports: DeviceReports = { commandReport: undefined, layout: undefined };

const reportsIn = (descriptor: Uint8Array | undefined): DeviceReports => {
  const read = descriptor && readDescriptor(descriptor);
  if (read?.ok !== true) return unknownReports;
  const command = read.map.fields.find(
    ({ kind, page, usage }) => kind === 'feature' && page === magtekPage && usage === commandUsage,
  );
  const number = command?.reportId ?? 0;
  return { commandReport: number === 0 ? undefined : number, layout: layoutIn(read.map) };
};

const heardIn = (
  event: LineEvent,
  device: DeviceReports,
  settings: MagtekHidSettings,
): MagnesafeHeard | undefined => {
  switch (event.is) {
    case 'opened':
      return { is: 'opened' };
    case 'ended':
      return event;
    case 'answer': {
      // Zeros fill the report up; the second byte tells where the answer ends.
      const [, byteCount = 0] = event.bytes;
      if (event.bytes.length === 0) return replied(refusal, true);
      const answer = answerIn(event.bytes.subarray(0, 2 + byteCount));
      return answer && replied(answer, true);
    }
    case 'discarded':
      return { is: 'noise', byteCount: event.byteCount };
    case 'record': {
      const heard = heardInReport(event, device.layout, settings);
      event.bytes.fill(0);
      return heard;
    }
  }
};

const heardInReport = (
  { bytes, reportId = 0 }: Extract<LineEvent, { is: 'record' }>,
  declared: Layout | undefined,
  settings: MagtekHidSettings,
): MagnesafeHeard | undefined => {
  const byteCount = bytes.length;
  // What a newer reader notifies is about chips, which this driver does not read.
  if (reportId === notificationReport && declared?.reportId !== reportId) return undefined;
  const layout = declared ?? layoutByLength(byteCount);
  if (layout === undefined || (declared !== undefined && declared.reportId !== reportId)) {
    return { is: 'noise', byteCount };
  }
  const report = readReport(bytes, layout);
  if (!report.ok) return { is: 'bad read', why: 'damaged', byteCount };
  const swipe = judge(report.value, settings);
  return swipe.is === 'card' ? swipe : { ...swipe, byteCount };
};
