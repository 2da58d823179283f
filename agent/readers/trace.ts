/**
 * A trace: what went over one reader's line, by length and kind, and what the reader made of it, masked.
 *
 * The newest entries only, and of none the bytes: a record may be a card.
 */
import type { LineEvent, OpenLine, ReaderEvent } from '../../drivers/index.ts';

/** Entries that are kept of one reader. */
export const tracedMost = 200;

/** `in` and `out` are the line's, `reader` is what came of it. */
export interface TraceEntry {
  /** Counts from 1, and never the same twice while the agent runs. */
  readonly seq: number;
  /** Milliseconds since 1970, as the machine believes. */
  readonly atMs: number;
  readonly from: 'in' | 'out' | 'reader';
  readonly kind: string;
  readonly byteCount?: number;
  readonly reportId?: number;
  readonly says?: string;
}

export interface Trace {
  /** The line, with everything that goes over it noted. */
  over(openLine: OpenLine): OpenLine;
  note(event: ReaderEvent): void;
  /** The entries after one, the oldest first. */
  after(seq: number): readonly TraceEntry[];
}

/** A trace with nothing in it. */
export const traceOf = (wallMs: () => number): Trace => {
  const entries: TraceEntry[] = [];
  let seq = 0;
  const add = (entry: Omit<TraceEntry, 'seq' | 'atMs'>): void => {
    seq += 1;
    entries.push({ seq, atMs: wallMs(), ...entry });
    if (entries.length > tracedMost) entries.shift();
  };
  const sent = (kind: string, { length: byteCount }: Uint8Array, reportId?: number): void =>
    add({ from: 'out', kind, byteCount, ...(reportId === undefined ? {} : { reportId }) });
  return {
    over: (openLine) => (hear) => {
      const line = openLine((event) => {
        add({ from: 'in', ...shownOf(event) });
        hear(event);
      });
      return {
        send: (bytes, reportId) => {
          sent('send', bytes, reportId);
          line.send(bytes, reportId);
        },
        query: (bytes, reportId) => {
          sent('query', bytes, reportId);
          line.query(bytes, reportId);
        },
        skip: () => line.skip(),
        close: () => line.close(),
      };
    },
    note: (event) => add({ from: 'reader', kind: event.is, ...saidBy(event) }),
    after: (after) => entries.filter((entry) => entry.seq > after),
  };
};

const shownOf = (
  event: LineEvent,
): Pick<TraceEntry, 'kind' | 'byteCount' | 'reportId' | 'says'> => {
  switch (event.is) {
    case 'opened':
      return { kind: event.is };
    case 'record': {
      const { reportId } = event;
      const numbered = reportId === undefined ? {} : { reportId };
      return { kind: event.is, byteCount: event.bytes.length, ...numbered };
    }
    case 'answer':
      return { kind: event.is, byteCount: event.bytes.length };
    case 'discarded':
      return { kind: event.is, byteCount: event.byteCount };
    case 'ended':
      return { kind: event.is, says: `${event.why}: ${event.detail}` };
  }
};

const saidBy = (event: ReaderEvent): Pick<TraceEntry, 'byteCount' | 'says'> => {
  switch (event.is) {
    case 'ready':
      return { says: Object.values(event.identity).join(', ') };
    case 'card': {
      const { card, entryMode, securityLevel } = event.read;
      const { maskedPan, brand } = card;
      return { says: [maskedPan, brand, entryMode, securityLevel].join(', ') };
    }
    case 'bad read':
      return { says: event.why };
    case 'prompt':
      return { says: event.prompt };
    case 'completed':
      return { says: event.verdict };
    case 'tested':
      return { says: `${event.passed ? 'passed' : 'failed'}: ${event.detail}` };
    case 'noise':
      return { byteCount: event.byteCount };
    case 'restarting':
      return { says: `back within ${event.withinMs} ms` };
    case 'lost':
      return { says: `${event.why}: ${event.detail}` };
  }
};
