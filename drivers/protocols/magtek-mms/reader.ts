/** Runs the exchange with one MMS device over a line: bytes to happenings, effects to deeds. */
import { currencyValue } from '../../emv/currency.ts';
import type { FrameToken } from '../../frames/framer.ts';
import type { LineEvent } from '../../lines/line.ts';
import type { OpenReader, Reader, ReaderOpening } from '../../reader.ts';
import { refusedReader } from '../../refused-reader.ts';
import { play } from '../../turns.ts';
import { commands, write, type CommandName } from './commands.ts';
import { cardIn, type CardIn } from './card-data.ts';
import { next, opening } from './exchange.ts';
import { readMessage, type MmsMessage } from './message.ts';
import { readNotice, type Notice } from './notices.ts';
import { assembly, packetsOf } from './packets.ts';
import { readSettings, type MmsSettings } from './settings.ts';
import type { Ask, Exchange, Heard } from './states.ts';
import { readStatus } from './status.ts';
import { unwrapped, wrapped } from './wrapper.ts';

/** Opens an MMS device, on a serial line or as a HID device. */
export const openMagtekMms: OpenReader = (over) => {
  const read = readSettings(over.settings);
  if (!read.ok) return refusedReader(over, read.why);
  const { settings } = read;
  const wrap = wraps[over.line === 'hid' ? 'hid' : 'serial']();
  const { tell } = play<Exchange, Heard, Ask>(over, {
    opening,
    next,
    heardIn: (event) => heardIn(event, wrap, settings),
    perform: ({ request, reference }, { line, wait }) => {
      wait(commands[request.ask].withinMs);
      for (const part of wrap.parts(write(request, reference, settings))) line.send(part);
    },
  });
  return handles(tell, over);
};

const handles = (
  tell: (heard: Heard) => void,
  { hear, timers }: Pick<ReaderOpening, 'hear' | 'timers'>,
): Reader => ({
  arm: (purchase) => {
    // A chip puts its cryptogram to a currency by its number; without one it can agree to nothing.
    if (currencyValue(purchase.amount.currency) === undefined) {
      // Said later, as everything is.
      timers.after(0, () => hear({ is: 'bad read', why: 'not_accepted' }));
    } else tell({ is: 'arm', purchase });
  },
  answer: (answer) => tell({ is: 'answer', answer }),
  disarm: () => tell({ is: 'disarm' }),
  test: () => tell({ is: 'test' }),
  close: () => tell({ is: 'close' }),
});

/** How messages go over a kind of line: in parts to the device, and whole again from it. */
interface Wrap {
  readonly parts: (message: Uint8Array) => readonly Uint8Array[];
  readonly take: (record: Uint8Array) => readonly FrameToken[];
}

const wraps: Readonly<Record<'serial' | 'hid', () => Wrap>> = {
  serial: () => ({
    parts: (message) => [wrapped(message)],
    take: (record) => {
      const { message } = unwrapped(record);
      // A request that is too long for the device has no message; it will not be answered.
      return message.length === 0
        ? [{ is: 'discarded', byteCount: record.length }]
        : [{ is: 'frame', bytes: message }];
    },
  }),
  hid: () => {
    const packets = assembly();
    return { parts: packetsOf, take: (record) => packets.take(record) };
  },
};

const heardIn = (event: LineEvent, wrap: Wrap, settings: MmsSettings): readonly Heard[] => {
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
      const heard = wrap.take(event.bytes).flatMap((token) => {
        if (token.is === 'discarded') return [{ is: 'noise' as const, byteCount: token.byteCount }];
        const read = heardInMessage(token.bytes, settings);
        token.bytes.fill(0);
        return read === undefined ? [] : [read];
      });
      event.bytes.fill(0);
      return heard;
    }
  }
};

const heardInMessage = (bytes: Uint8Array, settings: MmsSettings): Heard | undefined => {
  const read = readMessage(bytes);
  if (!read.ok) return { is: 'noise', byteCount: bytes.length };
  const { message } = read;
  switch (message.kind) {
    case 'response':
      return heardInResponse(message);
    case 'notification': {
      const notice = readNotice(message);
      return notice.is === 'data' ? heardInData(notice, settings) : { is: 'notice', notice };
    }
    default:
      // Files, and what only a host may send.
      return undefined;
  }
};

// The message is wiped once it is read, so what the machine keeps is a copy.
const heardInResponse = ({ reference, id, detail, payload }: MmsMessage): Heard | undefined => {
  const isKnown = (Object.keys(commands) as CommandName[]).some((name) => commands[name].id === id);
  if (!isKnown) return undefined;
  return {
    is: 'response',
    reference,
    status: readStatus(detail),
    ...(payload === undefined ? {} : { payload: payload.slice() }),
  };
};

const heardInData = (
  { of, technology, bytes }: Extract<Notice, { is: 'data' }>,
  settings: MmsSettings,
): Heard | undefined => {
  const isRequest = of === 'request';
  const waits = isRequest && !settings.quickChip;
  const card: CardIn = cardIn(bytes, {
    technology,
    // Batch data come with the end; which end it was, the outcome tells.
    cryptogramType: isRequest ? 'ARQC' : 'TC',
    awaitsAnswer: waits,
    settings,
  });
  if (!card.ok) return isRequest ? { is: 'no card', why: card.why } : undefined;
  return isRequest
    ? { is: 'card', found: card.found, waits }
    : { is: 'batch', read: card.found.read };
};
