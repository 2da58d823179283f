/** Runs the exchange with one NEO reader over a line: frames to happenings, effects to deeds. */
import { textOf } from '../../frames/latin1.ts';
import type { Line, LineEvent, LineKind } from '../../lines/line.ts';
import type { OpenReader, Reader } from '../../reader.ts';
import { refusedReader } from '../../refused-reader.ts';
import { play, type Hands } from '../../turns.ts';
import { messages } from './codes.ts';
import { activateCommand, commands, contactCommand, frameFor } from './commands.ts';
import { next, opening } from './exchange.ts';
import { readFrame, type Frame } from './frame.ts';
import { assemble, reportsOf } from './reports.ts';
import { readSettings } from './settings.ts';
import type { Exchange, Heard, Own } from './states.ts';
import { readTold, wipeTold } from './told.ts';

/** Opens a NEO reader on a serial line or as a HID device. */
export const openVivotech2: OpenReader = (over) => {
  const read = readSettings(over.settings);
  if (!read.ok) return refusedReader(over, read.why);
  const { settings } = read;
  const perform = (effect: Own, { line, wait }: Hands): void => {
    switch (effect.is) {
      case 'ask':
        wait(commands[effect.request.is].withinMs(settings));
        return sendFrame(line, over.line, frameFor(effect.request, settings));
      case 'wipe told':
        return wipeTold(effect.told);
    }
  };
  const hear = hearing(over.line);
  const heardIn = (event: LineEvent) => [hear(event)].filter((heard) => heard !== undefined);
  return handles(play<Exchange, Heard, Own>(over, { opening, next, heardIn, perform }).tell);
};

// An answer that has begun to come is for the exchange to take or to drop; nothing is skipped on the line.
const handles = (tell: (heard: Heard) => void): Reader => ({
  arm: (purchase) => tell({ is: 'arm', purchase }),
  answer: (answer) => tell({ is: 'answer', answer }),
  disarm: () => tell({ is: 'disarm' }),
  test: () => tell({ is: 'test' }),
  close: () => tell({ is: 'close' }),
});

const sendFrame = (line: Line, kind: LineKind, frame: Uint8Array): void => {
  if (kind !== 'hid') return line.send(frame);
  for (const { bytes, reportId } of reportsOf(frame)) line.send(bytes, reportId);
};

/** What the events of a line mean; over HID it puts reports together first. */
const hearing = (kind: LineKind): ((event: LineEvent) => Heard | undefined) => {
  const assembler = assemble();
  return (event) => {
    switch (event.is) {
      case 'opened':
        return { is: 'opened' };
      case 'ended':
        return event;
      case 'answer':
        return undefined;
      case 'discarded':
        return { is: 'noise', byteCount: event.byteCount };
      case 'record': {
        if (kind !== 'hid') return heardIn(event.bytes);
        const assembled = assembler.take(event.bytes, event.reportId ?? 0);
        event.bytes.fill(0);
        if (assembled?.is !== 'frame') {
          return assembled && { is: 'noise', byteCount: assembled.byteCount };
        }
        return heardIn(assembled.bytes);
      }
    }
  };
};

const heardIn = (bytes: Uint8Array): Heard => {
  const frame = readFrame(bytes);
  const heard: Heard =
    frame === undefined
      ? { is: 'noise', byteCount: bytes.length }
      : heardInFrame(frame, bytes.length);
  bytes.fill(0);
  return heard;
};

/** The command a reader sends by itself: a message for its customer (guide pp. 198-199). */
const messageCommand = 0x61;
const messageSub = 0x01;

const heardInFrame = ({ command, second, data }: Frame, byteCount: number): Heard => {
  if (command === messageCommand && second === messageSub) return messageIn(data);
  const isTransaction = command === activateCommand || command === contactCommand;
  if (!isTransaction) {
    const text = textOf(data).replace(/[\0 ]+$/, '');
    const isText = /^[\x20-\x7E]*$/.test(text);
    return { is: 'reply', reply: { command, status: second, text: isText ? text : '' } };
  }
  if (data.length < 2) return { is: 'reply', reply: { command, status: second, text: '' } };
  const told = readTold(data, command === contactCommand ? 'chip' : 'contactless');
  return told === undefined
    ? { is: 'noise', byteCount }
    : { is: 'reply', reply: { command, status: second, told, text: '' } };
};

/** Modes of a message that ask for nothing (guide p. 198): 3 shows it, 10 clears the screen. */
const silentModes = [0x03, 0x10];
/** A number stands for a text of the reader's table: `line with its high bit, number, 1C` (p. 199). */
const numberMark = 0x80;

const messageIn = (data: Uint8Array): Heard => {
  const [mode = 0] = data;
  const wantsChoice = !silentModes.includes(mode) && mode !== 0x00;
  let at = 1;
  for (let field = 0; field < 3; field += 1) {
    const length = (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);
    const control = data.subarray(at + 2, at + 2 + length);
    // After the timeout and the language comes the message.
    if (field === 2 && ((control[0] ?? 0) & numberMark) !== 0) {
      const prompt = messages[control[1] ?? 0];
      return { is: 'message', wantsChoice, ...(prompt === undefined ? {} : { prompt }) };
    }
    at += 2 + length;
  }
  return { is: 'message', wantsChoice };
};
