/** Every reader there is to play: each protocol, on each of its lines, at each security level. */
import {
  protocols,
  securityLevels,
  type OpenLine,
  type ProtocolName,
  type ReportSizes,
  type SecurityLevel,
  type Timers,
} from '../../drivers/index.ts';
import type { TestCard } from '../../simulator/readers/cards.ts';
import type { ChipCard } from '../../simulator/readers/chip-card.ts';
import {
  stringHidWire,
  type HidPlug,
  type SimulatedHidReader,
} from '../../simulator/readers/hid-wire.ts';
import { simulateIdtechMsr, simulateIdtechMsrHid } from '../../simulator/readers/idtech-msr.ts';
import type { IdtechForm } from '../../simulator/readers/idtech-swipe.ts';
import type { MagtekHidForm } from '../../simulator/readers/magtek-hid-report.ts';
import { magtekHidSizes, simulateMagtekHid } from '../../simulator/readers/magtek-hid.ts';
import { simulateIntellistripe } from '../../simulator/readers/magtek-intellistripe.ts';
import { simulateMagtekMms, simulateMagtekMmsHid } from '../../simulator/readers/magtek-mms.ts';
import { simulatePortPowered } from '../../simulator/readers/magtek-port-powered.ts';
import { simulateMagtekSerialLine } from '../../simulator/readers/magtek-serial-line.ts';
import { chipReaders } from '../../simulator/readers/shelf.ts';
import type { SimulatedReader } from '../../simulator/readers/simulated-reader.ts';
import { simulateVivotech2, simulateVivotech2Hid } from '../../simulator/readers/vivotech2.ts';
import { stringWire } from '../../simulator/readers/wire.ts';

/** What a customer finds at a reader. Where nobody can insert or tap a chip, there is no way to. */
export interface Slot {
  swipe(card: TestCard): void;
  insert?(card: ChipCard): void;
  tap?(card: ChipCard): void;
  remove?(): void;
}

/** What a reader sends: bytes of a stream, a report, or what is read back of a feature report. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly reportId?: number;
  readonly isAnswer?: true;
}

/** What becomes of a piece on its way; nothing, or several in its place. */
export type OnTheWay = (piece: Piece) => readonly Piece[];

/** What there is to know of a reader before it is plugged in. */
interface Kind {
  readonly protocol: ProtocolName;
  readonly level: SecurityLevel;
  /** How it differs from the others of its protocol, line and level. */
  readonly form?: string;
}

type MakeSerial = (timers: Timers, send: (bytes: Uint8Array) => void) => SimulatedReader;
type MakeHid = (timers: Timers, plug: HidPlug) => SimulatedHidReader & Slot;

/** A reader, by what it is and what may come out of it. */
export type PlayedReader = Kind &
  (
    | { readonly line: 'serial'; readonly make: MakeSerial }
    | { readonly line: 'hid'; readonly sizes: ReportSizes; readonly make: MakeHid }
  );

/** What to call a reader in the name of a test. */
export const nameOf = ({ protocol, line, level, form = '' }: PlayedReader): string =>
  [protocol, line, level, form].filter((part) => part !== '').join(' ');

const serial = (kind: Kind, make: MakeSerial): PlayedReader => ({ ...kind, line: 'serial', make });
const hid = (kind: Kind, sizes: ReportSizes, make: MakeHid): PlayedReader => ({
  ...{ ...kind, line: 'hid', sizes, make },
});

const magtekLine = (level: SecurityLevel, sureSwipe: boolean, form = ''): PlayedReader =>
  serial({ protocol: 'magtek-serial-line', level, form }, (timers, send) =>
    simulateMagtekSerialLine({ level, sureSwipe, timers }, send),
  );

const magtekHid = (level: SecurityLevel, shape: MagtekHidForm, form = ''): PlayedReader =>
  hid({ protocol: 'magtek-hid', level, form }, magtekHidSizes(shape), (timers, plug) => {
    const reader = simulateMagtekHid({ form: shape, level, isAuthenticated: true, timers }, plug);
    // A swipe ends authenticated mode; here somebody with the keys lets it read again at once.
    return { ...reader, swipe: (card) => reader.swipe(card, { ends: 'read' }) };
  });

const idtech = (level: SecurityLevel, options: Partial<IdtechForm>, form = ''): PlayedReader =>
  serial({ protocol: 'idtech-msr', level, form }, (timers, send) =>
    simulateIdtechMsr({ ...options, level, timers }, send),
  );

const idtechHid = (level: SecurityLevel): PlayedReader =>
  hid({ protocol: 'idtech-msr', level }, protocols['idtech-msr'].lines.hid, (timers, plug) =>
    simulateIdtechMsrHid({ level, timers }, plug),
  );

const neo = (level: 'clear' | 'encrypted'): PlayedReader =>
  serial({ protocol: 'vivotech2', level }, (timers, send) =>
    simulateVivotech2({ isEncrypted: level === 'encrypted', timers }, send),
  );

const neoHid = (level: 'clear' | 'encrypted'): PlayedReader =>
  hid({ protocol: 'vivotech2', level }, protocols.vivotech2.lines.hid, (timers, plug) =>
    simulateVivotech2Hid({ isEncrypted: level === 'encrypted', timers }, plug),
  );

/** Every one of them. */
export const playedReaders: readonly PlayedReader[] = [
  magtekLine('clear', true),
  magtekLine('clear', false, 'full records'),
  magtekLine('encrypted', true),
  magtekLine('authenticated', true),
  magtekHid('clear', 'v5'),
  magtekHid('clear', 'sureswipe', 'sureswipe'),
  magtekHid('encrypted', 'v5'),
  magtekHid('encrypted', 'v5 older', 'short report'),
  magtekHid('authenticated', 'v5'),
  serial({ protocol: 'magtek-port-powered', level: 'clear' }, (timers, send) =>
    simulatePortPowered({ timers }, send),
  ),
  serial({ protocol: 'magtek-intellistripe-ascii', level: 'clear' }, (timers, send) =>
    simulateIntellistripe({ timers }, send),
  ),
  ...securityLevels.flatMap((level) => [
    idtech(level, {}),
    idtech(level, { isHex: true }, 'hex'),
    idtech(level, { format: 'original' }, 'original'),
    idtechHid(level),
  ]),
  serial({ protocol: 'magtek-mms', level: 'encrypted' }, (timers, send) =>
    simulateMagtekMms({ timers, hasDisplay: false }, send),
  ),
  hid(
    { protocol: 'magtek-mms', level: 'encrypted' },
    protocols['magtek-mms'].lines.hid,
    (timers, plug) => simulateMagtekMmsHid({ timers, hasDisplay: false }, plug),
  ),
  neo('clear'),
  neo('encrypted'),
  neoHid('clear'),
  neoHid('encrypted'),
];

/** A reader and the end of its wire that an agent opens. */
export interface Strung {
  readonly open: OpenLine;
  readonly slot: Slot;
  /** Sends what the reader knows nothing of. */
  send(piece: Piece): void;
}

/** Strings a wire to a reader; everything it sends may become something else on the way. */
export const string = (
  reader: PlayedReader,
  timers: Timers,
  onTheWay: OnTheWay = (piece) => [piece],
): Strung => {
  if (reader.line === 'serial') {
    const { framing } = serialLineOf(reader.protocol);
    const wire = stringWire(
      (send) =>
        reader.make(timers, (bytes) => {
          for (const piece of onTheWay({ bytes })) send(piece.bytes);
        }),
      framing,
      timers,
    );
    const slot = slotOf(reader.protocol, wire.reader);
    return { open: wire.open, slot, send: ({ bytes }) => wire.send(bytes) };
  }
  const wire = stringHidWire(
    (plug) =>
      reader.make(timers, {
        ...plug,
        send: (bytes, reportId) => {
          for (const piece of onTheWay({ bytes, ...(reportId === undefined ? {} : { reportId }) }))
            plug.send(piece.bytes, piece.reportId);
        },
        answer: (bytes) => {
          for (const piece of onTheWay({ bytes, isAnswer: true })) plug.answer(piece.bytes);
        },
      }),
    reader.sizes,
    timers,
  );
  const send = ({ bytes, reportId }: Piece) => wire.send(bytes, reportId);
  return { open: wire.open, slot: wire.reader, send };
};

// A reader of stripes that cards are put into takes no chips there.
const slotOf = (protocol: ProtocolName, reader: SimulatedReader): Slot =>
  chipReaders.has(protocol)
    ? { ...reader, swipe: (card) => reader.swipe(card) }
    : { swipe: (card) => reader.swipe(card) };

const serialLineOf = (protocol: ProtocolName) => {
  const { lines } = protocols[protocol];
  if (!('serial' in lines)) throw new Error(`${protocol} runs over no serial line.`);
  return lines.serial;
};
