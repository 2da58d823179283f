/** The door to pino: one JSON line an event, on standard output, for journald or a file. */
import { pino, destination } from 'pino';
import { events, type EventFields, type EventName, type Log, type LogLevel } from './events.ts';

/** Makes the log; fields an event does not declare are dropped, whatever the types were told. */
export const pinoLog = (level: () => LogLevel): Log => {
  // Synchronous: what was logged before a crash is there after it.
  const logger = pino({ level: level(), base: null }, destination({ dest: 1, sync: true }));
  let lost = 0;
  return <N extends EventName>(event: N, fields: EventFields<N>) => {
    const row = events[event];
    logger.level = level();
    const declared: readonly string[] = row.fields;
    const kept = Object.entries(fields).filter(([name]) => declared.includes(name));
    try {
      logger[row.level]({ event, ...Object.fromEntries(kept), ...(lost > 0 ? { lost } : {}) });
      lost = 0;
    } catch {
      // A full disk under the log must not stop a sale; how many lines are missing is said with the next.
      lost += 1;
    }
  };
};
