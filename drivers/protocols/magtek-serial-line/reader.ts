/** Runs the exchange with one MagTek reader over a line: bytes to happenings, effects to deeds. */
import { textOf } from '../../frames/latin1.ts';
import type { Line, LineEvent } from '../../lines/line.ts';
import type { CardRead, OpenReader, Reader } from '../../reader.ts';
import { commands } from '../../magnesafe/commands.ts';
import { next, opening, type Effect, type Exchange, type Heard } from '../../magnesafe/exchange.ts';
import { answerInLine, commandLineOf } from './command-line.ts';
import { readRecord, resemblesRecord, withoutLineFeed } from './record.ts';
import { readSettings, type MagtekSettings } from './settings.ts';
import { judge } from './swipe.ts';

/** Opens a MagneSafe V5 reader on a serial line (manual 99875475-10). */
export const openMagtekSerialLine: OpenReader = ({ open, timers, settings: given, hear }) => {
  const read = readSettings(given);
  if (!read.ok) {
    // Said later, as everything is: whoever opens has to have the reader in hand before it speaks.
    timers.after(0, () => hear({ is: 'lost', why: 'failed', detail: read.why }));
    return { arm() {}, answer() {}, disarm() {}, test() {}, close() {} };
  }
  const { settings } = read;
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
        return line.send(commandLineOf(effect.command));
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
    const heard = heardIn(event, settings);
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

const heardIn = (event: LineEvent, settings: MagtekSettings): Heard | undefined => {
  switch (event.is) {
    case 'opened':
      return { is: 'opened' };
    case 'ended':
      return event;
    case 'answer':
      return undefined;
    case 'discarded':
      return { is: 'noise', byteCount: event.byteCount };
    case 'record': {
      const heard = heardInLine(textOf(event.bytes), settings);
      event.bytes.fill(0);
      return heard;
    }
  }
};

const heardInLine = (text: string, settings: MagtekSettings): Heard | undefined => {
  const line = withoutLineFeed(text);
  const byteCount = line.length;
  if (byteCount === 0) return undefined;
  const answer = answerInLine(line);
  if (answer !== undefined) return { is: 'answer', answer };
  const record = readRecord(line, settings);
  if (record.ok) {
    const swipe = judge(record.value, settings);
    return swipe.is === 'card' ? swipe : { ...swipe, byteCount };
  }
  return resemblesRecord(line, settings)
    ? { is: 'bad read', why: 'damaged', byteCount }
    : { is: 'noise', byteCount };
};
