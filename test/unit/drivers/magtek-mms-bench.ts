/** A driver of MMS devices and a simulated one, with a wire of either kind between them, for its tests. */
import {
  protocols,
  type CardRead,
  type IssuerAnswer,
  type Purchase,
  type ReaderEvent,
} from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { chipCard, type ChipCard, type ChipHabits } from '../../../simulator/readers/chip-card.ts';
import { stringHidWire } from '../../../simulator/readers/hid-wire.ts';
import {
  simulateMagtekMms,
  simulateMagtekMmsHid,
  type MmsOptions,
  type SimulatedMms,
} from '../../../simulator/readers/magtek-mms.ts';
import { stringWire } from '../../../simulator/readers/wire.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { handTimers } from '../../rigs/hand-timers.ts';

const { openReader, lines } = protocols['magtek-mms'];
/** The lines MMS runs over. */
export const lineKinds = ['serial', 'hid'] as const;
export type Kind = (typeof lineKinds)[number];

/** What differs from a device and a driver as they come. */
export interface Given {
  readonly options?: Partial<MmsOptions>;
  readonly settings?: Record<string, unknown>;
}

/** A driver and a device with a wire between them. */
export const setUp = (kind: Kind, { options = {}, settings = {} }: Given = {}) => {
  const timers = handTimers();
  const events: ReaderEvent[] = [];
  const all = { ...options, timers };
  const wire =
    kind === 'hid'
      ? stringHidWire((plug) => simulateMagtekMmsHid(all, plug), lines.hid, timers)
      : stringWire((send) => simulateMagtekMms(all, send), lines.serial.framing, timers);
  const hear = (event: ReaderEvent) => void events.push(event);
  const reader = openReader({ open: wire.open, line: kind, timers, settings, hear });
  const device: SimulatedMms = wire.reader;
  return {
    reader,
    device,
    wire,
    timers,
    /** What was said since the last time, once everything at hand has happened. */
    said: (ms = 0): ReaderEvent[] => {
      timers.pass(ms);
      return events.splice(0);
    },
  };
};

/** Ready, and everything said by then forgotten. */
export const ready = (kind: Kind, given: Given = {}) => {
  const rig = setUp(kind, given);
  rig.said(10_000);
  return rig;
};

/** Armed, with the device waiting for a card. */
export const armed = (kind: Kind, given: Given = {}, what: Purchase = purchase) => {
  const rig = ready(kind, given);
  rig.reader.arm(what);
  rig.said();
  return rig;
};

/** Events in a word each. */
export const kinds = (events: readonly ReaderEvent[]) =>
  events.map((event) => {
    if (event.is === 'bad read') return event.why;
    if (event.is === 'prompt') return event.prompt;
    return event.is === 'completed' ? `completed ${event.verdict}` : event.is;
  });

/** The card among some events. */
export const cardIn = (events: readonly ReaderEvent[]): CardRead => {
  const event = events.find(({ is }) => is === 'card');
  if (event?.is !== 'card') throw new Error(`There is no card in ${kinds(events).join(', ')}.`);
  return event.read;
};

export const approved: IssuerAnswer = { result: 'approved', responseCode: '00' };
export const declined: IssuerAnswer = { result: 'declined', responseCode: '05' };
export const unable: IssuerAnswer = { result: 'unable', responseCode: '91' };

/** A chip card. */
export const visa = (habits: Partial<ChipHabits> = {}): ChipCard =>
  chipCard(testCards.visa, habits);
