/**
 * A NEO reader of stripes and chips, on a serial line or as a HID device, byte for byte.
 *
 * NEO 2 guide 80139403-002. A card that is swiped, tapped or inserted is read when the reader was asked for
 * one; what it sends on that, and on each command, is a row of behaviours; the first that answers wins.
 */
import {
  huntingFramer,
  readObjects,
  findObject,
  type IssuerAnswer,
  type Purchase,
  type Timers,
} from '../../drivers/index.ts';
import { emit, reactionOf, type Behaviour, type Emission } from './behaviour.ts';
import type { TestCard } from './cards.ts';
import type { ChipCard, ChipTags } from './chip-card.ts';
import { nextKsn, testBaseKey } from './dukpt.ts';
import type { HidPlug, SimulatedHidReader } from './hid-wire.ts';
import type { SimulatedChipReader } from './simulated-reader.ts';
import { cut, frame, headerBytes, hexOf, requestAt, status } from './vivotech2-frame.ts';
import { answerData, results, swipeData } from './vivotech2-transaction.ts';

/** What happens to the reader; a card only when it was asked for one. */
export type Vivotech2Stimulus =
  | {
      readonly is: 'command';
      readonly command: number;
      readonly sub: number;
      readonly data: Uint8Array;
    }
  | { readonly is: 'swipe'; readonly card: TestCard }
  | { readonly is: 'tap' | 'insert'; readonly card: ChipCard }
  | { readonly is: 'remove' };

export type Vivotech2Behaviour = Behaviour<Vivotech2Stimulus, Vivotech2Inside>;

/** What a reader is doing. */
type Doing =
  | { readonly is: 'nothing' }
  | {
      readonly is: 'polling';
      readonly purchase: Purchase;
      readonly bits: number;
      readonly command: number;
    }
  | { readonly is: 'started' | 'asking host'; readonly chip: ChipCard; readonly tags: ChipTags };

/** What behaviours see of the reader. */
export interface Vivotech2Inside {
  readonly options: Vivotech2Options;
  ksn: string;
  doing: Doing;
  inserted: ChipCard | undefined;
  isFallback: boolean;
}

/** How a reader is made. */
export interface Vivotech2Options {
  readonly firmware: string;
  /** Empty: none was ever set, and the command is not allowed (p. 143). */
  readonly serialNumber: string;
  readonly isEncrypted: boolean;
  /** Says that it has begun, before it tells how it ended (status 63). */
  readonly saysBegun: boolean;
  /** Tells its host what a display would show (61-01). */
  readonly sendsMessages: boolean;
  readonly baseKey: Buffer;
  readonly initialKsn: string;
  readonly behaviours: readonly Vivotech2Behaviour[];
  readonly timers: Timers;
  readonly onDeath: () => void;
}

type Given = Partial<Vivotech2Options> & Pick<Vivotech2Options, 'timers'>;

const factory: Omit<Vivotech2Options, 'timers'> = {
  firmware: 'VP3300 USB NEO v1.01.151',
  serialNumber: '630Z000001',
  isEncrypted: true,
  saysBegun: true,
  sendsMessages: true,
  baseKey: testBaseKey,
  initialKsn: '62994901190000000000',
  behaviours: [],
  onDeath: () => {},
};

/** A simulated reader that also tells what it heard. */
export interface SimulatedVivotech2 extends SimulatedChipReader {
  /** Command and sub-command of every frame heard, such as `18-01`, the newest last. */
  readonly heard: readonly string[];
  /** What it does, for tests that wait for it. */
  readonly doing: Doing['is'];
}

/** A reader on a serial line, with what is given changed. */
export const simulateVivotech2 = (
  given: Given,
  send: (bytes: Uint8Array) => void,
): SimulatedVivotech2 => {
  const { react, inside } = played(given, send);
  const heard: string[] = [];
  const requests = huntingFramer({ frameBytesMax: 1_024, frameAt: requestAt });
  return {
    receive(bytes) {
      for (const token of requests.take(bytes)) {
        if (token.is !== 'frame') continue;
        const [command = 0, sub = 0] = token.bytes.subarray(headerBytes);
        heard.push(`${hexOf(command)}-${hexOf(sub)}`);
        react({ is: 'command', command, sub, data: token.bytes.slice(headerBytes + 4, -2) });
      }
    },
    swipe: (card) => react({ is: 'swipe', card }),
    tap: (card) => react({ is: 'tap', card }),
    insert: (card) => react({ is: 'insert', card }),
    remove: () => react({ is: 'remove' }),
    heard,
    get doing() {
      return inside.doing.is;
    },
  };
};

/** The same reader as a HID device. */
export type SimulatedVivotech2Hid = SimulatedHidReader & Omit<SimulatedVivotech2, 'receive'>;

/** A reader as a HID device: frames cut into numbered reports, both ways (p. 41). */
export const simulateVivotech2Hid = (given: Given, plug: HidPlug): SimulatedVivotech2Hid => {
  const reader = simulateVivotech2({ onDeath: () => plug.leave(), ...given }, (frame) => {
    for (const { bytes, id } of cut(frame)) plug.send(bytes, id);
  });
  return Object.assign(Object.create(reader) as SimulatedVivotech2, {
    // Zeros behind a frame are no beginning of one, so parts need no putting together here.
    receive: (report: Uint8Array) => reader.receive(report),
    feature: () => {},
  });
};

const played = (given: Given, send: (bytes: Uint8Array) => void) => {
  const options: Vivotech2Options = { ...factory, ...given };
  const inside: Vivotech2Inside = {
    options,
    ksn: nextKsn(options.initialKsn) ?? options.initialKsn,
    doing: { is: 'nothing' },
    inserted: undefined,
    isFallback: false,
  };
  let isDead = false;
  const outlet = {
    timers: options.timers,
    send: (piece: Uint8Array) => {
      if (!isDead) send(piece);
    },
    die: () => {
      isDead = true;
      options.onDeath();
    },
  };
  const react = (stimulus: Vivotech2Stimulus): void => {
    if (isDead) return;
    const emission = reactionOf([...options.behaviours, obedient], stimulus, inside);
    if (emission !== undefined) emit(emission, outlet);
  };
  return { react, inside };
};

const obedient: Vivotech2Behaviour = (stimulus, inside): Emission => ({
  pieces: piecesFor(stimulus, inside),
});

const piecesFor = (stimulus: Vivotech2Stimulus, inside: Vivotech2Inside): Uint8Array[] => {
  switch (stimulus.is) {
    case 'command':
      return answerTo(stimulus, inside);
    case 'swipe':
      return swiped(stimulus.card, inside);
    case 'tap':
      return tapped(stimulus.card, inside);
    case 'insert':
      inside.inserted = stimulus.card;
      return inserted(stimulus.card, inside);
    case 'remove':
      return removed(inside);
  }
};

type Command = Extract<Vivotech2Stimulus, { is: 'command' }>;

const answerTo = ({ command, sub, data }: Command, inside: Vivotech2Inside): Uint8Array[] => {
  const { options, doing } = inside;
  const name = `${hexOf(command)}-${hexOf(sub)}`;
  // Whatever it is asked while it polls ends the polling (Kiosk V manual p. 22).
  if (doing.is === 'polling') inside.doing = { is: 'nothing' };
  switch (name) {
    case '18-01':
      return [frame(command, status.ok)];
    case '29-00':
      return [frame(command, status.ok, Buffer.from(options.firmware))];
    case '12-01': {
      const text = Buffer.from(options.serialNumber.padEnd(15, '\0'));
      return [
        options.serialNumber === ''
          ? frame(command, status.notAllowed)
          : frame(command, status.ok, text),
      ];
    }
    case '05-01':
      inside.doing = { is: 'nothing' };
      return [frame(command, status.ok)];
    case '02-40':
      return poll(command, data.subarray(1), inside);
    case '60-10':
      return poll(command, data.subarray(5), inside, data[0] === 0x01 ? 0x05 : 0x04);
    case '60-11':
      return authenticate(inside);
    case '60-12':
      return complete(data, inside);
    default:
      return [frame(command, status.unknown)];
  }
};

const begun = (command: number, { options }: Vivotech2Inside): Uint8Array[] =>
  options.saysBegun ? [frame(command, status.begun)] : [];

const poll = (
  command: number,
  data: Uint8Array,
  inside: Vivotech2Inside,
  opened?: number,
): Uint8Array[] => {
  const read = readObjects(data);
  if (!read.ok) return [frame(command, 0x05)];
  const value = (tag: string) => findObject(read.objects, tag)?.value ?? new Uint8Array();
  const purchase: Purchase = {
    kind: value('9C')[0] === 0x20 ? 'refund' : 'purchase',
    amount: { value: Number(Buffer.from(value('9F02')).toString('hex')), currency: 'USD' },
    at: 1_790_000_000,
  };
  const bits = opened ?? value('DFEF37')[0] ?? 0x02;
  inside.doing = { is: 'polling', purchase, bits, command };
  inside.isFallback = false;
  const pieces = begun(command, inside);
  return inside.inserted === undefined ? pieces : [...pieces, ...inserted(inside.inserted, inside)];
};

const polling = ({ doing }: Vivotech2Inside, bit: number) =>
  doing.is === 'polling' && (doing.bits & bit) !== 0 ? doing : undefined;

const swiped = (card: TestCard, inside: Vivotech2Inside): Uint8Array[] => {
  const asked = polling(inside, 0x01);
  if (asked === undefined) return [];
  inside.doing = { is: 'nothing' };
  const data = swipeData(card, protection(inside), inside.isFallback);
  return [frame(asked.command, status.ok, data)];
};

const tapped = (card: ChipCard, inside: Vivotech2Inside): Uint8Array[] => {
  const asked = polling(inside, 0x02);
  if (asked === undefined) return [];
  inside.doing = { is: 'nothing' };
  const tags = card.start({ ...asked.purchase, unpredictable: unpredictable() }, 'contactless');
  const event = frame(0x02, status.event, Uint8Array.of(0x01));
  if (tags === undefined) {
    // Table 8, p. 31: 30 is a card that went too soon, 22 one that has no application here.
    const why = card.habits.foreign ? 0x22 : 0x30;
    const error = Uint8Array.of(0x01, 0xff, 0xee, 0x1f, 0x04, why, 0x00, 0x00, 0x00);
    return [event, frame(0x02, status.failed, error)];
  }
  const decided = tags.get('9F27') === '80' ? status.askHost : status.ok;
  return [event, frame(0x02, decided, answerData(tags, protection(inside), { isContact: false }))];
};

const inserted = (card: ChipCard, inside: Vivotech2Inside): Uint8Array[] => {
  const asked = polling(inside, 0x04);
  if (asked === undefined) return [];
  const tags = card.start({ ...asked.purchase, unpredictable: unpredictable() }, 'contact');
  if (tags === undefined) {
    const canSwipe = (asked.bits & 0x01) !== 0;
    inside.isFallback = true;
    // The same transaction goes on at the stripe, where there is one.
    inside.doing = canSwipe ? { ...asked, bits: 0x01, command: 0x60 } : { is: 'nothing' };
    return canSwipe ? message(0x12, inside) : [result(results.useStripe, inside)];
  }
  inside.doing = { is: 'started', chip: card, tags };
  // Of the card, but nothing of its decision yet (p. 185).
  const told = ['50', '57', '5A', '5F20', '5F24', '5F34', '84', '9F39'];
  const start: ChipTags = new Map([...tags].filter(([tag]) => told.includes(tag)));
  const data = answerData(start, protection(inside), { result: results.started, isContact: true });
  return [...message(0x0e, inside), frame(0x60, status.ok, data)];
};

const authenticate = (inside: Vivotech2Inside): Uint8Array[] => {
  const { doing } = inside;
  if (doing.is !== 'started') return [frame(0x60, status.notAllowed)];
  const { chip, tags } = doing;
  const decision = {
    ARQC: results.goOnline,
    TC: results.approvedOffline,
    AAC: results.declinedOffline,
  };
  const { decides } = chip.habits;
  inside.doing = decides === 'ARQC' ? { is: 'asking host', chip, tags } : { is: 'nothing' };
  const told: ChipTags = new Map([...tags].filter(([tag]) => tag !== '57' && tag !== '5A'));
  const data = answerData(told, protection(inside), { result: decision[decides], isContact: true });
  return [...begun(0x60, inside), frame(0x60, status.ok, data)];
};

const complete = (data: Uint8Array, inside: Vivotech2Inside): Uint8Array[] => {
  const { doing } = inside;
  if (doing.is !== 'asking host') return [frame(0x60, status.notAllowed)];
  const read = readObjects(data.subarray(1));
  const code = read.ok
    ? Buffer.from(findObject(read.objects, '8A')?.value ?? []).toString('latin1')
    : '';
  const answer: IssuerAnswer = {
    result: code === '00' ? 'approved' : 'declined',
    responseCode: code,
    issuerData: data.slice(1),
  };
  const tags = doing.chip.finish(answer);
  inside.doing = { is: 'nothing' };
  if (tags === undefined) return [...begun(0x60, inside), result(results.cardAbsent, inside)];
  const told: ChipTags = new Map([...tags].filter(([tag]) => tag !== '57' && tag !== '5A'));
  const verdict = tags.get('9F27') === '40' ? results.approved : results.declined;
  const final = answerData(told, protection(inside), { result: verdict, isContact: true });
  return [...begun(0x60, inside), frame(0x60, status.ok, final), ...message(0x10, inside)];
};

const removed = (inside: Vivotech2Inside): Uint8Array[] => {
  const { doing } = inside;
  inside.inserted = undefined;
  if (doing.is !== 'asking host') return [];
  inside.doing = { is: 'nothing' };
  return [result(results.cardAbsent, inside)];
};

const result = (code: string, inside: Vivotech2Inside): Uint8Array =>
  frame(
    0x60,
    status.ok,
    answerData(new Map(), protection(inside), { result: code, isContact: true }),
  );

// Every card has a key of its own.
const protection = (inside: Vivotech2Inside) => {
  const { isEncrypted, baseKey } = inside.options;
  const { ksn } = inside;
  inside.ksn = nextKsn(ksn) ?? ksn;
  return { isEncrypted, baseKey, ksn };
};

const unpredictable = (): Uint8Array => Uint8Array.of(0x12, 0x34, 0x56, 0x78);

/** A line of the display, by its number: mode 3, no timeout, English, the message, no light (p. 199). */
const message = (number: number, { options }: Vivotech2Inside): Uint8Array[] =>
  options.sendsMessages
    ? [frame(0x61, 0x01, Buffer.from(`0300000200454E030081${hexOf(number)}1C02000000`, 'hex'))]
    : [];
