/** Runs the exchange with one ID TECH reader over a line: bytes to happenings, effects to deeds. */
import type { Line, LineEvent, LineKind } from '../../lines/line.ts';
import type { CardRead, OpenReader, Reader } from '../../reader.ts';
import { answerWithinMs, commands, reviewOf, startUp } from './commands.ts';
import { machineOf, opening, type Effect, type Exchange, type Heard } from './exchange.ts';
import { readFrame, swipeBytesMin } from './frame.ts';
import { readReport } from './hid.ts';
import { readRecord, type SwipeRecord } from '../../cards/idtech/record.ts';
import { readSettings, type IdtechSettings } from './settings.ts';
import { judge } from '../../cards/idtech/swipe.ts';

/** Opens an ID TECH reader of stripes on a serial line or as a HID device. */
export const openIdtechMsr: OpenReader = ({ open, line: kind, timers, settings: given, hear }) => {
  const read = readSettings(given);
  if (!read.ok) {
    // Said later, as everything is: whoever opens has to have the reader in hand before it speaks.
    timers.after(0, () => hear({ is: 'lost', why: 'failed', detail: read.why }));
    return { arm() {}, answer() {}, disarm() {}, test() {}, close() {} };
  }
  const { settings } = read;
  // No manual says how commands travel over HID; such a reader is only listened to.
  const machine = machineOf(kind === 'hid' ? [] : startUp);
  const inbox: Heard[] = [];
  let now: Exchange = opening;
  let stopWaiting = () => {};
  let isTurning = false;

  // What is said may be answered at once, by `arm` for one; that has to wait for the end of this turn.
  const tell = (heard: Heard): void => {
    inbox.push(heard);
    if (isTurning) return;
    isTurning = true;
    for (let first = inbox.shift(); first !== undefined; first = inbox.shift()) {
      const turn = machine.next(now, first);
      if (turn === undefined) continue;
      now = turn.then;
      for (const effect of turn.do) perform(effect);
    }
    isTurning = false;
  };

  const perform = (effect: Effect): void => {
    switch (effect.is) {
      case 'ask':
        stopWaiting();
        stopWaiting = timers.after(answerWithinMs, () => tell({ is: 'silence' }));
        return line.send(reviewOf(commands[effect.command].id));
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
    const heard = heardIn(event, kind, settings);
    if (heard !== undefined) tell(heard);
  });
  return handles(tell, line);
};

const handles = (tell: (heard: Heard) => void, line: Line): Reader => ({
  arm: () => {
    // A swipe that had begun before was meant for somebody else's sale.
    line.skip();
    tell({ is: 'arm' });
  },
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
      return frame;
    case 'refused':
      // 15 may have been a bad checksum on the way; 16 and 17 are meant.
      return { is: 'refused', isFinal: frame.code !== 0x15 };
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
