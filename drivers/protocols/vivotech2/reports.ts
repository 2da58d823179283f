/**
 * Frames over HID: cut into reports of 63 bytes, numbered 1 to 4 (NEO 2 guide 80139403-002 p. 41).
 *
 *   1  a whole frame    2  the first part of one    3  a further part    4  the last part
 *
 * A part that follows no beginning is ignored, as is a report of any other number. Zeros fill the last one;
 * the frame's own length cuts them off.
 */
import { frameAt, frameBytesMax, type Sender } from './frame.ts';

/** Bytes of a report, its number not counted. */
export const reportBytes = 63;

/** A report to send. */
export interface NumberedReport {
  readonly reportId: number;
  readonly bytes: Uint8Array;
}

/** The reports of a frame, in order. */
export const reportsOf = (frame: Uint8Array): NumberedReport[] => {
  const count = Math.max(1, Math.ceil(frame.length / reportBytes));
  const idOf = (at: number): number => {
    if (count === 1) return 1;
    if (at === 0) return 2;
    return at === count - 1 ? 4 : 3;
  };
  return Array.from({ length: count }, (_, at) => ({
    reportId: idOf(at),
    bytes: frame.slice(at * reportBytes, (at + 1) * reportBytes),
  }));
};

/** What a report brought: a whole frame, bytes that make none, or nothing yet. */
export type Assembled =
  | { readonly is: 'frame'; readonly bytes: Uint8Array }
  | { readonly is: 'discarded'; readonly byteCount: number };

/** Puts reports together again. */
export interface Assembler {
  take(report: Uint8Array, reportId: number): Assembled | undefined;
  /** Forgets the frame that has begun to come. */
  skip(): void;
}

/** An assembler for one device; it holds no more than one frame. */
export const assemble = (senders: readonly Sender[] = ['reader']): Assembler => {
  const held = new Uint8Array(frameBytesMax + reportBytes);
  let heldCount = 0;
  let hasBegun = false;

  const clear = (): void => {
    held.fill(0);
    heldCount = 0;
    hasBegun = false;
  };

  const end = (): Assembled => {
    const found = frameAt(held.subarray(0, heldCount), senders);
    const assembled: Assembled =
      typeof found === 'number'
        ? { is: 'frame', bytes: held.slice(0, found) }
        : { is: 'discarded', byteCount: heldCount };
    // What was held may have been a card.
    clear();
    return assembled;
  };

  return {
    take(report, reportId) {
      const begins = reportId === 1 || reportId === 2;
      if (begins) clear();
      else if (!hasBegun || (reportId !== 3 && reportId !== 4)) return undefined;
      hasBegun = true;
      held.set(report.subarray(0, held.length - heldCount), heldCount);
      heldCount = Math.min(held.length, heldCount + report.length);
      return reportId === 1 || reportId === 4 || heldCount > frameBytesMax ? end() : undefined;
    },
    skip: clear,
  };
};
