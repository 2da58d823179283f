/** Opens lines and readers as the agent does, and keeps what they say. */
import {
  protocols,
  type HidPick,
  type Line,
  type LineEvent,
  type OpenLine,
  type Reader,
  type ReaderEvent,
} from '../../../drivers/index.ts';
import { openHidLine } from '../../../drivers/lines/hid.ts';
import { openSerialLine } from '../../../drivers/lines/serial.ts';
import { until } from '../../../simulator/shop/until.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { realTimers } from '../../rigs/hand-timers.ts';
import { guestWithinMs } from './found.ts';

const hid = protocols['magtek-hid'];
const serial = protocols['magtek-serial-line'];

/** A line to a HID reader, as the catalogue has it. */
export const hidLine = (pick: HidPick): OpenLine => {
  const { usagePage: page, usage, writeWithinMs, ...sizes } = hid.lines.hid;
  return openHidLine({ pick, use: { page, usage }, sizes, writeWithinMs }, realTimers);
};

/** A line to a reader on a serial port, as the catalogue has it. */
export const serialLine = (path: string): OpenLine =>
  openSerialLine({ path, ...serial.lines.serial }, realTimers);

/** What was heard so far, and a way to wait for more. */
export interface Ear<Event extends { readonly is: string }> {
  readonly events: readonly Event[];
  /** The first event of a kind, now or soon. */
  hears<Is extends Event['is']>(is: Is): Promise<Extract<Event, { readonly is: Is }>>;
}

export type LineEar = Ear<LineEvent> & { readonly line: Line };
export type ReaderEar = Ear<ReaderEvent> & { readonly reader: Reader };

/** Opens a line. */
export const listen = (open: OpenLine): LineEar => {
  const events: LineEvent[] = [];
  return { line: open((event) => void events.push(event)), ...earOf(events) };
};

/** Opens a reader over a line, and arms it. */
export const drive = (open: OpenLine, line: 'hid' | 'serial'): ReaderEar => {
  const events: ReaderEvent[] = [];
  const { openReader } = line === 'hid' ? hid : serial;
  const hear = (event: ReaderEvent) => void events.push(event);
  const reader = openReader({ open, line, timers: realTimers, settings: {}, hear });
  reader.arm(purchase);
  return { reader, ...earOf(events) };
};

const earOf = <Event extends { readonly is: string }>(events: readonly Event[]): Ear<Event> => ({
  events,
  async hears<Is extends Event['is']>(is: Is) {
    const isIt = (event: Event): event is Extract<Event, { readonly is: Is }> => event.is === is;
    // Nothing follows an end.
    const isOver = () => events.some((event) => event.is === 'ended' || event.is === 'lost');
    await until(`"${is}" is heard`, () => events.some(isIt) || isOver(), guestWithinMs);
    const found = events.find(isIt);
    if (found !== undefined) return found;
    const heard = events.map((event) => ('detail' in event ? event.detail : event.is));
    throw new Error(`"${is}" was not heard, but: ${heard.join(', ')}`);
  },
});
