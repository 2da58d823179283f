/** A lane: a protocol on one kind of line, the readers that speak it there, and how its stream is cut. */
import {
  isProtocol,
  linesOf,
  protocols,
  type Framing,
  type LineKind,
  type ProtocolName,
  type ProtocolRow,
} from '../../drivers/index.ts';
import { playedReaders, type PlayedReader } from '../rigs/played-readers.ts';

export interface Lane {
  readonly protocol: ProtocolName;
  readonly line: LineKind;
  readonly readers: readonly PlayedReader[];
  /** None over HID, where a report is a record. */
  readonly framing?: Framing;
  /** Bytes of the longest report over HID, and whether reports have numbers. */
  readonly reports?: { readonly bytesMax: number; readonly numbered: boolean };
}

/** Every lane of a protocol. What comes from a terminal server is what a serial line would bring. */
export const lanesOf = (protocol: ProtocolName): readonly Lane[] => {
  const row: ProtocolRow = protocols[protocol];
  const mine = playedReaders.filter((reader) => reader.protocol === protocol);
  return linesOf(row).map((line) => {
    const readers = mine.filter((reader) => (reader.line === 'hid') === (line === 'hid'));
    if (line !== 'hid') {
      const framing = row.lines[line]?.framing;
      return { protocol, line, readers, ...(framing === undefined ? {} : { framing }) };
    }
    const { inputBytesMax: bytesMax = 64, numbered = false } = row.lines.hid ?? {};
    return { protocol, line, readers, reports: { bytesMax, numbered } };
  });
};

/** Every protocol there is, or those whose names contain some words. */
export const protocolsNamed = (words: string): ProtocolName[] =>
  Object.keys(protocols).filter(
    (name): name is ProtocolName => isProtocol(name) && name.includes(words),
  );
