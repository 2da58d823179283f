/**
 * A line: bytes out, bytes in, ended. What lies beyond it (a serial port, a HID report, a TCP socket, a
 * simulated one) is the business of the one door that opens it.
 *
 *   agent ── Reader ── protocol (pure) ── Line ──│door│── the reader itself
 *
 * A line says everything through `hear`, in order, and nothing after `ended`. It is opened once and never
 * reused: whoever lost one opens another.
 */

/** The kinds of line a reader hangs on. */
export const lineKinds = ['serial', 'hid', 'tcp'] as const;
export type LineKind = (typeof lineKinds)[number];

/** Why a line ended, in words a technician can act on. */
export const lineEnds = [
  'absent',
  'busy',
  'denied',
  'unplugged',
  'silent',
  'write_timeout',
  'closed',
  'failed',
] as const;
export type LineEnd = (typeof lineEnds)[number];

/**
 * What a line says. `record` is one whole record of the line's framing; on HID it is an input report, with
 * the report id where the device numbers its reports, and `descriptor` is the device's report descriptor
 * where the system gives it. `answer` is the feature report read back after a `query`; of no bytes, when the
 * device is there and refused the question.
 */
export type LineEvent =
  | { readonly is: 'opened'; readonly descriptor?: Uint8Array }
  | { readonly is: 'record'; readonly bytes: Uint8Array; readonly reportId?: number }
  | { readonly is: 'answer'; readonly bytes: Uint8Array }
  | { readonly is: 'discarded'; readonly byteCount: number }
  | { readonly is: 'ended'; readonly why: LineEnd; readonly detail: string };

/** An open (or opening) line. What is sent waits its turn; one write is under way at a time. */
export interface Line {
  /** Sends bytes; on HID an output report, numbered `reportId` where reports have numbers. */
  send(bytes: Uint8Array, reportId?: number): void;
  /** HID only: sends a feature report and reads one back, told as `answer`. Elsewhere it is a `send`. */
  query(bytes: Uint8Array, reportId?: number): void;
  /** Drops a record that has begun to come in, with the rest of it; told as `discarded` at its end. */
  skip(): void;
  close(): void;
}

/** Opens a line; everything it has to say comes to `hear`, never before `open` has returned. */
export type OpenLine = (hear: (event: LineEvent) => void) => Line;

/** Time for those who wait: runs `then` once after `ms`, unless called off by what it returns. */
export interface Timers {
  after(ms: number, then: () => void): () => void;
}
