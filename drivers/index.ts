/** Drivers: card readers and the lines they hang on. No driver knows what a payment is. */
export {
  lineEnds,
  type Line,
  type LineEnd,
  type LineEvent,
  type OpenLine,
  type Timers,
} from './lines/line.ts';
export {
  badReads,
  securityLevels,
  type BadRead,
  type CardRead,
  type OpenReader,
  type Reader,
  type ReaderEvent,
  type ReaderIdentity,
  type ReaderOpening,
  type SecurityLevel,
} from './reader.ts';
export { Secret } from './secret.ts';
export {
  captureBytesMax,
  decodeCapture,
  isProtocol,
  lineKinds,
  protocols,
  type LineKind,
  type ProtocolName,
  type ProtocolRow,
  type SerialDefaults,
} from './catalogue.ts';
export type { Decoded } from './decoded.ts';
export {
  boundedLines,
  type BoundedLines,
  type LineFraming,
  type LineToken,
} from './frames/bounded-lines.ts';
export { crc16CcittFalse } from './frames/crc16.ts';
export { fromHex, toHex } from './frames/hex.ts';
export { bytesOf, textOf } from './frames/latin1.ts';
