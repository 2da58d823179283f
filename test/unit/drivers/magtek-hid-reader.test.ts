/** A MagTek HID reader over a line: a real driver, a simulated reader, and everything that goes wrong. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, protocols, toHex, type ReaderEvent } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import {
  byteByByte,
  cutShort,
  dyingAfterwards,
  dyingFirst,
  garbageFirst,
  gluedTogether,
  refusing,
  spoiltOnce,
  stuck,
  twice,
} from '../../../simulator/readers/habits.ts';
import { stringHidWire } from '../../../simulator/readers/hid-wire.ts';
import {
  magtekResetMs,
  simulateMagtekHid,
  type MagtekHidOptions,
} from '../../../simulator/readers/magtek-hid.ts';
import { seed } from '../../fixtures/seed.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { containing } from '../../rigs/containing.ts';
import { handTimers } from '../../rigs/hand-timers.ts';
import { cardOf, openingMagtekHid, readyMagtekHid } from '../../rigs/magtek-hid.ts';

const { openReader, lines } = protocols['magtek-hid'];

describe('a MagTek HID reader', () => {
  test('says who it is once it has been asked', () => {
    const { events, wire } = readyMagtekHid();
    const identity = {
      firmware: '21042812D01',
      ksn: 'FFFF9876543210E00001',
      securityLevel: 'encrypted',
      serialNumber: 'B000795',
    };
    expect(events).toEqual([{ is: 'ready', identity }]);
    expect(wire.reader.heard).toEqual(['000100', '0900', '1400', '1500', '000103']);
  });

  test('may have no serial number', () => {
    const { events } = readyMagtekHid({ deviceSerial: '' });
    expect(events).toMatchObject([{ is: 'ready', identity: { firmware: '21042812D01' } }]);
    expect(JSON.stringify(events)).not.toContain('serialNumber');
  });

  test.each([
    ['v5', 'encrypted', '5452********7189'],
    ['v5', 'clear', '5452********7189'],
    ['v5 older', 'encrypted', '5452********7189'],
    ['sureswipe', 'clear', '545230******7189'],
  ] as const)('of form %s reads a card at level %s', (form, level, maskedPan) => {
    for (const hasDescriptor of [true, false]) {
      const { reader, wire, last } = readyMagtekHid({ form, level, hasDescriptor });
      reader.arm(purchase);
      wire.reader.swipe(testCards.magtek);
      const { card, securityLevel } = cardOf(last());
      expect([card.maskedPan, card.expiry, securityLevel]).toEqual([maskedPan, '0804', level]);
    }
  });

  test.each([
    [{ badTracks: [1, 2] }, 'bad_track'],
    [{ ends: 'keys exhausted' }, 'keys_exhausted'],
    [{ ends: 'timed out' }, 'timed_out'],
    [{ ends: 'not authenticated' }, 'no_data'],
  ] as const)('tells why a swipe of %j gave nothing, and stays armed', (how, why) => {
    const { reader, wire, last } = readyMagtekHid();
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa, how);
    expect(last()).toEqual({ is: 'bad read', why });
    wire.reader.swipe(testCards.visa);
    expect(cardOf(last()).card.brand).toBe('visa');
  });

  test('shows nothing of the card before behind the lengths of the next', () => {
    const { reader, wire, last } = readyMagtekHid({ level: 'clear' });
    reader.arm(purchase);
    wire.reader.swipe(testCards.magtek);
    reader.arm(purchase);
    wire.reader.swipe({ ...testCards.amex, tracks: ['', testCards.amex.tracks[1], ''] });
    const { card, accountData } = cardOf(last());
    expect(card.brand).toBe('amex');
    expect(accountData.use((bytes) => Buffer.from(bytes).toString())).not.toContain(
      '5452300551227189',
    );
  });

  test('drops a card nobody waits for', () => {
    const { reader, wire, said } = readyMagtekHid();
    wire.reader.swipe(testCards.visa);
    reader.arm(purchase);
    reader.disarm();
    wire.reader.swipe(testCards.visa);
    expect(said()).toEqual(['ready']);
  });

  test('that refuses every question is ready at once, and a test tells of the refusals', () => {
    const refusesAll: MagtekHidOptions['behaviours'][number] = (stimulus, inside, rest) =>
      stimulus.is === 'command' ? refusing(stimulus, inside, rest) : undefined;
    const { reader, wire, timers, said, last } = openingMagtekHid({ behaviours: [refusesAll] });
    timers.pass(0);
    expect(said()).toEqual(['ready']);
    reader.test();
    timers.pass(0);
    expect(last()).toMatchObject({
      is: 'tested',
      detail: containing('5 of 5 commands answered, softwareId, ksn,'),
    });
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(cardOf(last()).card.brand).toBe('visa');
  });

  test('passes a test, also where it has not everything it is asked for', () => {
    const { reader, timers, last } = readyMagtekHid();
    reader.test();
    timers.pass(10_000);
    expect(last()).toMatchObject({
      is: 'tested',
      passed: true,
      detail: '5 of 5 commands answered.',
    });
    const answersOne = readyMagtekHid({
      form: 'sureswipe',
      behaviours: [
        (stimulus, _, rest) =>
          stimulus.is === 'command' && stimulus.report[0] !== 0
            ? { pieces: [Uint8Array.of(0x02, 0x00)] }
            : rest(),
      ],
    });
    answersOne.reader.test();
    answersOne.timers.pass(10_000);
    expect(answersOne.last()).toMatchObject({ passed: true, detail: containing('with a refusal') });
  });

  test('refuses settings that make no sense, by name', () => {
    const { timers, last } = openingMagtekHid({}, { maskLeading: 'four' });
    timers.pass(0);
    expect(last()).toEqual({ is: 'lost', why: 'failed', detail: containing('maskLeading') });
  });
});

describe('what goes wrong', () => {
  const afterReady = (behaviour: MagtekHidOptions['behaviours'][number]) => {
    let isBad = false;
    const made = readyMagtekHid({
      behaviours: [(...given) => (isBad ? behaviour(...given) : given[2]())],
    });
    isBad = true;
    made.reader.arm(purchase);
    return made;
  };

  test('an unplugging in mid-command ends in a plain loss, and the reader comes back', () => {
    let isDying = true;
    const { timers, wire, said, open } = openingMagtekHid({
      behaviours: [(...given) => (isDying ? dyingFirst(...given) : given[2]())],
    });
    timers.pass(10_000);
    expect(said()).toEqual(['lost']);
    isDying = false;
    wire.replug();
    open();
    timers.pass(10_000);
    expect(said()).toEqual(['lost', 'ready']);
  });

  test('a reset takes the reader off the bus, and it comes back a while later', () => {
    const { timers, wire, last, open } = readyMagtekHid();
    const host = wire.open(() => {});
    host.query(Uint8Array.of(0x02, 0x00));
    timers.pass(magtekResetMs.leaves + 1);
    expect(last()).toMatchObject({ is: 'lost', why: 'unplugged' });
    open();
    timers.pass(1);
    expect(last()).toMatchObject({ is: 'lost', why: 'absent' });
    timers.pass(magtekResetMs.away);
    open();
    timers.pass(10_000);
    expect(last()).toMatchObject({ is: 'ready' });
  });

  test.each([
    ['after what it says', dyingAfterwards, ['ready', 'card', 'lost']],
    ['before it says anything', dyingFirst, ['ready', 'lost']],
    ['while it hangs', stuck, ['ready']],
  ])('a reader that dies %s says nothing that is not so', (_, habit, events) => {
    const { wire, timers, said } = afterReady(habit);
    wire.reader.swipe(testCards.visa);
    timers.pass(10_000);
    expect(said()).toEqual(events);
  });

  test.each([
    ['a byte to a report', byteByByte()],
    ['half of it', cutShort(400)],
    ['one report glued to noise', gluedTogether],
    ['noise first', garbageFirst(Uint8Array.of(1, 2, 3))],
    ['everything twice', twice],
  ])('a reader that sends %s gives at most the one card', (name, habit) => {
    const { wire, timers, said, reader } = afterReady(habit);
    wire.reader.swipe(testCards.visa);
    timers.pass(10_000);
    const cards = said().filter((is) => is === 'card');
    const isWhole = !['a byte to a report', 'half of it'].includes(name);
    expect(cards).toHaveLength(isWhole ? 1 : 0);
    reader.close();
    timers.pass(0);
    expect(said().at(-1)).toBe('lost');
  });

  test('a spoilt bit in a masked track is a bad read, or another card, and never an end', () => {
    // Counted from the end: the first byte of the length of masked track 2.
    const { wire, said, last } = afterReady(spoiltOnce(886 - 506));
    wire.reader.swipe(testCards.visa);
    expect(['bad read', 'card']).toContain(said().at(-1));
    wire.reader.swipe(testCards.visa);
    expect(cardOf(last()).card.brand).toBe('visa');
  });

  test('a reader that answers no command is driven all the same, and fails its test', () => {
    const { timers, wire, reader, said, last } = openingMagtekHid({
      behaviours: [(stimulus, _, rest) => (stimulus.is === 'command' ? { pieces: [] } : rest())],
    });
    timers.pass(10_000);
    expect(said()).toEqual(['ready']);
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(said().at(-1)).toBe('card');
    reader.test();
    timers.pass(10_000);
    expect(last()).toMatchObject({ is: 'tested', passed: false, detail: containing('0 of 5') });
  });

  test('an answer nobody awaits is dropped', () => {
    const { wire, timers, said } = readyMagtekHid();
    const host = wire.open(() => {});
    host.query(Uint8Array.of(0x09, 0x00));
    timers.pass(10_000);
    expect(said()).toEqual(['ready']);
  });

  test('a notification of a newer reader is no noise', () => {
    const { timers, wire: _, ...parts } = numbered();
    parts.send(fromHex('00020000030000020301') ?? new Uint8Array(), 2);
    timers.pass(0);
    expect(parts.said()).toEqual(['ready']);
    parts.send(Uint8Array.of(1, 2, 3), 7);
    expect(parts.said()).toEqual(['ready', 'noise']);
  });
});

/** A device that numbers its reports: swipes in report 1, commands in report 1, notifications in report 2. */
const numbered = () => {
  const timers = handTimers();
  const asked: (number | undefined)[] = [];
  const events: ReaderEvent[] = [];
  const one = simulateMagtekHid({ timers }, { send() {}, answer() {}, leave() {}, comeBack() {} });
  const descriptor = toHex(one.descriptor ?? new Uint8Array()).replace('A101', 'A1018501');
  const wire = stringHidWire(
    (plug) => ({
      descriptor: fromHex(descriptor) ?? new Uint8Array(),
      receive() {},
      feature(_report, reportId) {
        asked.push(reportId);
        plug.answer(Uint8Array.of(0x02, 0x00));
      },
    }),
    { ...lines.hid, numbered: true },
    timers,
  );
  openReader({
    open: wire.open,
    line: 'hid',
    timers,
    settings: {},
    hear: (event) => void events.push(event),
  }).arm(purchase);
  timers.pass(10_000);
  return { timers, wire, asked, send: wire.send, said: () => events.map(({ is }) => is), events };
};

describe('a reader that numbers its reports', () => {
  test('is asked in the report its descriptor names, and heard in it', () => {
    const { asked, send, events } = numbered();
    expect(new Set(asked)).toEqual(new Set([1]));
    const source = openingMagtekHid();
    source.timers.pass(10_000);
    let report = new Uint8Array();
    source.wire.open((event) => {
      if (event.is === 'record') report = event.bytes.slice();
    });
    source.timers.pass(0);
    source.wire.reader.swipe(testCards.mastercard);
    send(report, 1);
    expect(events.at(-1)).toMatchObject({ is: 'card', read: { card: { brand: 'mastercard' } } });
  });
});

/** How many streams of reports the property tries; a long run raises it. */
export const readerRuns = 60;

test(`reports of any bytes end in no exception, and the next card is read (seed ${seed})`, () => {
  const report = fc.oneof(
    fc.uint8Array({ maxLength: 900 }),
    fc.uint8Array({ minLength: 887, maxLength: 887 }),
    fc.uint8Array({ minLength: 337, maxLength: 337 }),
  );
  fc.assert(
    fc.property(fc.array(report, { maxLength: 8 }), fc.boolean(), (reports, hasDescriptor) => {
      const { wire, reader, last, timers } = readyMagtekHid({ hasDescriptor });
      for (const bytes of reports) wire.send(bytes);
      reader.arm(purchase);
      wire.reader.swipe(testCards.visa);
      timers.pass(0);
      expect(cardOf(last()).card.maskedPan).toBe('4111********1111');
    }),
    { seed, numRuns: readerRuns },
  );
});
