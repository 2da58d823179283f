/**
 * Readers: what their frames cost, protocol by protocol, through framer and driver as the agent has them, on
 * one core. Beside it the wire: the fastest serial line a reader is set to brings 11 520 bytes a second.
 */
import { linesOf, protocols, type ProtocolName } from '../../drivers/index.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { played } from './playback.ts';
import { inTurn, median, rounded, type Turn } from './rounds.ts';
import { tapeOf, type Tape } from './tape.ts';

const rounds = 7;
const salesATape = 20;
/** A turn plays its tape again and again for so long. */
const turnMs = 100;
/** 115 200 baud, ten bits a byte: 8N1. */
const wireBytesPerSecond = 11_520;

/** Of one protocol; where it has several lines, of one of them. */
export interface ReaderMeasured {
  /** On HID, reports. */
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly timesTheWire: number;
}

export type ReadersMeasured = Readonly<Record<string, ReaderMeasured>>;

export const measureReaders = async (): Promise<ReadersMeasured> => {
  const tapes = tapesByName();
  const turns = Object.fromEntries([...tapes].map(([name, tape]) => [name, rateOf(tape)]));
  const taken = await inTurn(rounds, turns);
  return Object.fromEntries(
    [...tapes].map(([name, tape]) => [name, measuredOf(tape, median(taken[name] ?? []))]),
  );
};

const names = Object.keys(protocols) as ProtocolName[];

// What comes over a terminal server is what the serial line would bring.
const tapesByName = (): Map<string, Tape> =>
  new Map(
    names.flatMap((protocol) => {
      const lines = linesOf(protocols[protocol]).filter((line) => line !== 'tcp');
      const nameOn = (line: string) => (lines.length === 1 ? protocol : `${protocol}-${line}`);
      return lines.map((line) => [nameOn(line), tapeOf(protocol, line, salesATape)] as const);
    }),
  );

/** Sales a second, of those on the tape. */
const rateOf = (tape: Tape): Turn => {
  const { clock } = nodeWorld('.');
  return () => {
    let [ms, sales] = [0, 0];
    for (; ms < turnMs; sales += salesATape) ms += played(tape, clock).ms;
    return (1000 * sales) / ms;
  };
};

const measuredOf = (tape: Tape, salesPerSecond: number): ReaderMeasured => {
  const perSecond = (count: number) => Math.round((salesPerSecond * count) / salesATape);
  const { frames, bytes } = played(tape, nodeWorld('.').clock);
  return {
    framesPerSecond: perSecond(frames),
    bytesPerSecond: perSecond(bytes),
    timesTheWire: rounded(perSecond(bytes) / wireBytesPerSecond, 1),
  };
};
