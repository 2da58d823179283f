/** The promises of a line, kept by the serial door on a pseudo terminal and by the simulator's wire. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bytesOf, textOf, type LineEvent } from '../../drivers/index.ts';
import { openSerialLine, serialLimits } from '../../drivers/lines/serial.ts';
import { plugReader } from '../../simulator/readers/plug.ts';
import type { SimulatedReader } from '../../simulator/readers/simulated-reader.ts';
import { stringWire } from '../../simulator/readers/wire.ts';
import { realTimers } from '../rigs/hand-timers.ts';
import { until } from '../../simulator/shop/until.ts';
import { linePromises, suiteRecordBytesMax, type LineRig } from '../suites/line.ts';
import { containing } from '../rigs/containing.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-serial-'));
let linkCount = 0;
const newLink = (): string => join(directory, `reader-${(linkCount += 1)}`);
const framing = {
  by: 'delimiter',
  delimiter: '\r',
  recordBytesMax: suiteRecordBytesMax,
} as const;
const serial = (path: string, writeWithinMs = 1_000) =>
  openSerialLine({ path, baudRate: 9_600, framing, writeWithinMs }, realTimers);

/** A reader that only listens. */
interface Listener extends SimulatedReader {
  readonly text: () => string;
}
const listener = (): Listener => {
  let text = '';
  return {
    receive: (bytes) => void (text += textOf(bytes)),
    swipe: () => {},
    text: () => text,
  };
};

const pty = async (): Promise<LineRig> => {
  const plugged = await plugReader({ link: newLink(), reader: listener });
  return {
    open: serial(plugged.link),
    send: plugged.send,
    arrived: plugged.arrived,
    received: () => plugged.reader.text(),
    unplug: plugged.unplug,
    replug: () => plugged.replug(),
    stop: plugged.stop,
  };
};

const wire = (): Promise<LineRig> => {
  const strung = stringWire(listener, framing, realTimers);
  return Promise.resolve({
    open: strung.open,
    send: strung.send,
    arrived: () => Promise.resolve(),
    received: () => strung.reader.text(),
    unplug: () => Promise.resolve(strung.unplug()),
    replug: () => Promise.resolve(strung.replug()),
    stop: () => Promise.resolve(),
  });
};

afterAll(() => rmSync(directory, { recursive: true }));

linePromises('a serial line', pty);
linePromises('a wire of the simulator', wire);

const ended = async (
  open: ReturnType<typeof serial>,
  act: (line: ReturnType<typeof open>) => void = () => {},
): Promise<LineEvent | undefined> => {
  const events: LineEvent[] = [];
  act(open((event) => void events.push(event)));
  await until('the line ended', () => events.some(({ is }) => is === 'ended'));
  return events.at(-1);
};

test('a simulated reader says what to install where there is no socat', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = directory;
  try {
    await expect(plugReader({ link: newLink(), reader: listener })).rejects.toThrow(
      'apt-get install socat',
    );
  } finally {
    process.env['PATH'] = path;
  }
});

describe('a serial port', () => {
  test('that takes no bytes ends at the write’s deadline', async () => {
    const plugged = await plugReader({ link: newLink(), reader: listener });
    // A stopped process reads nothing, so the terminal's buffer fills up.
    plugged.freeze();
    const end = await ended(serial(plugged.link, 200), (line) =>
      line.send(new Uint8Array(1 << 20)),
    );
    expect(end).toMatchObject({ why: 'write_timeout', detail: containing('200 ms') });
    await plugged.stop();
  });

  // Bytes and hang-up are met by one read only sometimes; a busy moment makes that often.
  test('that hangs up in the middle of a read is lost all the same', async () => {
    for (let round = 0; round < 12; round += 1) {
      const plugged = await plugReader({ link: newLink(), reader: listener });
      const events: LineEvent[] = [];
      serial(plugged.link)((event) => void events.push(event));
      await until('the line opened', () => events.some(({ is }) => is === 'opened'));
      plugged.send(bytesOf('half a record'));
      const busyUntil = performance.now() + 20;
      while (performance.now() < busyUntil);
      await plugged.unplug();
      await until('the line ended', () => events.some(({ is }) => is === 'ended'));
      expect(events.at(-1)).toMatchObject({ is: 'ended', why: 'unplugged' });
    }
  });

  test('with more writes waiting than allowed has failed', async () => {
    const plugged = await plugReader({ link: newLink(), reader: listener });
    const end = await ended(serial(plugged.link), (line) => {
      for (let at = 0; at <= serialLimits.writesWaitingMax; at += 1) line.send(bytesOf('x'));
    });
    expect(end).toMatchObject({ why: 'failed', detail: containing('16 writes') });
    await plugged.stop();
  });

  test('that is no serial port says so', async () => {
    expect(await ended(serial(directory))).toMatchObject({ why: 'failed' });
    expect(await ended(serial(''))).toMatchObject({ why: 'failed' });
  });
});
