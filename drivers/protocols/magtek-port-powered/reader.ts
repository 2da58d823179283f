/** Runs the exchange with one port-powered reader over a line. */
import { judgeClear } from '../../cards/clear.ts';
import { textOf } from '../../frames/latin1.ts';
import type { LineEvent } from '../../lines/line.ts';
import type { OpenReader } from '../../reader.ts';
import { anySetting, refusedReader } from '../../refused-reader.ts';
import { stripeReader } from '../../stripes/reader.ts';
import { play } from '../../turns.ts';
import { bytesOfCommands } from './commands.ts';
import { next, opening, type Exchange, type Heard, type Send } from './exchange.ts';
import { readRecord, resemblesStripe } from './record.ts';

/** Opens a port-powered insertion reader on a serial line. */
export const openMagtekPortPowered: OpenReader = (over) => {
  const why = anySetting(over.settings);
  if (why !== undefined) return refusedReader(over, why);
  return stripeReader(
    play<Exchange, Heard, Send>(over, {
      opening,
      next,
      heardIn,
      perform: ({ commands }, { line }) => line.send(bytesOfCommands(commands)),
    }),
  );
};

const heardIn = (event: LineEvent): Heard[] => {
  switch (event.is) {
    case 'opened':
      return [{ is: 'opened' }];
    case 'ended':
      return [event];
    case 'answer':
      return [];
    case 'discarded':
      return [{ is: 'noise', byteCount: event.byteCount }];
    case 'record': {
      const heard = heardInMessage(textOf(event.bytes));
      event.bytes.fill(0);
      return heard;
    }
  }
};

const heardInMessage = (message: string): Heard[] => {
  const record = readRecord(message);
  if (!record.ok) {
    const noise = { is: 'noise', byteCount: message.length } as const;
    return resemblesStripe(message) ? [noise, { is: 'bad read', why: 'damaged' }] : [noise];
  }
  if (record.value.is !== 'stripe') return [record.value];
  const { tracks, cardPresent } = record.value;
  return [{ ...judgeClear(tracks), cardPresent }];
};
