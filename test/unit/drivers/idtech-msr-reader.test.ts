/** The ID TECH driver against the simulated reader, over a wire and over HID, under a hand-moved clock. */
import { describe, expect, test } from 'vitest';
import { protocols, type ReaderEvent } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import {
  byteByByte,
  cutShort,
  dyingAfterwards,
  dyingFirst,
  garbageFirst,
  gluedTogether,
  spoiltOnce,
  stuck,
  twice,
} from '../../../simulator/readers/habits.ts';
import { stringHidWire } from '../../../simulator/readers/hid-wire.ts';
import {
  simulateIdtechMsr,
  simulateIdtechMsrHid,
  type IdtechBehaviour,
  type IdtechOptions,
} from '../../../simulator/readers/idtech-msr.ts';
import { stringWire } from '../../../simulator/readers/wire.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { containing } from '../../rigs/containing.ts';
import { handTimers } from '../../rigs/hand-timers.ts';

const { openReader, lines } = protocols['idtech-msr'];

/** A driver and a reader with a wire between them. */
const setUp = (options: Partial<IdtechOptions> = {}, settings: Record<string, unknown> = {}) => {
  const timers = handTimers();
  const events: ReaderEvent[] = [];
  let unplug = () => {};
  const wire = stringWire(
    (send) => simulateIdtechMsr({ onDeath: () => unplug(), ...options, timers }, send),
    lines.serial.framing,
    timers,
  );
  unplug = wire.unplug;
  const hear = (event: ReaderEvent) => void events.push(event);
  const reader = openReader({ open: wire.open, line: 'serial', timers, settings, hear });
  return {
    reader,
    wire,
    /** What was said since the last time, once everything at hand has happened. */
    said: (ms = 0): ReaderEvent[] => {
      timers.pass(ms);
      return events.splice(0);
    },
  };
};

const ready = (options: Partial<IdtechOptions> = {}, settings: Record<string, unknown> = {}) => {
  const rig = setUp(options, settings);
  rig.said(20_000);
  return rig;
};

const kinds = (events: readonly ReaderEvent[]) =>
  events.map((event) => (event.is === 'bad read' ? event.why : event.is));

const onSwipes =
  (habit: IdtechBehaviour): IdtechBehaviour =>
  (stimulus, inside, rest) =>
    stimulus.is === 'swipe' ? habit(stimulus, inside, rest) : undefined;

/** Refuses the first requests, as a reader that was not ready. */
const refusing = (count: number): IdtechBehaviour => {
  let left = count;
  return ({ is }) => {
    if (is === 'swipe' || left === 0) return undefined;
    left -= 1;
    return { pieces: [Uint8Array.of(0x15)] };
  };
};

const identity = {
  firmware: 'ID TECH TM3 SecureMag RS232 Reader V 3.19',
  serialNumber: 'T134000064',
  securityLevel: 'encrypted',
  ksn: '62994901190000000001',
};

describe('the ID TECH driver', () => {
  test('says who the reader is once it is ready', () => {
    const { said, wire } = setUp();
    expect(said()).toEqual([{ is: 'ready', identity }]);
    expect(wire.reader.heard.map((bytes) => bytes[2])).toEqual([0x22, 0x4e, 0x7e, 0x51]);
  });

  test.each([
    ['byte by byte', byteByByte(2)],
    ['in one piece', gluedTogether],
    ['behind garbage', garbageFirst(Uint8Array.of(0x41, 0x02, 0xff, 0x0d))],
    ['twice', twice],
    ['damaged once', spoiltOnce(0)],
    ['damaged once, within', spoiltOnce(4)],
    ['after two refusals', refusing(2)],
  ])('hears answers that come %s', (_, habit) => {
    const { said } = setUp({ behaviours: [habit] });
    expect(said(20_000)).toContainEqual({ is: 'ready', identity });
  });

  test('is ready for a reader that answers nothing, and its test fails', () => {
    const { said, reader } = setUp({ behaviours: [stuck] });
    expect(said(3_999)).toEqual([]);
    expect(said(1)).toEqual([{ is: 'ready', identity: {} }]);
    reader.test();
    expect(said(10_000)).toMatchObject([{ is: 'tested', passed: false }]);
  });

  test('knows a reader without a serial number, and one whose keys are used up', () => {
    const { said, reader } = ready({ serialNumber: '', initialKsn: '629949011900001FF800' });
    reader.test();
    const [tested] = said(5_000);
    expect(tested).toMatchObject({ passed: false, detail: containing('keys') });
    expect(JSON.stringify(tested)).not.toContain('serialNumber');
  });

  test.each(['clear', 'encrypted', 'authenticated'] as const)(
    'reads a card at level %s',
    (level) => {
      const { said, reader, wire } = ready({ level });
      reader.arm(purchase);
      wire.reader.swipe(testCards.visa);
      wire.reader.swipe(testCards.visa);
      expect(said()).toMatchObject([
        { is: 'card', read: { securityLevel: level, card: { brand: 'visa' } } },
      ]);
    },
  );

  test.each([
    ['original', { format: 'original' }],
    ['hex text', { isHex: true }],
    ['original hex text', { format: 'original', isHex: true }],
    ['one that sends its serial number', { sentSerialNumber: 'T134000064' }],
  ] as const)('reads a card of a reader set to %s', (_, options) => {
    const { said, reader, wire } = ready(options);
    reader.arm(purchase);
    wire.reader.swipe(testCards.amex);
    expect(said()).toMatchObject([
      { is: 'card', read: { card: { maskedPan: '3782*******0005', entryMode: 'stripe' } } },
    ]);
  });

  test('tells the same card from another', () => {
    const { said, reader, wire } = ready({ showsExpiry: true });
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

  test.each([
    ['a card byte by byte', byteByByte(10), ['card', 'card']],
    ['garbage in front of it', garbageFirst(Uint8Array.of(2, 9, 0, 2)), ['noise', 'card', 'card']],
    ['a wrong checksum once', spoiltOnce(1), ['noise', 'damaged', 'card']],
    ['a card cut short', cutShort(50), ['noise', 'damaged', 'card']],
    ['a card told twice', twice, ['card', 'card']],
  ])('finds its way through %s', (_, habit, heard) => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, { behaving: [onSwipes(habit)] });
    const first = said(20_000);
    reader.arm(purchase);
    wire.reader.swipe(testCards.mastercard);
    expect(kinds([...first, ...said(20_000)])).toEqual(heard);
  });

  test('stays armed after a bad track', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, { badTracks: [1, 2] });
    wire.reader.swipe(testCards.visa, { badTracks: [1] });
    expect(kinds(said())).toEqual(['bad_track', 'card']);
  });

  test('drops the card of whoever swipes while it is not armed, and one that had begun before', () => {
    const { said, reader, wire } = ready({ behaviours: [onSwipes(byteByByte(1))] });
    wire.reader.swipe(testCards.visa);
    said(50);
    reader.arm(purchase);
    expect(kinds(said(5_000))).toEqual(['noise', 'damaged']);
    wire.reader.swipe(testCards.amex);
    expect(kinds(said(5_000))).toEqual(['card']);
  });

  test.each([
    ['while it was asked', [dyingFirst], 'unplugged'],
    ['after an answer', [dyingAfterwards], 'unplugged'],
  ] as const)('is lost once when the reader dies %s', (_, behaviours, why) => {
    const { said, reader } = setUp({ behaviours });
    expect(said(20_000)).toMatchObject([{ is: 'lost', why }]);
    reader.test();
    reader.close();
    expect(said(20_000)).toEqual([]);
  });

  test('is lost as closed when it is closed, and drops a card on its way', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    reader.close();
    wire.reader.swipe(testCards.visa);
    expect(said(10_000)).toMatchObject([{ is: 'lost', why: 'closed' }]);
  });

  test.each([{ mask: '*' }, { maskCharacter: '0' }, { maskCharacter: '**' }])(
    'is lost at once with a wrong setting: %o',
    (settings) => {
      const { said } = setUp({}, settings);
      expect(said()).toMatchObject([
        { is: 'lost', why: 'failed', detail: containing('maskCharacter') },
      ]);
    },
  );
});

describe('the ID TECH driver over HID', () => {
  const plugged = (options: Partial<IdtechOptions> = {}) => {
    const timers = handTimers();
    const events: ReaderEvent[] = [];
    const wire = stringHidWire(
      (plug) => simulateIdtechMsrHid({ ...options, timers }, plug),
      lines.hid,
      timers,
    );
    const hear = (event: ReaderEvent) => void events.push(event);
    const reader = openReader({ open: wire.open, line: 'hid', timers, settings: {}, hear });
    const said = (ms = 0) => {
      timers.pass(ms);
      return events.splice(0);
    };
    return { reader, wire, said };
  };

  test('is ready at once, and says of its test what it did not ask', () => {
    const { said, reader } = plugged();
    expect(said()).toEqual([{ is: 'ready', identity: {} }]);
    reader.test();
    expect(said()).toMatchObject([{ is: 'tested', passed: true, detail: containing('swipe') }]);
  });

  test.each([
    ['clear', '411111******1111'],
    ['encrypted', '4111********1111'],
    ['authenticated', '4111********1111'],
  ] as const)('reads a report at level %s', (level, maskedPan) => {
    const { said, reader, wire } = plugged({ level });
    said();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(said()).toMatchObject([
      { is: 'card', read: { securityLevel: level, card: { maskedPan } } },
    ]);
  });

  test.each([
    ['a report with a wrong byte', [onSwipes(spoiltOnce(3))], ['noise', 'damaged', 'card']],
    ['a report told twice', [onSwipes(twice)], ['card']],
  ] as const)('finds its way through %s', (_, behaviours, heard) => {
    const { said, reader, wire } = plugged({ behaviours });
    said();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    const first = said();
    if (heard.length > 1) wire.reader.swipe(testCards.visa);
    expect(kinds([...first, ...said()])).toEqual(heard);
  });

  test('tells a bad track of a clear report, and noise from a card', () => {
    const { said, reader, wire } = plugged({ level: 'clear' });
    said();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, { badTracks: [1, 2] });
    wire.send(new Uint8Array(512).fill(0x55));
    expect(kinds(said())).toEqual(['bad_track', 'noise', 'damaged']);
  });

  test('is lost when it is pulled', () => {
    const { said, wire } = plugged();
    said();
    wire.unplug();
    expect(said()).toMatchObject([{ is: 'lost', why: 'unplugged' }]);
  });
});
