/** A MagTek reader over a serial line: what its lines mean, and how it is asked. */
import { textOf } from '../../frames/latin1.ts';
import type { LineEvent } from '../../lines/line.ts';
import type { OpenReader } from '../../reader.ts';
import { replied, speechOver, type MagnesafeHeard } from '../../magnesafe/speech.ts';
import { refusedReader } from '../../refused-reader.ts';
import { askedReader } from '../../stripes/asked-reader.ts';
import { answerInLine, commandLineOf } from './command-line.ts';
import { readRecord, resemblesRecord, withoutLineFeed } from './record.ts';
import { readSettings, type MagtekSettings } from './settings.ts';
import { judge } from '../../magnesafe/swipe.ts';

/** Opens a MagneSafe V5 reader on a serial line (manual 99875475-10). */
export const openMagtekSerialLine: OpenReader = (opening) => {
  const read = readSettings(opening.settings);
  if (!read.ok) return refusedReader(opening, read.why);
  const speech = speechOver({
    ask: (line, command) => line.send(commandLineOf(command)),
    heardIn: (event) => heardIn(event, read.settings),
  });
  return askedReader(opening, speech);
};

const heardIn = (event: LineEvent, settings: MagtekSettings): MagnesafeHeard | undefined => {
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

const heardInLine = (text: string, settings: MagtekSettings): MagnesafeHeard | undefined => {
  const line = withoutLineFeed(text);
  const byteCount = line.length;
  if (byteCount === 0) return undefined;
  const answer = answerInLine(line);
  if (answer !== undefined) return replied(answer, false);
  const record = readRecord(line, settings);
  if (record.ok) {
    const swipe = judge(record.value, settings);
    return swipe.is === 'card' ? swipe : { ...swipe, byteCount };
  }
  return resemblesRecord(line, settings)
    ? { is: 'bad read', why: 'damaged', byteCount }
    : { is: 'noise', byteCount };
};
