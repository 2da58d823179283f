/**
 * A round: one reader as the agent drives it, and rubbish on its line, again and again with a good card after
 * it. Whatever came, the good card has to come out right; nothing may be thrown, and nothing may pile up.
 */
import {
  decodeCapture,
  framerOf,
  protocols,
  type LineEvent,
  type LineKind,
  type OpenLine,
  type ProtocolName,
  type Reader,
  type ReaderEvent,
} from '../../drivers/index.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { chipReaders } from '../../simulator/readers/shelf.ts';
import { seededDice, type SeededDice } from '../../simulator/world/dice.ts';
import { purchase } from '../fixtures/purchase.ts';
import { handTimers } from '../rigs/hand-timers.ts';
import { nameOf, string, type Piece, type PlayedReader } from '../rigs/played-readers.ts';
import { goodFramesOf } from './good-frames.ts';
import { lanesOf, type Lane } from './lane.ts';
import { rubbishOf, type Rubbish } from './rubbish.ts';

/** What came of rubbish; counts. */
export interface Tally {
  frames: number;
  bytes: number;
  /** Records and lengths that lines told. */
  tokens: number;
  cards: number;
  badReads: number;
  noises: number;
  /** Readers that were given up, and opened anew. */
  losses: number;
}

export const emptyTally = (): Tally => ({
  ...{ frames: 0, bytes: 0, tokens: 0, cards: 0, badReads: 0, noises: 0, losses: 0 },
});

/** What a round found wrong. */
export class Wrong extends Error {}

/** Frames of rubbish between two good cards, at most. */
const rubbishMost = 12;

/** Events a reader may make of one token, and of nothing at all in one batch. */
const eventsPerToken = 6;
const eventsOfNothing = 200;

/** Longer than a reader of chips takes to come to rest, whatever it was told; one of stripes needs none. */
const restMs = 150_000;

/** Questions a driver may ask in a row while it is being listened to for a silence. */
const hushesMost = 50;

/** A reader of which a card was believed to be inside already takes the card after next. */
const triesOf = (protocol: ProtocolName): number => (protocol === 'magtek-port-powered' ? 2 : 1);

/** A round to play; all that happens in it is drawn from the seed. */
export interface RoundPlan {
  readonly protocol: ProtocolName;
  readonly seed: number;
  /** Frames of rubbish, at least. */
  readonly frames: number;
  /** Which line is played on; drawn too unless given. */
  readonly line?: LineKind;
}

/** Plays one round; a `Wrong` says what it found, and with which reader. */
export const playRound = ({ protocol, seed, frames, line }: RoundPlan): Round => {
  const dice = seededDice(`${protocol} ${seed}`);
  const lanes = lanesOf(protocol).filter((lane) => line === undefined || lane.line === line);
  const lane = lanes[dice.below(lanes.length)];
  const played = lane?.readers[dice.below(lane.readers.length)];
  if (lane === undefined || played === undefined) throw new Error(`Nobody plays ${protocol}.`);
  const round = new Round(lane, played, dice);
  try {
    while (round.tally.frames < frames) round.batch();
  } catch (error) {
    const found = error instanceof Wrong ? error.message : `It threw: ${stackOf(error)}`;
    const where = `${nameOf(played)}${lane.line === 'tcp' ? ', over TCP' : ''}`;
    throw new Wrong(`${where}, after ${round.tally.frames} frames: ${found}`, { cause: error });
  }
  return round;
};

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

export class Round {
  readonly tally = emptyTally();
  readonly #lane: Lane;
  readonly #dice: SeededDice;
  readonly #played: PlayedReader;
  readonly #timers = handTimers();
  readonly #draw: Rubbish;
  readonly #open: OpenLine;
  readonly #strung: ReturnType<typeof string>;
  #reader: Reader;
  #isLost = false;
  #spoilsAnswers = false;
  #toldBytes = 0;
  #events = 0;
  /** The records of the line since somebody asked for them. */
  #records: Uint8Array[] = [];
  #keepsRecords = false;
  /** Masked numbers of the cards that were read since somebody asked for one. */
  #read: string[] = [];

  constructor(lane: Lane, played: PlayedReader, dice: SeededDice) {
    this.#lane = lane;
    this.#dice = dice;
    this.#played = played;
    this.#draw = rubbishOf(lane, played, dice);
    this.#strung = string(played, this.#timers, (piece) => this.#onTheWay(piece));
    this.#open = (hear) =>
      this.#strung.open((event) => {
        this.#count(event);
        hear(event);
      });
    this.#reader = this.#opened();
  }

  /** Some rubbish, and a good card after it. */
  batch(): void {
    const before = { ...this.tally, events: this.#events };
    for (let count = 1 + this.#dice.below(rubbishMost); count > 0; count -= 1) {
      this.#meddle();
      const rubbish = this.#draw();
      this.tally.frames += 1;
      this.#deliver(rubbish);
      if (this.#dice.below(4) === 0) this.#decode(rubbish);
    }
    this.#fallSilent();
    this.#takeGoodFrame();
    this.#takeGoodCard();
    const events = this.#events - before.events;
    const tokens = this.tally.tokens - before.tokens;
    if (events > eventsPerToken * tokens + eventsOfNothing) {
      throw new Wrong(`It said ${events} things of ${tokens} tokens.`);
    }
    if (this.#toldBytes > this.tally.bytes) {
      throw new Wrong(`${this.tally.bytes} bytes came, and the line told of ${this.#toldBytes}.`);
    }
  }

  // What the agent may do at any time, and a reader that speaks meanwhile.
  #meddle(): void {
    this.#spoilsAnswers = this.#dice.below(2) === 0;
    switch (this.#dice.below(16)) {
      case 0:
        return this.#reader.arm(purchase);
      case 1:
        return this.#reader.disarm();
      case 2:
        return this.#reader.test();
      case 3:
        return this.#reader.answer({ result: 'approved', responseCode: '00' });
      case 4:
        return this.#strung.slot.swipe(testCards.amex);
      case 5:
        return this.#timers.pass(this.#dice.below(70_000));
      default:
        return this.#timers.pass(this.#dice.below(3) * this.#dice.below(300));
    }
  }

  #deliver(pieces: readonly Piece[], how?: 'in one breath'): void {
    if (this.#lane.line === 'hid') {
      for (const piece of pieces) this.#came(piece);
      return;
    }
    const stream = Buffer.concat(pieces.map(({ bytes }) => bytes));
    const places = Array.from({ length: this.#dice.below(5) }, () =>
      this.#dice.below(stream.length + 1),
    );
    const ends = [...places.sort((one, other) => one - other), stream.length];
    let from = 0;
    for (const end of ends) {
      if (end > from) this.#came({ bytes: new Uint8Array(stream.subarray(from, end)) });
      if (how === undefined && this.#dice.below(6) === 0)
        this.#timers.pass(this.#dice.below(1_200));
      from = end;
    }
  }

  #came(piece: Piece): void {
    if (this.#isLost) this.#reopen();
    this.tally.bytes += piece.bytes.length;
    this.#strung.send({ ...piece, bytes: piece.bytes.slice() });
  }

  // What the reader itself says while there is rubbish on its line may be spoilt too.
  #onTheWay(piece: Piece): readonly Piece[] {
    if (this.#spoilsAnswers && this.#dice.below(8) === 0) {
      const length = 1 + this.#dice.below(piece.bytes.length);
      const bytes = Uint8Array.from(piece.bytes.subarray(0, length));
      bytes[this.#dice.below(bytes.length)] = this.#dice.below(256);
      this.tally.bytes += bytes.length;
      return [{ ...piece, bytes }];
    }
    this.tally.bytes += piece.bytes.length;
    return [piece];
  }

  #decode(pieces: readonly Piece[]): void {
    const { protocol, line } = this.#lane;
    const bytes = Buffer.concat(
      pieces.flatMap(({ bytes: report, reportId }) =>
        reportId === undefined ? [report] : [Uint8Array.of(reportId), report],
      ),
    );
    const decoded = decodeCapture(protocol, new Uint8Array(bytes), { line });
    const said = decoded.ok ? JSON.stringify(decoded.decoded) : decoded.why;
    if (!decoded.ok && !/[.!?]$/.test(said)) throw new Wrong(`Decoding it said “${said}”.`);
  }

  // After the silence that its framing promises, or the end of the line, all that came before is over.
  #fallSilent(): void {
    this.#spoilsAnswers = false;
    const { framing } = this.#lane;
    if (framing?.by === 'framer') this.#hush(framing.stalledAfterMs);
    if (framing?.by === 'delimiter') {
      this.#came({ bytes: new Uint8Array(Buffer.from(framing.delimiter, 'latin1')) });
    }
  }

  // The reader may be asked something meanwhile, and answer.
  #hush(ms: number): void {
    for (let left = hushesMost; left > 0; left -= 1) {
      const { bytes } = this.tally;
      this.#timers.pass(ms);
      if (this.tally.bytes === bytes) return;
    }
    throw new Wrong(`After ${hushesMost * ms} ms there is no silence yet.`);
  }

  #takeGoodFrame(): void {
    const { framing } = this.#lane;
    if (framing === undefined) return;
    const { swipe } = goodFramesOf(this.#played);
    const framer = framerOf(framing);
    const wanted = [...swipe.flatMap(({ bytes }) => framer.take(bytes)), ...framer.stalled()];
    if (this.#isLost) this.#reopen();
    this.#records = [];
    this.#keepsRecords = true;
    this.#deliver(swipe, 'in one breath');
    if (framing.by === 'framer') this.#hush(framing.stalledAfterMs);
    this.#keepsRecords = false;
    const isThere = wanted.every(
      (token) =>
        token.is === 'frame' &&
        (token.bytes.length === 0 || this.#records.some((one) => isSame(one, token.bytes))),
    );
    if (!isThere) throw new Wrong('A good frame after a silence did not come out.');
  }

  #takeGoodCard(): void {
    this.#reader.disarm();
    if (chipReaders.has(this.#lane.protocol)) this.#timers.pass(restMs);
    if (this.#isLost) this.#reopen();
    this.#read = [];
    this.#reader.arm(purchase);
    for (let left = triesOf(this.#lane.protocol); left > 0 && this.#read.length === 0; left -= 1) {
      this.#timers.pass(0);
      this.#strung.slot.swipe(testCards.visa);
      this.#timers.pass(2_000);
    }
    const [card = 'nothing', ...more] = this.#read;
    const isRight = /^4111.*1111$/.test(card) && more.length === 0;
    if (!isRight) throw new Wrong(`Of a good card came ${[card, ...more].join(' and ')}.`);
  }

  #opened(): Reader {
    const { protocol, line } = this.#lane;
    this.#isLost = false;
    const reader = protocols[protocol].openReader({
      ...{ open: this.#open, line, timers: this.#timers, settings: {} },
      hear: (event) => this.#hear(event),
    });
    this.#timers.pass(10_000);
    return reader;
  }

  #reopen(): void {
    this.tally.losses += 1;
    this.#reader = this.#opened();
  }

  #count(event: LineEvent): void {
    if (event.is === 'record') {
      this.tally.tokens += 1;
      this.#toldBytes += event.bytes.length;
      if (this.#keepsRecords) this.#records.push(event.bytes.slice());
    } else if (event.is === 'discarded') {
      this.tally.tokens += 1;
      this.#toldBytes += event.byteCount;
    }
  }

  #hear(event: ReaderEvent): void {
    this.#events += 1;
    if (event.is === 'noise') this.tally.noises += 1;
    if (event.is === 'bad read') this.tally.badReads += 1;
    if (event.is === 'lost') this.#isLost = true;
    if (event.is !== 'card') return;
    this.tally.cards += 1;
    const { card, likeness, accountData } = event.read;
    this.#read.push(card.maskedPan);
    likeness.wipe();
    accountData.wipe();
  }
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
