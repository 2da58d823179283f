/**
 * Decodes captured bytes with the parsers the driver runs on, for people who look at a cable.
 *
 * Of a card only what may be shown is shown, and of its chip the tags that may stand in a log.
 */
import type { Decoded } from '../../decoded.ts';
import { shownValue } from '../../emv/decode.ts';
import { tags } from '../../emv/tags.ts';
import type { DataObject } from '../../emv/tlv.ts';
import { toHex } from '../../frames/hex.ts';
import { huntingFramer } from '../../frames/hunting.ts';
import { textOf } from '../../frames/latin1.ts';
import type { LineKind } from '../../lines/line.ts';
import { statuses } from './codes.ts';
import { activateCommand, commands, contactCommand } from './commands.ts';
import { frameAt, frameBytesMax, readFrame, type Frame, type Sender } from './frame.ts';
import { chipOf } from './outcome.ts';
import { assemble, reportBytes } from './reports.ts';
import { readTold, wipeTold } from './told.ts';

const both: readonly Sender[] = ['reader', 'host'];

/** Decodes a capture of frames; over HID one of whole reports, each with its number in front. */
export const decodeVivotech2 = (bytes: Uint8Array, line: LineKind = 'serial'): Decoded => {
  const { frames, discardedByteCount } = line === 'hid' ? inReports(bytes) : inStream(bytes);
  const [first, ...more] = frames.map(decodedFrame);
  if (first === undefined) {
    const why =
      bytes.length === 0
        ? 'The capture is empty: it has no frame.'
        : `Nothing in ${bytes.length} bytes begins with ViVOtech2 and ends in its right CRC.`;
    return { ok: false, why };
  }
  const remarks = discardedByteCount === 0 ? {} : { discardedByteCount };
  const decoded = more.length === 0 ? first : { frames: [first, ...more] };
  return { ok: true, decoded: { ...decoded, ...remarks } };
};

interface Found {
  readonly frames: readonly Frame[];
  readonly discardedByteCount: number;
}

const inStream = (bytes: Uint8Array): Found => {
  const framer = huntingFramer({ frameBytesMax, frameAt: (some) => frameAt(some, both) });
  const frames: Frame[] = [];
  let discardedByteCount = 0;
  for (const token of [...framer.take(bytes), ...framer.stalled()]) {
    const frame = token.is === 'frame' ? readFrame(token.bytes, both) : undefined;
    if (frame !== undefined) frames.push(frame);
    else discardedByteCount += token.is === 'discarded' ? token.byteCount : token.bytes.length;
  }
  return { frames, discardedByteCount };
};

const inReports = (bytes: Uint8Array): Found => {
  const assembler = assemble(both);
  const frames: Frame[] = [];
  let discardedByteCount = 0;
  for (let at = 0; at < bytes.length; at += reportBytes + 1) {
    const report = bytes.subarray(at + 1, at + 1 + reportBytes);
    const assembled = assembler.take(report, bytes[at] ?? 0);
    const frame = assembled?.is === 'frame' ? readFrame(assembled.bytes, both) : undefined;
    if (frame !== undefined) frames.push(frame);
    else if (assembled?.is === 'discarded') discardedByteCount += assembled.byteCount;
  }
  return { frames, discardedByteCount };
};

const hexOf = (byte: number): string => toHex(Uint8Array.of(byte));

const decodedFrame = (frame: Frame): object => {
  const { sender, command, second, data } = frame;
  const common = { form: 'frame', sender, command: hexOf(command) };
  if (sender === 'host') {
    const known = Object.values(commands).find(
      (one) => one.command === command && one.sub === second,
    );
    const says = known?.says ?? 'not one of this driver’s';
    return { ...common, subcommand: hexOf(second), says, dataLen: data.length };
  }
  return {
    ...common,
    status: hexOf(second),
    means: statuses[second] ?? 'not documented',
    dataLen: data.length,
    ...contents(command, data),
  };
};

const contents = (command: number, data: Uint8Array): object => {
  if (command !== activateCommand && command !== contactCommand) return textIn(data);
  const told =
    data.length < 2
      ? undefined
      : readTold(data, command === contactCommand ? 'chip' : 'contactless');
  if (told === undefined) return {};
  const { step, entryMode, card, swipe, errorCode } = told;
  const chip = chipOf(told);
  const read = swipe?.is === 'card' ? swipe.read : card;
  const shown = {
    entryMode,
    ...(step === undefined ? {} : { step }),
    ...(errorCode === undefined ? {} : { errorCode: hexOf(errorCode) }),
    ...(swipe?.is === 'bad read' ? { badRead: swipe.why } : {}),
    ...(read === undefined ? {} : { securityLevel: read.securityLevel, card: read.card }),
    ...(chip === undefined ? {} : { cryptogramType: chip.cryptogramType }),
    tags: Object.fromEntries(told.objects.map((one) => [one.tag, shownTag(one)])),
  };
  wipeTold(told);
  return shown;
};

// What belongs to one cryptogram is of no use to a technician, and is told by its length.
const shownTag = (object: DataObject): object => ({
  says: tags[object.tag]?.says,
  ...(shownValue(object) ?? { byteCount: object.value.length }),
});

// Only these answer with text; what else there is in an answer is not shown.
const textIn = (data: Uint8Array): object => {
  const text = textOf(data).replace(/[\0 ]+$/, '');
  const isShort = data.length > 0 && data.length <= 64;
  return isShort && /^[\x20-\x7E]+$/.test(text) && !/[0-9]{12}/.test(text) ? { text } : {};
};
