/**
 * A HID wire without a device: a line and a simulated reader in one process, under whatever clock is given.
 *
 * It keeps every promise of a line, with what is peculiar to HID: a record is one input report, a `query`
 * sets a feature report and reads one back, and whoever has the device open hears it, one or several.
 */
import {
  filledUp,
  type Line,
  type LineEnd,
  type LineEvent,
  type OpenLine,
  type ReportSizes,
  type Timers,
} from '../../drivers/index.ts';

/** What a simulated HID reader is plugged into. */
export interface HidPlug {
  /** Sends an input report to all who listen. */
  readonly send: (report: Uint8Array, reportId?: number) => void;
  /** Gives what is read back after the feature report that was set last; no bytes refuse it. */
  readonly answer: (report: Uint8Array) => void;
  /** Leaves the bus, as a reader does that resets itself, and comes back to it. */
  readonly leave: () => void;
  readonly comeBack: () => void;
}

/** A HID reader played by code. */
export interface SimulatedHidReader {
  readonly descriptor?: Uint8Array;
  /** Takes an output report; zeros follow what was sent. */
  receive(report: Uint8Array, reportId?: number): void;
  /** Takes a feature report, and answers through its plug, or never. */
  feature(report: Uint8Array, reportId?: number): void;
}

/** Makes a reader that is plugged in there. */
export type MakeHidReader<R extends SimulatedHidReader = SimulatedHidReader> = (plug: HidPlug) => R;

/** Both ends of a HID wire. */
export interface HidWire<R extends SimulatedHidReader> {
  readonly reader: R;
  /** The agent's end. A HID device has no lock: others may open it too. */
  readonly open: OpenLine;
  /** Sends an input report that the reader knows nothing of. */
  send(report: Uint8Array, reportId?: number): void;
  unplug(): void;
  replug(): void;
  /** Whoever had it open is gone. */
  release(): void;
}

/** Strings a HID wire between the agent and a reader. */
export const stringHidWire = <R extends SimulatedHidReader>(
  make: MakeHidReader<R>,
  sizes: ReportSizes,
  timers: Timers,
): HidWire<R> => {
  let isPlugged = true;
  let opened: HidWireEnd[] = [];
  let asking: HidWireEnd | undefined;
  const endAll = (why: LineEnd, detail: string) => {
    for (const end of opened.splice(0)) end.end(why, detail);
  };
  const send = (report: Uint8Array, reportId?: number) => {
    opened = opened.filter(({ isLive }) => isLive);
    // Each of them has a copy of its own, to wipe.
    if (isPlugged) for (const end of opened) end.take(report.slice(), reportId);
  };
  const unplug = () => {
    isPlugged = false;
    endAll('unplugged', 'The reader was pulled.');
  };
  const replug = () => {
    isPlugged = true;
  };
  const reader = make({
    send,
    answer: (report) =>
      asking?.answer(report.length === 0 ? report : filledUp(report, sizes.featureBytes)),
    leave: unplug,
    comeBack: replug,
  });
  return {
    reader,
    open: (hear) => {
      const end: HidWireEnd = new HidWireEnd(hear, sizes, timers, {
        ask(report, reportId) {
          asking = end;
          reader.feature(report, reportId);
        },
        give: (report, reportId) => reader.receive(report, reportId),
      });
      if (isPlugged) opened.push(end.start(reader.descriptor));
      else end.end('absent', 'No such reader is plugged in.');
      return end;
    },
    send,
    unplug,
    replug,
    release: () => endAll('closed', 'Whoever had it open is gone.'),
  };
};

type ToReader = (report: Uint8Array, reportId?: number) => void;

class HidWireEnd implements Line {
  readonly #hear: (event: LineEvent) => void;
  readonly #sizes: ReportSizes;
  readonly #timers: Timers;
  readonly #far: { readonly ask: ToReader; readonly give: ToReader };
  #isOpen = false;
  isLive = true;

  constructor(
    hear: (event: LineEvent) => void,
    sizes: ReportSizes,
    timers: Timers,
    far: { readonly ask: ToReader; readonly give: ToReader },
  ) {
    this.#hear = hear;
    this.#sizes = sizes;
    this.#timers = timers;
    this.#far = far;
  }

  start(descriptor: Uint8Array | undefined): this {
    this.#later(() => {
      this.#isOpen = true;
      this.#hear({ is: 'opened', ...(descriptor === undefined ? {} : { descriptor }) });
    });
    return this;
  }

  // What comes before it is open is lost, as with a device that nobody has opened yet.
  take(bytes: Uint8Array, reportId?: number): void {
    if (!this.#isOpen || !this.isLive) return;
    const { numbered, inputBytesMax } = this.#sizes;
    if (bytes.length > inputBytesMax) this.#hear({ is: 'discarded', byteCount: bytes.length });
    else this.#hear({ is: 'record', bytes, ...(numbered ? { reportId: reportId ?? 0 } : {}) });
  }

  answer(bytes: Uint8Array): void {
    this.#later(() => this.#hear({ is: 'answer', bytes }));
  }

  send(bytes: Uint8Array, reportId?: number): void {
    const report = filledUp(bytes, this.#sizes.outputBytes);
    this.#later(() => this.#far.give(report, reportId));
  }

  query(bytes: Uint8Array, reportId?: number): void {
    const report = filledUp(bytes, this.#sizes.featureBytes);
    this.#later(() => this.#far.ask(report, reportId));
  }

  // A report comes whole or not at all; there is no rest of it to drop.
  skip(): void {}

  close(): void {
    this.end('closed', 'The reader was closed.');
  }

  end(why: LineEnd, detail: string): void {
    if (!this.isLive) return;
    this.isLive = false;
    this.#timers.after(0, () => this.#hear({ is: 'ended', why, detail }));
  }

  #later(then: () => void): void {
    this.#timers.after(0, () => {
      if (this.isLive) then();
    });
  }
}
