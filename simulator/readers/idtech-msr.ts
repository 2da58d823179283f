/**
 * An ID TECH reader of stripes, on a serial line or as a HID device, byte for byte.
 *
 * It encrypts with real DUKPT keys of the published test base key, its data key. What it does on a command or
 * a swipe is a row of behaviours; the first that answers wins.
 */
import {
  huntingFramer,
  lrcOf,
  type FrameFound,
  type SecurityLevel,
  type Timers,
} from '../../drivers/index.ts';
import { emit, reactionOf, type Behaviour, type Emission } from './behaviour.ts';
import type { TestCard } from './cards.ts';
import { nextKsn, testBaseKey } from './dukpt.ts';
import type { HidPlug, SimulatedHidReader } from './hid-wire.ts';
import { answerTo, type IdtechMemory } from './idtech-commands.ts';
import { swipeFrame, withCheckCharacter, type HeadRead, type IdtechForm } from './idtech-swipe.ts';
import type { SimulatedReader } from './simulated-reader.ts';

/** How a card is swiped. */
export interface IdtechSwipe {
  /** Tracks that come out bad, 1 to 3. */
  readonly badTracks?: readonly number[];
  /** Tried before the reader's own behaviours. */
  readonly behaving?: readonly IdtechBehaviour[];
}

/** What happens to the reader. */
export type IdtechStimulus =
  | { readonly is: 'command'; readonly bytes: Uint8Array }
  | { readonly is: 'swipe'; readonly card: TestCard; readonly how: IdtechSwipe };

export type IdtechBehaviour = Behaviour<IdtechStimulus, IdtechInside>;

/** What behaviours see of the reader. */
export interface IdtechInside extends IdtechMemory {
  readonly options: IdtechOptions;
}

/** How a reader is made. */
export interface IdtechOptions extends IdtechForm {
  readonly level: SecurityLevel;
  readonly firmware: string;
  /** Empty: it has none. */
  readonly serialNumber: string;
  readonly baseKey: Buffer;
  readonly initialKsn: string;
  readonly behaviours: readonly IdtechBehaviour[];
  readonly timers: Timers;
  /** It has lost its power. */
  readonly onDeath: () => void;
}

type Given = Partial<IdtechOptions> & Pick<IdtechOptions, 'timers'>;

const factory: Omit<IdtechOptions, 'timers'> = {
  level: 'encrypted',
  format: 'enhanced',
  isHex: false,
  showsExpiry: false,
  sentSerialNumber: '',
  firmware: 'ID TECH TM3 SecureMag RS232 Reader V 3.19',
  serialNumber: 'T134000064',
  baseKey: testBaseKey,
  initialKsn: '62994901190000000000',
  behaviours: [],
  onDeath: () => {},
};

/** A simulated reader that also tells what it heard and which key comes next. */
export interface SimulatedIdtech extends SimulatedReader<IdtechSwipe> {
  readonly ksn: string | undefined;
  /** Every command heard, the newest last. */
  readonly heard: readonly Uint8Array[];
}

/** A reader on a serial line, as from the factory, with what is given changed. */
export const simulateIdtechMsr = (
  given: Given,
  send: (bytes: Uint8Array) => void,
): SimulatedIdtech => {
  const { react, inside } = played(given, send, obedient);
  const heard: Uint8Array[] = [];
  const requests = huntingFramer({ frameBytesMax: 260, frameAt: requestAt });
  return {
    receive(bytes) {
      for (const token of requests.take(bytes)) {
        if (token.is === 'discarded') continue;
        heard.push(token.bytes);
        react({ is: 'command', bytes: token.bytes }, []);
      }
    },
    swipe: (card, how = {}) => react({ is: 'swipe', card, how }, how.behaving ?? []),
    heard,
    get ksn() {
      return inside.ksn;
    },
  };
};

/** A reader as a HID device. */
export interface SimulatedIdtechHid extends SimulatedHidReader {
  swipe(card: TestCard, how?: IdtechSwipe): void;
}

/** Bytes of an input report: a header of 9 and 512 (SecureHead p. 24). */
export const hidReportBytes = 521;

/** The same reader over HID: one report a swipe, padded with zeros; it takes no commands. */
export const simulateIdtechMsrHid = (given: Given, plug: HidPlug): SimulatedIdtechHid => {
  const send = (frame: Uint8Array) => {
    const report = new Uint8Array(hidReportBytes);
    report.set(frame.subarray(0, hidReportBytes));
    plug.send(report);
  };
  const { react } = played({ onDeath: () => plug.leave(), ...given }, send, (stimulus, inside) =>
    stimulus.is === 'swipe' && inside.options.level === 'clear'
      ? { pieces: [clearReport(headRead(stimulus, inside))] }
      : obedient(stimulus, inside, () => undefined),
  );
  return {
    receive: () => {},
    feature: () => {},
    swipe: (card, how = {}) => react({ is: 'swipe', card, how }, how.behaving ?? []),
  };
};

const played = (given: Given, send: (bytes: Uint8Array) => void, own: IdtechBehaviour) => {
  const options: IdtechOptions = { ...factory, ...given };
  const inside: IdtechInside = { options, ksn: nextKsn(options.initialKsn) };
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
  const react = (stimulus: IdtechStimulus, first: readonly IdtechBehaviour[]): void => {
    if (isDead) return;
    const emission = reactionOf([...first, ...options.behaviours, own], stimulus, inside);
    if (emission !== undefined) emit(emission, outlet);
  };
  return { react, inside };
};

const obedient: IdtechBehaviour = (stimulus, inside): Emission =>
  stimulus.is === 'command'
    ? { pieces: answerTo(stimulus.bytes, inside) }
    : { pieces: [swipeFrame(headRead(stimulus, inside), inside.options)] };

type Swipe = Extract<IdtechStimulus, { is: 'swipe' }>;

const headRead = ({ card, how }: Swipe, inside: IdtechInside): HeadRead => {
  const { baseKey, initialKsn, level } = inside.options;
  const { badTracks = [] } = how;
  const read = (number: 1 | 2 | 3): string =>
    badTracks.includes(number) ? '' : withCheckCharacter(card.tracks[number - 1] ?? '');
  const ksn = inside.ksn ?? initialKsn;
  if (level !== 'clear') inside.ksn = nextKsn(ksn);
  return { tracks: [read(1), read(2), read(3)], badTracks, level, baseKey, ksn };
};

/** The clear report: decode status, lengths, type, length of all, tracks as text (SecureHead p. 24). */
const clearReport = ({ tracks, badTracks }: HeadRead): Uint8Array => {
  // No check character is sent in clear (SecureHead p. 22).
  const texts = tracks.map((track) => track.slice(0, -1));
  const all = Buffer.from(texts.filter((text) => text !== '').join('\r'), 'latin1');
  const status = [1, 2, 3].map((number) => (badTracks.includes(number) ? 1 : 0));
  const lengths = texts.map(({ length }) => length);
  return Uint8Array.from([...status, ...lengths, 0, all.length & 0xff, all.length >> 8, ...all]);
};

// `02 command … 03 LRC`: review and set, and what this reader will refuse.
const requestAt = (bytes: Uint8Array): FrameFound => {
  if (bytes[0] !== 0x02) return 'none';
  const isWhole = bytes.length >= 4 && bytes.at(-2) === 0x03 && lrcOf(bytes) === 0;
  return isWhole ? bytes.length : 'unfinished';
};
