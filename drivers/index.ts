/** Drivers: card readers and the lines they hang on. No driver knows what a payment is. */
export {
  lineEnds,
  lineKinds,
  type Line,
  type LineEnd,
  type LineEvent,
  type LineKind,
  type OpenLine,
  type Timers,
} from './lines/line.ts';
export {
  badReads,
  chipVerdicts,
  readerPrompts,
  securityLevels,
  wipeRead,
  type BadRead,
  type CardRead,
  type ChipRead,
  type ChipVerdict,
  type IssuerAnswer,
  type OpenReader,
  type Purchase,
  type Reader,
  type ReaderEvent,
  type ReaderIdentity,
  type ReaderOpening,
  type ReaderPrompt,
  type SecurityLevel,
} from './reader.ts';
export { Secret } from './secret.ts';
export { isProtocol, linesOf, protocols, type ProtocolName } from './catalogue.ts';
export type { HidDefaults, ProtocolRow, SerialDefaults, TcpDefaults } from './protocol-row.ts';
export { brandOf } from './cards/brand.ts';
export { textHoldsCardNumber } from './cards/card-number.ts';
export { luhnHolds } from './cards/luhn.ts';
export { captureBytesMax, captureNames, decodeCapture, isCaptureName } from './captures.ts';
export type { Decoded } from './decoded.ts';
export { boundedLines, type BoundedLines, type LineFraming } from './frames/bounded-lines.ts';
export type { Framer, FrameToken, Framing } from './frames/framer.ts';
export { framerOf, recordsOf, type Records } from './lines/records.ts';
export { crc16CcittFalse, crc16Kermit, crc16Xmodem } from './frames/crc16.ts';
export {
  readDescriptor,
  type HidUsage,
  type ReportField,
  type ReportKind,
  type ReportMap,
} from './hid/descriptor.ts';
export {
  adviceAgainst,
  chooseHid,
  hidPickOf,
  nameOf as hidNameOf,
  type HidDevice,
  type HidPick,
} from './hid/device.ts';
export { chipDataOf, cryptogramTypeOf, entryModeOf, verificationOf } from './emv/chip.ts';
export { currencyNumber, currencyOfNumber, currencyValue } from './emv/currency.ts';
export { answerDol, readDol, type DolEntry } from './emv/dol.ts';
export { handlings, type Handling } from './emv/handling.ts';
export { handlingOf, tags, type TagRow } from './emv/tags.ts';
export { findObject, leavesOf, readObjects, type DataObject } from './emv/tlv.ts';
export { dataObject, joined } from './emv/write.ts';
export { filledUp, type ReportSizes } from './hid/report.ts';
export { findBaud, ratesFrom, type BaudFound } from './baud.ts';
export { openLate, type Found } from './lines/late.ts';
export { chooseSerial, nameOfSerial, type SerialDevice, type SerialPick } from './serial/device.ts';
export {
  capabilities,
  modelOf,
  readerMakers,
  readerModels,
  type Capability,
  type ReaderModel,
} from './models.ts';
export { fromHex, toHex } from './frames/hex.ts';
export { huntingFramer, type Found as FrameFound, type Hunt } from './frames/hunting.ts';
export { bytesOf, textOf } from './frames/latin1.ts';
export { lrcOf, sumOf } from './frames/lrc.ts';
export { slipFrame, slipFramer } from './frames/slip.ts';
