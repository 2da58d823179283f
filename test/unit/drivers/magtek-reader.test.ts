/** The MagTek driver against the simulated reader, over a wire and under a hand-moved clock. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  protocols,
  type CardRead,
  type LineEvent,
  type OpenLine,
  type ReaderEvent,
} from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import {
  cutAfter,
  damagedOnce,
  garbageBefore,
  mute,
  slowly,
} from '../../../simulator/readers/magtek-habits.ts';
import { factoryFraming } from '../../../simulator/readers/magtek-record.ts';
import {
  simulateMagtekSerialLine,
  type MagtekOptions,
} from '../../../simulator/readers/magtek-serial-line.ts';
import { stringWire } from '../../../simulator/readers/wire.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { handTimers } from '../../rigs/hand-timers.ts';
import { containing } from '../../rigs/containing.ts';

const { openReader, lines } = protocols['magtek-serial-line'];
const { framing } = lines.serial;

/** A driver and a reader with a wire between them. */
const setUp = (options: Partial<MagtekOptions> = {}, settings: Record<string, unknown> = {}) => {
  const timers = handTimers();
  const events: ReaderEvent[] = [];
  const wire = stringWire(
    (send) => simulateMagtekSerialLine({ ...options, timers }, send),
    framing,
    timers,
  );
  const hear = (event: ReaderEvent) => void events.push(event);
  const reader = openReader({ open: wire.open, line: 'serial', timers, settings, hear });
  return {
    reader,
    wire,
    timers,
    events,
    /** What was said since the last time, once everything at hand has happened. */
    said: (ms = 0): ReaderEvent[] => {
      timers.pass(ms);
      return events.splice(0);
    },
  };
};

const ready = (options: Partial<MagtekOptions> = {}, settings: Record<string, unknown> = {}) => {
  const rig = setUp(options, settings);
  rig.said(10_000);
  return rig;
};

const kinds = (events: readonly ReaderEvent[]) =>
  events.map((event) => (event.is === 'bad read' ? event.why : event.is));

describe('the MagTek driver', () => {
  test('takes no swipe that had begun before it was armed, and the next one whole', () => {
    const { said, reader, wire } = ready({ behaviours: [slowly(1)] });
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(kinds(said(100))).toEqual([]);
    reader.disarm();
    reader.arm(purchase);
    expect(kinds(said(2_000))).not.toContain('card');
    wire.reader.swipe(testCards.amex);
    expect(kinds(said(2_000))).toContain('card');
  });

  test('says who the reader is once it is ready', () => {
    const { said, wire } = setUp({ level: 'authenticated' });
    expect(said()).toEqual([
      {
        is: 'ready',
        identity: {
          firmware: '21042812D01',
          serialNumber: 'B000795',
          securityLevel: 'authenticated',
          ksn: 'FFFF9876543210E00001',
        },
      },
    ]);
    expect(wire.reader.heard).toEqual(['000100', '0900', '1400', '1500', '000103']);
  });

  test('is ready for a reader that only sends', () => {
    const { said, reader, wire } = setUp({ behaviours: [mute] });
    expect(said(4_999)).toEqual([]);
    expect(said(1)).toEqual([{ is: 'ready', identity: {} }]);
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(kinds(said())).toEqual(['card']);
  });

  test('reads one card each time it is armed', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    wire.reader.swipe(testCards.mastercard);
    expect(said()).toMatchObject([
      {
        is: 'card',
        read: {
          card: {
            maskedPan: '4111********1111',
            expiry: '4912',
            brand: 'visa',
            entryMode: 'stripe',
          },
          entryMode: 'stripe',
          securityLevel: 'encrypted',
        },
      },
    ]);
    reader.arm(purchase);
    wire.reader.swipe(testCards.mastercard);
    expect(said()).toMatchObject([{ read: { card: { brand: 'mastercard' } } }]);
  });

  test.each(['clear', 'encrypted', 'authenticated'] as const)('tells level %s', (level) => {
    const { said, reader, wire } = ready({ level });
    reader.arm(purchase);
    wire.reader.swipe(testCards.amex);
    expect(said()).toMatchObject([{ is: 'card', read: { securityLevel: level } }]);
  });

  test('gives the same card the same likeness, and another card another', () => {
    const { said, reader, wire } = ready();
    const likeness = (card: keyof typeof testCards): string => {
      reader.arm(purchase);
      wire.reader.swipe(testCards[card]);
      const [event] = said();
      if (event?.is !== 'card') throw new Error('There is no card.');
      return event.read.likeness.use((text) => text);
    };
    const first = likeness('visa');
    expect(likeness('visa')).toBe(first);
    expect(likeness('mastercard')).not.toBe(first);
  });

  test('drops the card of whoever swipes while it is not armed', () => {
    const { said, reader, wire } = ready();
    wire.reader.swipe(testCards.visa);
    reader.arm(purchase);
    reader.disarm();
    wire.reader.swipe(testCards.visa);
    expect(said()).toEqual([]);
  });

  test('wipes the bytes of a record it has read', () => {
    const records: Uint8Array[] = [];
    const { open, timers, emit } = bareLine((event) => {
      if (event.is === 'record') records.push(event.bytes);
    });
    openReader({ open, line: 'serial', timers, settings: {}, hear: () => {} });
    emit({ is: 'opened' });
    emit({ is: 'record', bytes: bytesOf(goodLine) });
    expect(records[0]?.every((byte) => byte === 0)).toBe(true);
  });

  test.each([
    ['keys exhausted', 'keys_exhausted'],
    ['not authenticated', 'not_authenticated'],
    ['timed out', 'timed_out'],
  ] as const)('says so when a swipe ends with "%s"', (ends, why) => {
    const { said, reader, wire } = ready({ level: 'authenticated' });
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, { ends });
    expect(said()).toEqual([{ is: 'bad read', why }]);
  });

  test('stays armed after a bad read', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, { badTracks: [1, 2] });
    wire.reader.swipe(testCards.visa);
    expect(kinds(said())).toEqual(['bad_track', 'card']);
  });

  test('reads a card of which one track is bad', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, { badTracks: [2] });
    expect(kinds(said())).toEqual(['card']);
  });

  test.each([
    ['noise that ends in CR', garbageBefore('\u0000\u00ffnoise\r'), ['noise', 'card']],
    ['noise glued to the card', garbageBefore('xy'), ['noise', 'damaged', 'card']],
    ['a record without an end', cutAfter(200), ['noise', 'damaged', 'card']],
    ['a wrong digit', damagedOnce(30), ['noise', 'damaged', 'card']],
    ['a line without end', garbageBefore('z'.repeat(5_000)), ['noise', 'card']],
  ])('finds its way back after %s', (_, habit, heard) => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, { behaving: [habit] });
    // Whatever the first swipe left on the cable ends with this one; the third is whole again.
    wire.reader.swipe(testCards.visa);
    wire.reader.swipe(testCards.visa);
    expect(kinds(said())).toEqual(heard);
  });

  test('takes a card that comes byte by byte', () => {
    const { said, reader, wire } = ready({ behaviours: [slowly(10)] });
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(kinds(said(1_000))).toEqual([]);
    expect(kinds(said(60_000))).toEqual(['card']);
  });

  test('answers a test, armed or not', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    reader.test();
    expect(said()).toMatchObject([{ is: 'tested', passed: true }]);
    wire.reader.swipe(testCards.visa);
    expect(kinds(said())).toEqual(['card']);
  });

  test('is lost once when the wire is pulled, and says nothing after', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    wire.unplug();
    wire.reader.swipe(testCards.visa);
    reader.test();
    reader.close();
    expect(said(10_000)).toMatchObject([{ is: 'lost', why: 'unplugged' }]);
  });

  test('is lost as closed when it is closed, and drops a card on its way', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    reader.close();
    wire.reader.swipe(testCards.visa);
    expect(said(10_000)).toMatchObject([{ is: 'lost', why: 'closed' }]);
  });

  test('is lost at once with wrong settings, and says which', () => {
    const { said, events } = setUp({}, { startTrack1: '' });
    expect(events).toEqual([]);
    expect(said()).toMatchObject([
      { is: 'lost', why: 'failed', detail: containing('startTrack1') },
    ]);
  });

  test('may be armed from within what it says', () => {
    const timers = handTimers();
    const wire = stringWire((send) => simulateMagtekSerialLine({ timers }, send), framing, timers);
    const heard: string[] = [];
    const reader = openReader({
      open: wire.open,
      line: 'serial',
      timers,
      settings: {},
      hear(event) {
        heard.push(event.is);
        reader.arm(purchase);
      },
    });
    timers.pass(0);
    wire.reader.swipe(testCards.visa);
    wire.reader.swipe(testCards.visa);
    expect(heard).toEqual(['ready', 'card', 'card']);
  });

  test('speaks to a reader programmed with other sentinels', () => {
    const given = { fieldSeparator: '~', startTrack1: '!', startTrack2: '$', endTrack2: '>' };
    const { said, reader, wire } = ready(
      { framing: { ...factoryFraming, ...given, preCard: 'IN', terminator: 'OUT\r' } },
      { ...given, preCard: 'IN', terminator: 'OUT\r' },
    );
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(kinds(said())).toEqual(['card']);
  });
});

const level3 = vector('magtek-line-level3-encrypted').input_ascii ?? '';
const goodLine = level3.replace(/\r$/, '');

/** A line whose events are made by hand. */
const bareLine = (look: (event: LineEvent) => void = () => {}) => {
  let hear: (event: LineEvent) => void = () => {};
  const open: OpenLine = (listener) => {
    hear = listener;
    return { send: () => {}, query: () => {}, skip: () => {}, close: () => {} };
  };
  return {
    open,
    timers: handTimers(),
    emit: (event: LineEvent) => {
      hear(event);
      look(event);
    },
  };
};

/** Feeds chunks to an armed driver and returns what it said. */
const listen = (chunks: readonly Uint8Array[]): ReaderEvent[] => {
  const { wire, reader, said } = ready();
  reader.arm(purchase);
  for (const chunk of chunks) {
    wire.send(chunk);
    // Armed anew for the next line only: arming drops what has begun.
    if (chunk.at(-1) === 0x0d) reader.arm(purchase);
  }
  return said();
};

const cut = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const at = [0, ...places.map((place) => place % bytes.length), bytes.length];
  at.sort((one, other) => one - other);
  return at.slice(1).map((end, index) => bytes.slice(at[index], end));
};

describe('a record on the wire', () => {
  const records = vectorsOf('magtek-serial-line').filter(({ name }) => name.includes('line-'));

  test.each(records)('is one card whole, byte by byte and in random pieces: $name', (one) => {
    const bytes = bytesOf(one.input_ascii ?? '');
    const whole = listen([bytes]);
    expect(kinds(whole)).toEqual(['card']);
    const shown = JSON.stringify(whole);
    const everyByte = Array.from(bytes, (_, at) => bytes.slice(at, at + 1));
    expect(JSON.stringify(listen(everyByte))).toBe(shown);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (places) => {
        expect(JSON.stringify(listen(cut(bytes, places)))).toBe(shown);
      }),
      { seed, numRuns: 100 },
    );
  });

  test('survives whatever bytes came before it', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(goodLine.length).map((count) => bytesOf(goodLine.slice(0, count))),
      fc.string({ unit: fc.constantFrom(...'%;+?|E=^\r\n0149FB') }).map(bytesOf),
      fc.uint8Array({ minLength: 2_040, maxLength: 2_060 }).map((bytes) => bytes.fill(0x41)),
    );
    const { wire, reader, said } = ready();
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), (pieces) => {
        for (const piece of pieces) wire.send(piece);
        wire.send(bytesOf('\r'));
        said();
        reader.arm(purchase);
        wire.send(bytesOf(`${goodLine}\r`));
        const heard = said();
        expect(kinds(heard)).toEqual(['card']);
        expect(maskedOf(heard)).toBe('5452********7189');
      }),
      { seed, numRuns: 3_000 },
    );
  });
});

const maskedOf = (events: readonly ReaderEvent[]): string | undefined =>
  events.flatMap((event) => (event.is === 'card' ? [panOf(event.read)] : []))[0];
const panOf = ({ card }: CardRead): string => card.maskedPan;
