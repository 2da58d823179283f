/** A driver and a simulated reader with a wire between them, under a clock moved by hand. */
import type { Framing, OpenReader, Reader, ReaderEvent, Timers } from '../../drivers/index.ts';
import type { SimulatedReader } from '../../simulator/readers/simulated-reader.ts';
import { stringWire, type Wire } from '../../simulator/readers/wire.ts';
import { handTimers, type HandTimers } from './hand-timers.ts';

export interface WiredReader<R extends SimulatedReader> {
  readonly reader: Reader;
  readonly wire: Wire<R>;
  readonly timers: HandTimers;
  readonly events: readonly ReaderEvent[];
  /** What was said since the last time, once everything at hand has happened. */
  said(ms?: number): ReaderEvent[];
}

export interface WiredParts<R extends SimulatedReader> {
  readonly openReader: OpenReader;
  readonly framing: Framing;
  readonly simulate: (
    parts: { readonly timers: Timers; readonly die: () => void },
    send: (bytes: Uint8Array) => void,
  ) => R;
  readonly settings?: Record<string, unknown>;
}

/** Wires a reader up; nothing has happened yet. */
export const wireUp = <R extends SimulatedReader>({
  openReader,
  framing,
  simulate,
  settings = {},
}: WiredParts<R>): WiredReader<R> => {
  const timers = handTimers();
  const events: ReaderEvent[] = [];
  const wire: Wire<R> = stringWire(
    (send) => simulate({ timers, die: () => wire.unplug() }, send),
    framing,
    timers,
  );
  const hear = (event: ReaderEvent) => void events.push(event);
  const reader = openReader({ open: wire.open, line: 'serial', timers, settings, hear });
  return {
    ...{ reader, wire, timers, events },
    said: (ms = 0) => {
      timers.pass(ms);
      return events.splice(0);
    },
  };
};

/** What was said in short: the prompt, the reason of a bad read, or the kind. */
export const kindsOf = (events: readonly ReaderEvent[]): string[] =>
  events.map((event) => {
    if (event.is === 'bad read') return event.why;
    return event.is === 'prompt' ? event.prompt : event.is;
  });
