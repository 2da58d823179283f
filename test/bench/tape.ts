/**
 * A tape: what a reader sent over its line while it was opened, and then through some sales, with what was
 * asked of its driver in between.
 */
import {
  protocols,
  type IssuerAnswer,
  type LineEvent,
  type ProtocolName,
  type Reader,
  type ReaderEvent,
} from '../../drivers/index.ts';
import { purchase } from '../fixtures/purchase.ts';
import { handTimers } from '../rigs/hand-timers.ts';
import { tapedReader, type TapedLine } from './taped-reader.ts';

/** Bytes of a serial line, an event of any other, a wish of the till, or time that has to pass. */
export type Passage =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'event'; readonly event: LineEvent }
  | { readonly is: 'arm' | 'answer' }
  | { readonly is: 'time'; readonly ms: number };

export interface Tape {
  readonly protocol: ProtocolName;
  readonly line: TapedLine;
  readonly opening: readonly Passage[];
  /** Every one in full, from the arming to the card's leaving. */
  readonly sales: readonly Passage[];
  readonly cards: number;
}

const approved: IssuerAnswer = { result: 'approved', responseCode: '00' };

/** What the till wants of a reader. */
export const wish = (reader: Reader, { is }: Extract<Passage, { is: 'arm' | 'answer' }>): void =>
  is === 'arm' ? reader.arm(purchase) : reader.answer(approved);

// Timers fall due on whole milliseconds, so what answers a silence is taped behind it.
const lookEveryMs = 1;
const readyWithinMs = 60_000;

/** Tapes so many sales at a simulated reader. */
export const tapeOf = (protocol: ProtocolName, line: TapedLine, cards: number): Tape => {
  const timers = handTimers();
  let passages: Passage[] = [];
  const heard: ReaderEvent['is'][] = [];
  const tap = (bytes: Uint8Array) => void passages.push({ is: 'bytes', bytes: bytes.slice() });
  const rig = tapedReader(protocol, line, { timers, tap });
  const reader = protocols[protocol].openReader({
    ...{ line, timers, settings: {} },
    open: (hear) =>
      rig.open((event) => {
        if (line === 'hid' || event.is === 'opened') {
          passages.push({ is: 'event', event: copyOf(event) });
        }
        hear(event);
      }),
    hear: ({ is }) => void heard.push(is),
  });
  const asked = (is: 'arm' | 'answer') => {
    passages.push({ is });
    wish(reader, { is });
    timers.pass(0);
  };
  timers.pass(0);
  for (let ms = 0; !heard.includes('ready') && ms < readyWithinMs; ms += lookEveryMs) {
    passages.push({ is: 'time', ms: lookEveryMs });
    timers.pass(lookEveryMs);
  }
  const opening = passages;
  passages = [];
  for (let card = 0; card < cards; card += 1) {
    asked('arm');
    rig.present();
    timers.pass(0);
    asked('answer');
    rig.leave();
    timers.pass(0);
  }
  const read = heard.filter((is) => is === 'card').length;
  if (read !== cards) {
    throw new Error(
      `Of ${cards} cards ${protocol} read ${read} over ${line}: ${heard.join(', ')}.`,
    );
  }
  return { protocol, line, opening, sales: passages, cards };
};

/** An event whose bytes may be wiped without harm to the tape. */
export const copyOf = (event: LineEvent): LineEvent =>
  event.is === 'record' || event.is === 'answer' ? { ...event, bytes: event.bytes.slice() } : event;
