/**
 * A MagneSafe V5 reader on a serial line, byte for byte (manual 99875475-10).
 *
 * What it does on a command or a swipe is a row of behaviours, as of every simulated reader; its own come
 * last. It encrypts with real DUKPT keys of the published test base key.
 */
import {
  boundedLines,
  bytesOf,
  textOf,
  type SecurityLevel,
  type Timers,
} from '../../drivers/index.ts';
import { emit, reactionOf, type Behaviour } from './behaviour.ts';
import type { TestCard } from './cards.ts';
import { nextKsn, testBaseKey, testInitialKsn } from './dukpt.ts';
import { answerCommand, type MagtekMemory } from './magtek-commands.ts';
import {
  badTrack,
  factoryFraming,
  fullLine,
  sureSwipeLine,
  type MagtekFraming,
  type TrackRead,
} from './magtek-record.ts';
import type { SimulatedReader } from './simulated-reader.ts';

/** How a card is swiped. */
export interface MagtekSwipe {
  readonly level?: SecurityLevel;
  /** Tracks that come out bad, 1 to 3. */
  readonly badTracks?: readonly number[];
  readonly ends?: 'read' | 'keys exhausted' | 'not authenticated' | 'timed out';
  /** Tried before the reader's own behaviours. */
  readonly behaving?: readonly MagtekBehaviour[];
}

/** What happens to the reader. */
export type MagtekStimulus =
  | { readonly is: 'command'; readonly line: string }
  | { readonly is: 'swipe'; readonly card: TestCard; readonly how: MagtekSwipe };

export type MagtekBehaviour = Behaviour<MagtekStimulus, MagtekInside>;

/** What behaviours see of the reader. */
export interface MagtekInside extends MagtekMemory {
  readonly options: MagtekOptions;
}

/** How a reader is made. */
export interface MagtekOptions {
  readonly level: SecurityLevel;
  /** At level `clear`: the short form, as from the factory, or full records. */
  readonly sureSwipe: boolean;
  readonly softwareId: string;
  readonly deviceSerial: string;
  readonly baseKey: Buffer;
  readonly initialKsn: string;
  readonly framing: MagtekFraming;
  readonly isoTrackMask: string;
  readonly crcFlags: number;
  readonly sendEncryptionCounter: boolean;
  readonly behaviours: readonly MagtekBehaviour[];
  readonly timers: Timers;
}

/** A simulated reader that also tells what it heard and which key comes next. */
export interface SimulatedMagtek extends SimulatedReader<MagtekSwipe> {
  readonly ksn: string | undefined;
  /** Every command line heard, the newest last. */
  readonly heard: readonly string[];
}

const factory: Omit<MagtekOptions, 'timers'> = {
  level: 'encrypted',
  sureSwipe: true,
  softwareId: '21042812D01',
  deviceSerial: 'B000795',
  baseKey: testBaseKey,
  initialKsn: testInitialKsn,
  framing: factoryFraming,
  isoTrackMask: '04040Y',
  crcFlags: 1,
  sendEncryptionCounter: false,
  behaviours: [],
};

/** A reader as from the factory, with what is given changed. */
export const simulateMagtekSerialLine = (
  given: Partial<Omit<MagtekOptions, 'timers'>> & Pick<MagtekOptions, 'timers'>,
  send: (bytes: Uint8Array) => void,
): SimulatedMagtek => {
  const options: MagtekOptions = { ...factory, ...given };
  const inside: MagtekInside = {
    options,
    ksn: nextKsn(options.initialKsn),
    sessionId: new Uint8Array(8),
    level: options.level,
    antecedent: 0,
  };
  const heard: string[] = [];
  const react = (stimulus: MagtekStimulus, first: readonly MagtekBehaviour[]) => {
    const row = [...first, ...options.behaviours, obedient];
    const emission = reactionOf(row, stimulus, inside);
    // A reader that dies falls silent; its cable stays where it is.
    if (emission !== undefined) emit(emission, { timers: options.timers, send, die: () => {} });
  };
  // Page 23: up to 120 bytes of data, each two digits, after command and length.
  const lines = boundedLines({ delimiter: bytesOf('\r'), lineBytesMax: 244 });
  return {
    receive(bytes) {
      for (const token of lines.take(bytes)) {
        if (token.is === 'discarded') continue;
        const line = textOf(token.bytes);
        heard.push(line);
        react({ is: 'command', line }, []);
      }
    },
    swipe: (card, how = {}) => react({ is: 'swipe', card, how }, how.behaving ?? []),
    heard,
    get ksn() {
      return inside.ksn;
    },
  };
};

const obedient: MagtekBehaviour = (stimulus, reader) => {
  const line =
    stimulus.is === 'command'
      ? `${answerCommand(stimulus.line, reader)}\r`
      : lineOfSwipe(stimulus, reader);
  return { pieces: [bytesOf(line)] };
};

type Swipe = Extract<MagtekStimulus, { is: 'swipe' }>;
type Ends = NonNullable<MagtekSwipe['ends']>;

const lineOfSwipe = ({ card, how }: Swipe, reader: MagtekInside): string => {
  const { options } = reader;
  const level = how.level ?? reader.level;
  const ends = reader.ksn === undefined ? 'keys exhausted' : (how.ends ?? 'read');
  const tracks = tracksOf(card, how, ends);
  reader.antecedent = tracks.includes(badTrack) || ends !== 'read' ? 3 : 2;
  if (level === 'clear' && options.sureSwipe) return sureSwipeLine(tracks, options.framing);
  const ksn = reader.ksn ?? options.initialKsn;
  const line = fullLine({
    ...options,
    tracks,
    status: statusOf(level, ends),
    ksn,
    sessionId: reader.sessionId,
    // The first digit becomes 1 as soon as anything about the format was changed (p. 20).
    formatCode: options.framing === factoryFraming && level !== 'clear' ? '0000' : '1000',
    ...(options.sendEncryptionCounter ? { encryptionCounter: 0x0007f1 } : {}),
  });
  // The key moves on with every card read (p. 67), and only then.
  if (level !== 'clear' && ends === 'read') reader.ksn = nextKsn(ksn);
  return line;
};

const tracksOf = (card: TestCard, how: MagtekSwipe, ends: Ends) => {
  const read = (at: 0 | 1 | 2): TrackRead => {
    if (ends !== 'read') return '';
    return how.badTracks?.includes(at + 1) === true ? badTrack : card.tracks[at];
  };
  return [read(0), read(1), read(2)] as const;
};

// The bits of page 19: exhausted 0, key injected 1, encrypting 2, authentication required 3, timed out 4.
const statusOf = (level: SecurityLevel, ends: Ends): number => {
  const ofLevel = { clear: 0b00010, encrypted: 0b00110, authenticated: 0b01110 }[level];
  if (ends === 'keys exhausted') return ofLevel | 0b00001;
  return ends === 'timed out' ? ofLevel | 0b10000 : ofLevel;
};
