/**
 * A MagTek reader on USB HID, report for report (manuals 99875475-10 and 99875191): MagneSafe V5 of either
 * length, or SureSwipe.
 *
 * What it does on a command or a swipe is a row of behaviours, as of every simulated reader; its own come
 * last. It encrypts with real DUKPT keys of the published test base key.
 */
import type { ReportSizes, SecurityLevel, Timers } from '../../drivers/index.ts';
import { emit, reactionOf, type Behaviour, type Emission } from './behaviour.ts';
import type { TestCard } from './cards.ts';
import { nextKsn, testBaseKey, testInitialKsn } from './dukpt.ts';
import type { HidPlug, SimulatedHidReader } from './hid-wire.ts';
import { obey, type MagtekHidMemory } from './magtek-hid-commands.ts';
import {
  descriptorOf,
  reportBytesOf,
  statusOfLevel,
  sureSwipeReport,
  v5Report,
  type MagtekHidForm,
} from './magtek-hid-report.ts';
import { badTrack, type TrackRead } from './magtek-record.ts';

/** How a card is swiped. */
export interface MagtekHidSwipe {
  /** Tracks that come out bad, 1 to 3. */
  readonly badTracks?: readonly number[];
  readonly ends?: 'read' | 'keys exhausted' | 'not authenticated' | 'timed out';
  /** At an insert reader: the card on its way in. */
  readonly goesIn?: boolean;
  /** Tried before the reader's own behaviours. */
  readonly behaving?: readonly MagtekHidBehaviour[];
}

/** What happens to the reader. */
export type MagtekHidStimulus =
  | { readonly is: 'command'; readonly report: Uint8Array }
  | { readonly is: 'swipe'; readonly card: TestCard; readonly how: MagtekHidSwipe };

export type MagtekHidBehaviour = Behaviour<MagtekHidStimulus, MagtekHidInside>;

/** What behaviours see of the reader. */
export interface MagtekHidInside extends MagtekHidMemory {
  readonly options: MagtekHidOptions;
}

/** How a reader is made. */
export interface MagtekHidOptions {
  readonly form: MagtekHidForm;
  readonly level: SecurityLevel;
  /** At level 4: somebody with the keys has let it read cards already. */
  readonly isAuthenticated: boolean;
  readonly softwareId: string;
  /** Empty for a reader that was never given a number. */
  readonly deviceSerial: string;
  readonly baseKey: Buffer;
  readonly initialKsn: string;
  readonly isoTrackMask: string;
  readonly crcFlags: number;
  /** Property 0x10 in hex: 00 is HID. */
  readonly interfaceType: string;
  /** Whether the system gives the driver its report descriptor. */
  readonly hasDescriptor: boolean;
  readonly behaviours: readonly MagtekHidBehaviour[];
  readonly random: () => Uint8Array;
  readonly timers: Timers;
}

/** A simulated reader that also tells what it heard and which key comes next. */
export interface SimulatedMagtekHid extends SimulatedHidReader {
  swipe(card: TestCard, how?: MagtekHidSwipe): void;
  readonly ksn: string | undefined;
  readonly level: SecurityLevel;
  /** Every command heard in hex, without the zeros behind it, the newest last. */
  readonly heard: readonly string[];
}

/** Milliseconds after its answer in which a reader that resets itself leaves the bus, and is away. */
export const magtekResetMs = { leaves: 20, away: 3_000 } as const;

const factory: Omit<MagtekHidOptions, 'timers'> = {
  form: 'v5',
  level: 'encrypted',
  isAuthenticated: false,
  softwareId: '21042812D01',
  deviceSerial: 'B000795',
  baseKey: testBaseKey,
  initialKsn: testInitialKsn,
  isoTrackMask: '04040Y',
  crcFlags: 1,
  interfaceType: '00',
  hasDescriptor: true,
  behaviours: [],
  random: () => Uint8Array.of(0x75, 0x49, 0xab, 0x6e, 0xb4, 0x84, 0x5a, 0xb4),
};

/** The sizes of a reader's reports, for the wire it hangs on. */
export const magtekHidSizes = (form: MagtekHidForm): ReportSizes => ({
  numbered: false,
  inputBytesMax: 2_047,
  outputBytes: 0,
  featureBytes: reportBytesOf[form].command,
});

/** A reader as from the factory, with what is given changed. */
export const simulateMagtekHid = (
  given: Partial<Omit<MagtekHidOptions, 'timers'>> & Pick<MagtekHidOptions, 'timers'>,
  plug: HidPlug,
): SimulatedMagtekHid => {
  const options: MagtekHidOptions = { ...factory, ...given };
  const { timers, random, form } = options;
  const inside: MagtekHidInside = {
    options,
    random,
    ksn: nextKsn(options.initialKsn),
    sessionId: new Uint8Array(8),
    level: form === 'sureswipe' ? 'clear' : options.level,
    antecedent: 0,
    properties: new Map(),
    authentication: options.isAuthenticated
      ? { challenges: { one: random(), two: random() }, isGiven: true }
      : 'none',
  };
  const heard: string[] = [];
  let last: Uint8Array = new Uint8Array();
  const reset = () => {
    plug.leave();
    inside.sessionId = new Uint8Array(8);
    inside.authentication = 'none';
    inside.antecedent = 0;
    timers.after(magtekResetMs.away, plug.comeBack);
  };
  const obedient: MagtekHidBehaviour = (stimulus) => {
    if (stimulus.is === 'swipe') {
      last = reportOf(stimulus, inside, last);
      return { pieces: [last] };
    }
    const { answer, resets = false } = obey(stimulus.report, inside);
    if (resets) timers.after(magtekResetMs.leaves, reset);
    return { pieces: [answer] };
  };
  const react = (
    stimulus: MagtekHidStimulus,
    first: readonly MagtekHidBehaviour[],
    send: (piece: Uint8Array) => void,
  ) => {
    const row = [...first, ...options.behaviours, obedient];
    const emission: Emission | undefined = reactionOf(row, stimulus, inside);
    if (emission !== undefined) emit(emission, { timers, send, die: plug.leave });
  };
  return {
    ...(options.hasDescriptor ? { descriptor: descriptorOf(form) } : {}),
    receive() {},
    feature(report) {
      const [, byteCount = 0] = report;
      heard.push(
        Buffer.from(report.subarray(0, 2 + byteCount))
          .toString('hex')
          .toUpperCase(),
      );
      react({ is: 'command', report }, [], plug.answer);
    },
    swipe: (card, how = {}) => react({ is: 'swipe', card, how }, how.behaving ?? [], plug.send),
    heard,
    get ksn() {
      return inside.ksn;
    },
    get level() {
      return inside.level;
    },
  };
};

type Swipe = Extract<MagtekHidStimulus, { is: 'swipe' }>;
type Ends = NonNullable<MagtekHidSwipe['ends']>;

const reportOf = ({ card, how }: Swipe, reader: MagtekHidInside, before: Uint8Array) => {
  const { options, level, authentication } = reader;
  const mayRead =
    level !== 'authenticated' || (authentication !== 'none' && authentication.isGiven);
  const wanted = how.ends ?? (mayRead ? 'read' : 'not authenticated');
  const ends: Ends = reader.ksn === undefined ? 'keys exhausted' : wanted;
  const tracks = tracksOf(card, how, ends);
  reader.antecedent = tracks.includes(badTrack) || ends !== 'read' ? 3 : 2;
  if (options.form === 'sureswipe') return sureSwipeReport(tracks, before);
  const ksn = reader.ksn ?? options.initialKsn;
  const report = v5Report(
    {
      ...options,
      tracks,
      status: statusOf(level, ends),
      ksn,
      sessionId: reader.sessionId,
      encryptionCounter: 0x0007f1,
      cardStatus: how.goesIn === true ? 1 : 0,
    },
    before,
  );
  // The key moves on with every card read (p. 67), and a swipe ends authenticated mode (p. 66).
  if (level !== 'clear' && ends === 'read') reader.ksn = nextKsn(ksn);
  if (ends === 'read') reader.authentication = 'none';
  return report.subarray(0, reportBytesOf[options.form].swipe);
};

const tracksOf = (card: TestCard, how: MagtekHidSwipe, ends: Ends) => {
  const read = (at: 0 | 1 | 2): TrackRead => {
    if (ends !== 'read') return '';
    return how.badTracks?.includes(at + 1) === true ? badTrack : card.tracks[at];
  };
  return [read(0), read(1), read(2)] as const;
};

const statusOf = (level: SecurityLevel, ends: Ends): number => {
  if (ends === 'keys exhausted') return statusOfLevel[level] | 0b00001;
  return ends === 'timed out' ? statusOfLevel[level] | 0b10000 : statusOfLevel[level];
};
