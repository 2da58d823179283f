/** Runs the exchange with one port-powered reader over a line. */
import { judgeClear } from '../../cards/clear.ts';
import { textOf } from '../../frames/latin1.ts';
import type { LineEvent } from '../../lines/line.ts';
import type { OpenReader } from '../../reader.ts';
import { anySetting, refusedReader, stripeReader, turnsOf, wipe } from '../../turns.ts';
import { bytesOfCommands } from './commands.ts';
import { next, opening, type Effect, type Heard } from './exchange.ts';
import { readRecord, resemblesStripe } from './record.ts';

/** Opens a port-powered insertion reader on a serial line. */
export const openMagtekPortPowered: OpenReader = ({ open, timers, settings, hear }) => {
  const why = anySetting(settings);
  if (why !== undefined) return refusedReader({ timers, hear }, why);
  let stopWaiting = () => {};
  const perform = (effect: Effect): void => {
    switch (effect.is) {
      case 'send':
        return line.send(bytesOfCommands(effect.commands));
      case 'wait':
        stopWaiting();
        stopWaiting = timers.after(effect.ms, () => tell({ is: 'silence' }));
        return;
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
  const tell = turnsOf({ opening, next, perform });
  const line = open((event) => {
    for (const heard of heardIn(event)) tell(heard);
  });
  return stripeReader(tell, line);
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
