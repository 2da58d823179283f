/** A MagTek reader over a serial line: what its lines mean, and how it is asked. */
import { textOf } from '../../frames/latin1.ts';
import type { LineEvent } from '../../lines/line.ts';
import type { OpenReader } from '../../reader.ts';
import type { Heard } from '../../magnesafe/exchange.ts';
import { neverOpened, runExchange } from '../../magnesafe/run.ts';
import { answerInLine, commandLineOf } from './command-line.ts';
import { readRecord, resemblesRecord, withoutLineFeed } from './record.ts';
import { readSettings, type MagtekSettings } from './settings.ts';
import { judge } from './swipe.ts';

/** Opens a MagneSafe V5 reader on a serial line (manual 99875475-10). */
export const openMagtekSerialLine: OpenReader = (opening) => {
  const read = readSettings(opening.settings);
  if (!read.ok) return neverOpened(opening, read.why);
  return runExchange(opening, {
    ask: (line, command) => line.send(commandLineOf(command)),
    heardIn: (event) => heardIn(event, read.settings),
  });
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
