/**
 * What every line promises, whatever lies beyond it.
 *
 * `rig()` makes one line and holds its far end. That nothing more is said is shown by a second line over the
 * same rig that hears what the first must not.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { bytesOf, textOf, type Line, type LineEvent, type OpenLine } from '../../drivers/index.ts';
import { until } from '../../simulator/shop/until.ts';
import { containing } from '../rigs/containing.ts';

/** A line to try, and its far end. */
export interface LineRig {
  readonly open: OpenLine;
  /** From the far end to the line. */
  send(bytes: Uint8Array): void;
  /** Resolves once all that was sent waits at the line. */
  arrived(): Promise<void>;
  /** All that has reached the far end. */
  received(): string;
  unplug(): Promise<void>;
  replug(): Promise<void>;
  stop(): Promise<void>;
}

/** How the line under test was set: records end in CR and have at most this many bytes. */
export const suiteRecordBytesMax = 64;

/** How long a far end of a busy machine may take to be heard, ms; and a test that hears several times. */
const heardWithinMs = 15_000;
const testWithinMs = 60_000;

/** The promises, tried on the line that `rig` makes. */
export const linePromises = (name: string, rig: () => Promise<LineRig>): void => {
  const rigs: LineRig[] = [];
  const lines: Line[] = [];
  const setUp = async (): Promise<LineRig> => {
    const made = await rig();
    rigs.push(made);
    return made;
  };
  const listen = (to: LineRig) => {
    const events: LineEvent[] = [];
    const line = to.open((event) => void events.push(event));
    lines.push(line);
    const heard = () => events.map(eventText);
    return {
      line,
      events,
      heard,
      hears: (what: string) =>
        until(`it hears "${what}"`, () => heard().includes(what), heardWithinMs),
    };
  };
  const listening = async (to: LineRig) => {
    const ear = listen(to);
    await ear.hears('opened');
    return ear;
  };

  afterEach(async () => {
    for (const line of lines.splice(0)) line.close();
    for (const each of rigs.splice(0)) await each.stop();
  });

  describe(name, { timeout: testWithinMs }, () => {
    test('says nothing before open has returned, then that it is opened', async () => {
      const ear = listen(await setUp());
      expect(ear.events).toEqual([]);
      await ear.hears('opened');
      expect(ear.heard()).toEqual(['opened']);
    });

    test('gives records whole, however they come, and every byte as it is', async () => {
      const far = await setUp();
      const ear = await listening(far);
      for (const chunk of ['a', 'b\rcd\re', 'f\r']) far.send(bytesOf(chunk));
      const everyByte = Array.from({ length: 256 }, (_, at) => at).filter((byte) => byte !== 13);
      const pieces = [0, 1, 2, 3, 4].map((at) => everyByte.slice(51 * at, 51 * (at + 1)));
      for (const piece of pieces) far.send(Uint8Array.from([...piece, 13]));
      const records = ['ab', 'cd', 'ef', ...pieces.map((piece) => textOf(Uint8Array.from(piece)))];
      await until('every record came', () => ear.events.length > records.length);
      expect(ear.heard()).toEqual(['opened', ...records.map((text) => `record ${text}`)]);
    });

    test('passes a record as long as allowed, and reports a longer one by its length', async () => {
      const far = await setUp();
      const ear = await listening(far);
      const longest = 'x'.repeat(suiteRecordBytesMax);
      far.send(bytesOf(`${longest}\r${longest}y\r${longest.repeat(40)}\rok\r`));
      await ear.hears('record ok');
      expect(ear.heard()).toEqual([
        'opened',
        `record ${longest}`,
        `discarded ${suiteRecordBytesMax + 1}`,
        `discarded ${suiteRecordBytesMax * 40}`,
        'record ok',
      ]);
    });

    test('sends in order, also what was given before it was open', async () => {
      const far = await setUp();
      const ear = listen(far);
      for (const text of ['one ', 'two ', 'three']) ear.line.send(bytesOf(text));
      await ear.hears('opened');
      ear.line.send(bytesOf(' four'));
      await until('all was received', () => far.received() === 'one two three four');
    });

    test('does not hear what came before it was opened', async () => {
      const far = await setUp();
      far.send(bytesOf('of yesterday\rhalf of'));
      await far.arrived();
      const ear = await listening(far);
      far.send(bytesOf('new\r'));
      await ear.hears('record new');
      const records = ear.heard().filter((text) => text.startsWith('record'));
      expect(records).toEqual(['record new']);
    });

    test('ends once when it is closed, and can be opened again at once', async () => {
      const far = await setUp();
      const ear = await listening(far);
      ear.line.close();
      ear.line.close();
      await ear.hears('ended closed');
      const second = await listening(far);
      far.send(bytesOf('for the second\r'));
      await second.hears('record for the second');
      ear.line.send(bytesOf('from the first'));
      ear.line.close();
      second.line.send(bytesOf('from the second'));
      await until('the second is received', () => far.received().includes('from the second'));
      expect(far.received()).not.toContain('from the first');
      expect(ear.heard()).toEqual(['opened', 'ended closed']);
    });

    test('ends once when it is closed while being opened', async () => {
      const far = await setUp();
      const ear = listen(far);
      ear.line.close();
      expect(ear.events).toEqual([]);
      await ear.hears('ended closed');
      await listening(far);
      expect(ear.heard()).toEqual(['ended closed']);
    });

    test('ends once when it is unplugged, in the middle of a record too', async () => {
      const far = await setUp();
      const ear = await listening(far);
      far.send(bytesOf('whole\rhalf a rec'));
      await ear.hears('record whole');
      await far.unplug();
      await ear.hears('ended unplugged');
      await far.replug();
      const second = await listening(far);
      far.send(bytesOf('ord\rnew\r'));
      await second.hears('record new');
      expect(second.heard()).toEqual(['opened', 'record ord', 'record new']);
      expect(ear.heard()).toEqual(['opened', 'record whole', 'ended unplugged']);
    });

    test('is absent while it is unplugged', async () => {
      const far = await setUp();
      await far.unplug();
      const ear = listen(far);
      expect(ear.events).toEqual([]);
      await ear.hears('ended absent');
      expect(ear.heard()).toEqual(['ended absent']);
    });

    test('is busy while another one has it', async () => {
      const far = await setUp();
      const first = await listening(far);
      const second = listen(far);
      await second.hears('ended busy');
      const end = second.events[0];
      expect(end).toMatchObject({ detail: containing('PORT_BUSY') });
      far.send(bytesOf('still mine\r'));
      await first.hears('record still mine');
    });
  });
};

const eventText = (event: LineEvent): string => {
  switch (event.is) {
    case 'opened':
      return 'opened';
    case 'record':
      return `record ${textOf(event.bytes)}`;
    case 'answer':
      return `answer ${textOf(event.bytes)}`;
    case 'discarded':
      return `discarded ${event.byteCount}`;
    case 'ended':
      return `ended ${event.why}`;
  }
};
