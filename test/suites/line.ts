/**
 * What every line promises, whatever lies beyond it.
 *
 * `rig()` makes one line and holds its far end. That nothing more is said is shown by a second line over the
 * same rig that hears what the first must not. Over HID a record is a report: it comes whole, has no
 * delimiter, and whoever has the device open hears it.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { bytesOf, textOf, type Line, type LineEvent, type OpenLine } from '../../drivers/index.ts';
import { until } from '../../simulator/shop/until.ts';
import { containing } from '../rigs/containing.ts';

/** A line to try, and its far end. */
export interface LineRig {
  readonly open: OpenLine;
  /** From the far end to the line; over HID one report, and a feature report set comes back as it was. */
  send(bytes: Uint8Array): void;
  /** Resolves once all that was sent waits at the line. */
  arrived(): Promise<void>;
  /** All that has reached the far end. */
  received(): string;
  unplug(): Promise<void>;
  replug(): Promise<void>;
  stop(): Promise<void>;
}

/** What a line carries: bytes, of which CR makes records, or the reports of a HID device. */
export type Carried = 'bytes' | 'reports';

/** How the line under test was set: records have at most this many bytes. */
export const suiteRecordBytesMax = 64;

/** How long a far end of a busy machine may take to be heard, ms; and a test that hears several times. */
const heardWithinMs = 15_000;
const testWithinMs = 60_000;

/** The promises, tried on the line that `rig` makes. */
export const linePromises = (
  name: string,
  rig: () => Promise<LineRig>,
  carried: Carried = 'bytes',
): void => {
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
  const tell = (to: LineRig, ...records: string[]) => {
    if (carried === 'bytes') return to.send(bytesOf(`${records.join('\r')}\r`));
    for (const record of records) to.send(bytesOf(record));
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

    test('gives records whole, and every byte as it is', async () => {
      const far = await setUp();
      const ear = await listening(far);
      const everyByte = Array.from({ length: 256 }, (_, at) => at).filter((byte) => byte !== 13);
      const pieces = [0, 1, 2, 3, 4].map((at) => everyByte.slice(51 * at, 51 * (at + 1)));
      const records = ['ab', 'cd', ...pieces.map((piece) => textOf(Uint8Array.from(piece)))];
      tell(far, ...records);
      await until('every record came', () => ear.events.length > records.length);
      expect(ear.heard()).toEqual(['opened', ...records.map((text) => `record ${text}`)]);
    });

    test('passes a record as long as allowed, and reports a longer one by its length', async () => {
      const far = await setUp();
      const ear = await listening(far);
      const longest = 'x'.repeat(suiteRecordBytesMax);
      tell(far, longest, `${longest}y`, longest.repeat(20), 'ok');
      await ear.hears('record ok');
      expect(ear.heard()).toEqual([
        'opened',
        `record ${longest}`,
        `discarded ${suiteRecordBytesMax + 1}`,
        `discarded ${suiteRecordBytesMax * 20}`,
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
      tell(far, 'of yesterday');
      await far.arrived();
      const ear = await listening(far);
      tell(far, 'new');
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
      tell(far, 'for the second');
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

    test('ends once when it is unplugged', async () => {
      const far = await setUp();
      const ear = await listening(far);
      tell(far, 'whole');
      await ear.hears('record whole');
      await far.unplug();
      await ear.hears('ended unplugged');
      await far.replug();
      const second = await listening(far);
      tell(far, 'new');
      await second.hears('record new');
      expect(second.heard()).toEqual(['opened', 'record new']);
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

    for (const [promise, keepsIt] of Object.entries(carried === 'bytes' ? ofBytes : ofReports)) {
      test(promise, () => keepsIt({ setUp, listen, listening }));
    }
  });
};

/** What has come from a line, and the line. */
interface Ear {
  readonly line: Line;
  readonly events: readonly LineEvent[];
  heard(): string[];
  hears(what: string): Promise<void>;
}

interface Bench {
  setUp(): Promise<LineRig>;
  listen(to: LineRig): Ear;
  listening(to: LineRig): Promise<Ear>;
}

type Promises = Readonly<Record<string, (bench: Bench) => Promise<void>>>;

const ofBytes: Promises = {
  'puts records together, however they come': async ({ setUp, listening }) => {
    const far = await setUp();
    const ear = await listening(far);
    for (const chunk of ['a', 'b\rcd\re', 'f\r']) far.send(bytesOf(chunk));
    await ear.hears('record ef');
    expect(ear.heard()).toEqual(['opened', 'record ab', 'record cd', 'record ef']);
  },

  'keeps no half of a record from before it was opened': async ({ setUp, listening }) => {
    const far = await setUp();
    far.send(bytesOf('of yesterday\rhalf of'));
    await far.arrived();
    const ear = await listening(far);
    far.send(bytesOf('new\r'));
    await ear.hears('record new');
  },

  'loses half a record with its plug': async ({ setUp, listening }) => {
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
  },

  'is busy while another one has it': async ({ setUp, listen, listening }) => {
    const far = await setUp();
    const first = await listening(far);
    const second = listen(far);
    await second.hears('ended busy');
    const end = second.events[0];
    expect(end).toMatchObject({ detail: containing('PORT_BUSY') });
    far.send(bytesOf('still mine\r'));
    await first.hears('record still mine');
  },
};

const ofReports: Promises = {
  'reads a feature report back for every one it sets, in order': async ({ setUp, listening }) => {
    const far = await setUp();
    const ear = await listening(far);
    for (const text of ['one', 'two', 'three']) ear.line.query(bytesOf(text));
    await ear.hears('answer three');
    expect(ear.heard()).toEqual(['opened', 'answer one', 'answer two', 'answer three']);
  },

  'is heard by all who have it open, each with bytes of its own': async ({ setUp, listening }) => {
    const far = await setUp();
    const one = await listening(far);
    const other = await listening(far);
    far.send(bytesOf('for both'));
    await one.hears('record for both');
    for (const event of one.events) if (event.is === 'record') event.bytes.fill(0);
    await other.hears('record for both');
    one.line.close();
    await one.hears('ended closed');
    far.send(bytesOf('for one'));
    await other.hears('record for one');
  },
};

const eventText = (event: LineEvent): string => {
  switch (event.is) {
    case 'opened':
      return 'opened';
    case 'record':
      return `record ${textOf(event.bytes)}`;
    case 'answer':
      return `answer ${textOf(event.bytes).replace(/\0+$/, '')}`;
    case 'discarded':
      return `discarded ${event.byteCount}`;
    case 'ended':
      return `ended ${event.why}`;
  }
};
