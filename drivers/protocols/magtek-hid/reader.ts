/** Runs the exchange with one MagTek reader over USB HID: reports to happenings, effects to deeds. */
import { readDescriptor } from '../../hid/descriptor.ts';
import type { LineEvent } from '../../lines/line.ts';
import { answerIn, commands, requestBytesOf } from '../../magnesafe/commands.ts';
import { next, opening, type Effect, type Exchange, type Heard } from '../../magnesafe/exchange.ts';
import type { CardRead, OpenReader, Reader } from '../../reader.ts';
import { commandUsage, layoutByLength, layoutIn, magtekPage, type Layout } from './layout.ts';
import { notificationReport } from './extended.ts';
import { readReport } from './report.ts';
import { readSettings, type MagtekHidSettings } from './settings.ts';
import { judge } from './swipe.ts';

/** Opens a MagneSafe V5 or SureSwipe reader on USB HID (manuals 99875475-10 and 99875191). */
export const openMagtekHid: OpenReader = ({ open, timers, settings: given, hear }) => {
  const read = readSettings(given);
  if (!read.ok) {
    // Said later, as everything is: whoever opens has to have the reader in hand before it speaks.
    timers.after(0, () => hear({ is: 'lost', why: 'failed', detail: read.why }));
    return { arm() {}, answer() {}, disarm() {}, test() {}, close() {} };
  }
  const { settings } = read;
  const inbox: Heard[] = [];
  let now: Exchange = opening;
  let device: DeviceReports = unknownReports;
  let stopWaiting = () => {};
  let isTurning = false;

  // What is said may be answered at once, by `arm` for one; that has to wait for the end of this turn.
  const tell = (heard: Heard): void => {
    inbox.push(heard);
    if (isTurning) return;
    isTurning = true;
    for (let first = inbox.shift(); first !== undefined; first = inbox.shift()) {
      const turn = next(now, first);
      if (turn === undefined) continue;
      now = turn.then;
      for (const effect of turn.do) perform(effect);
    }
    isTurning = false;
  };

  const perform = (effect: Effect): void => {
    switch (effect.is) {
      case 'ask': {
        const { withinMs } = commands[effect.command];
        stopWaiting();
        stopWaiting = timers.after(withinMs, () => tell({ is: 'silence' }));
        return line.query(requestBytesOf(effect.command), device.commandReport);
      }
      case 'stop waiting':
        return stopWaiting();
      case 'say':
        return hear(effect.event);
      case 'wipe':
        return wipe(effect.read);
      case 'close line':
        return line.close();
    }
  };

  const line = open((event) => {
    if (event.is === 'opened') device = reportsIn(event.descriptor);
    const heard = heardIn(event, device, settings);
    if (heard !== undefined) tell(heard);
  });
  return handles(tell);
};

const handles = (tell: (heard: Heard) => void): Reader => ({
  arm: () => tell({ is: 'arm' }),
  // A stripe waits for no answer.
  answer: () => {},
  disarm: () => tell({ is: 'disarm' }),
  test: () => tell({ is: 'test' }),
  close: () => tell({ is: 'close' }),
});

const wipe = ({ likeness, accountData }: CardRead): void => {
  likeness.wipe();
  accountData.wipe();
};

/** Which reports a device has for what. */
interface DeviceReports {
  /** The number of the feature report that takes commands. */
  readonly commandReport: number | undefined;
  /** Where a swipe has what; unknown without a descriptor, and then its length tells. */
  readonly layout: Layout | undefined;
}

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
): Heard | undefined => {
  switch (event.is) {
    case 'opened':
      return { is: 'opened' };
    case 'ended':
      return event;
    case 'answer': {
      // Zeros fill the report up; the second byte tells where the answer ends.
      const [, byteCount = 0] = event.bytes;
      const answer = answerIn(event.bytes.subarray(0, 2 + byteCount));
      return answer && { is: 'answer', answer, isInTurn: true };
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
): Heard | undefined => {
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
