/** A HID wire of the simulator: the promises of a line, and what is peculiar to it. */
import { describe, expect, test } from 'vitest';
import { bytesOf, textOf, type LineEvent } from '../../../drivers/index.ts';
import {
  stringHidWire,
  type HidPlug,
  type SimulatedHidReader,
} from '../../../simulator/readers/hid-wire.ts';
import { handTimers, realTimers } from '../../rigs/hand-timers.ts';
import { linePromises, suiteRecordBytesMax, type LineRig } from '../../suites/line.ts';

/** A reader that only listens, and gives every feature report back as it was. */
const listener = (plug: HidPlug): SimulatedHidReader & { readonly text: () => string } => {
  let text = '';
  return {
    descriptor: Uint8Array.of(0x06, 0x00, 0xff),
    receive: (report) => void (text += textOf(report).replace(/\0+$/, '')),
    feature: (report) => plug.answer(report),
    text: () => text,
  };
};

const sizes = {
  numbered: false,
  inputBytesMax: suiteRecordBytesMax,
  outputBytes: 32,
  featureBytes: 16,
};

const rig = (): Promise<LineRig> => {
  const wire = stringHidWire(listener, sizes, realTimers);
  return Promise.resolve({
    open: wire.open,
    send: (bytes) => wire.send(bytes),
    arrived: () => Promise.resolve(),
    received: () => wire.reader.text(),
    unplug: () => Promise.resolve(wire.unplug()),
    replug: () => Promise.resolve(wire.replug()),
    stop: () => Promise.resolve(),
  });
};

linePromises('a HID wire of the simulator', rig, 'reports');

describe('a HID wire', () => {
  const open = (numbered = false) => {
    const timers = handTimers();
    const wire = stringHidWire(listener, { ...sizes, numbered }, timers);
    const events: LineEvent[] = [];
    const line = wire.open((event) => void events.push(event));
    timers.pass(0);
    return { wire, events, line, timers };
  };

  test('tells the descriptor of the device when it is opened', () => {
    expect(open().events).toEqual([{ is: 'opened', descriptor: Uint8Array.of(6, 0, 0xff) }]);
  });

  test('tells the number of a report where reports have numbers', () => {
    const numbered = open(true);
    numbered.wire.send(bytesOf('a'), 2);
    expect(numbered.events.at(-1)).toEqual({ is: 'record', bytes: bytesOf('a'), reportId: 2 });
    const plain = open();
    plain.wire.send(bytesOf('a'));
    expect(plain.events.at(-1)).toEqual({ is: 'record', bytes: bytesOf('a') });
  });

  test('fills reports up with zeros, and refuses what does not fit in one', () => {
    const { line, events, timers } = open();
    line.query(bytesOf('ask'));
    timers.pass(0);
    const bytes = Uint8Array.from({ length: 16 }, (_, at) => bytesOf('ask')[at] ?? 0);
    expect(events.at(-1)).toEqual({ is: 'answer', bytes });
    expect(() => line.query(new Uint8Array(17))).toThrow('A report of 16 bytes');
  });
});
