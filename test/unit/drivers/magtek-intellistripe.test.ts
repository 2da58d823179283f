/** IntelliStripe readers: the manuals' bytes, and the driver against the simulated reader. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  decodeCapture,
  fromHex,
  protocols,
  textOf,
  toHex,
} from '../../../drivers/index.ts';
import { messageIn } from '../../../drivers/protocols/magtek-intellistripe-ascii/message.ts';
import { readStripeData } from '../../../drivers/protocols/magtek-intellistripe-ascii/stripe.ts';
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
import {
  simulateIntellistripe,
  type IntellistripeBehaviour,
} from '../../../simulator/readers/magtek-intellistripe.ts';
import { cutAt, everyByte } from '../../fixtures/chunks.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';
import { kindsOf, wireUp } from '../../rigs/wired-reader.ts';

const name = 'magtek-intellistripe-ascii';
const { openReader, lines } = protocols[name];
const { framing } = lines.serial;

/** How many random streams are tried; a long run raises it. */
export const streamRuns = 200;

const wired = (
  behaviours: readonly IntellistripeBehaviour[] = [],
  { model = 'IntelliStripe 65', settings = {} } = {},
) =>
  wireUp({
    ...{ openReader, framing, settings },
    simulate: (parts, send) => simulateIntellistripe({ ...parts, behaviours, model }, send),
  });

const ready = (...parts: Parameters<typeof wired>) => {
  const rig = wired(...parts);
  rig.said(60);
  return rig;
};

const armed = (...parts: Parameters<typeof wired>) => {
  const rig = ready(...parts);
  rig.reader.arm(purchase);
  rig.said();
  return rig;
};

/** A habit that shows on swipes only. */
const onSwipe =
  (habit: IntellistripeBehaviour): IntellistripeBehaviour =>
  (stimulus, inside, rest) =>
    stimulus.is === 'swipe' ? habit(stimulus, inside, rest) : undefined;

describe('the bytes of the manuals', () => {
  test.each(vectorsOf(name).map((one) => one.name))('%s is read', (which) => {
    const { input_hex = '', expected } = vector(which);
    const line = textOf(fromHex(input_hex) ?? new Uint8Array()).replace(/\r$/, '');
    const message = messageIn(line);
    if (message === undefined) throw new Error('It was not read.');
    const { type, application, command, result, data } = message;
    const hex = (value: number) => toHex(Uint8Array.of(value));
    const header = { request: '00', response: '40', notification: '80' }[type];
    const value = data.length === 6 ? (data[2] ?? 0) : undefined;
    const found: Record<string, unknown> = {
      message_hex: `${header}${hex(application)}${hex(command)}${hex(result)}${toHex(data)}`,
      ...{ messageType: type, application: hex(application), resultCode: hex(result) },
      command: typeof value === 'number' ? `${hex(command)} set property` : hex(command),
      ...{ propertyType: hex(data[0] ?? 0), propertyId: hex(data[1] ?? 0), valueLE: value },
    };
    expect(found).toMatchObject(expected);
    expect(decodeCapture(name, fromHex(input_hex) ?? new Uint8Array())).toMatchObject({ ok: true });
  });

  test('characters that are no digits are ignored, and what stood before a CAN is forgotten', () => {
    expect(messageIn('4x0 08\n0100')).toEqual(messageIn('40080100'));
    expect(messageIn('12\x1840080100')).toEqual(messageIn('40080100'));
    expect(messageIn('4008010')).toBe(undefined);
    expect(messageIn('C0080100')).toBe(undefined);
    expect(messageIn('')).toBe(undefined);
  });

  test('a stripe is taken apart only when its lengths are those of its tracks', () => {
    const data = bytesOf(`\x00\x00\x04\x03\x00%AB?;1?`);
    expect(readStripeData(data)?.tracks).toMatchObject([
      { is: 'read', text: 'AB' },
      { is: 'read', text: '1' },
      { is: 'absent' },
    ]);
    expect(readStripeData(data.slice(0, -1))).toBe(undefined);
    expect(readStripeData(Uint8Array.of(0, 0))).toBe(undefined);
    expect(readStripeData(Uint8Array.of(0, 99, 0, 0, 0))).toBe(undefined);
    expect(readStripeData(Uint8Array.of(2, 0, 0, 0, 0))?.tracks[1]).toEqual({ is: 'bad' });
  });
});

describe('the driver', () => {
  test('starts afresh, asks who the reader is, and has it send its cards', () => {
    const { said, wire } = wired();
    expect(said(59)).toEqual([]);
    expect(wire.reader.heard).toEqual(['CAN']);
    expect(said(1)).toEqual([
      { is: 'ready', identity: { firmware: '16051331A05', securityLevel: 'clear' } },
    ]);
    const requests = ['000000000200', '000000000201', '00018000', '00010100010001000000'];
    expect(wire.reader.heard.slice(1)).toEqual(requests);
  });

  test('reads a card, masks it, and keeps its tracks in a secret', () => {
    const { said, wire } = armed();
    wire.reader.swipe(testCards.magtek);
    const events = said();
    expect(events).toMatchObject([
      { is: 'card', read: { card: { maskedPan: '545230******7189' }, securityLevel: 'clear' } },
    ]);
    expect(JSON.stringify(events)).not.toContain(testCards.magtek.pan);
    const [read] = events.flatMap((event) => (event.is === 'card' ? [event.read] : []));
    const account: unknown = JSON.parse(read?.accountData.use(textOf) ?? '');
    const tracks = testCards.magtek.tracks.map((track) => track.slice(1, -1));
    expect(account).toEqual({ scheme: 'clear', tracks });
  });

  test('takes one card each time it is armed, and has the reader forget what came before', () => {
    const { said, reader, wire } = ready();
    wire.reader.swipe(testCards.visa);
    expect(said()).toEqual([]);
    reader.arm(purchase);
    expect(said()).toEqual([]);
    expect(wire.reader.heard.at(-1)).toBe('00018000');
    wire.reader.swipe(testCards.amex);
    wire.reader.swipe(testCards.visa);
    expect(said()).toMatchObject([{ is: 'card', read: { card: { brand: 'amex' } } }]);
  });

  test('may be armed before it is ready', () => {
    const { said, reader, wire } = wired();
    reader.arm(purchase);
    said(60);
    wire.reader.swipe(testCards.visa);
    expect(kindsOf(said())).toEqual(['card']);
  });

  test('stays armed after a bad read', () => {
    const { said, wire } = armed();
    wire.reader.swipe(testCards.visa, { badTracks: [1, 2] });
    wire.reader.swipe(testCards.visa, { badTracks: [1] });
    expect(kindsOf(said())).toEqual(['bad_track', 'card']);
  });

  test.each<[string, IntellistripeBehaviour]>([
    ['a wrong digit in its lengths', spoiltAt(12)],
    ['its end missing', cutShort(40)],
    ['garbage that looks like digits before it', garbageFirst(bytesOf('4'))],
  ])('asks the reader again for a card that came with %s', (_, habit) => {
    const { said, wire } = armed([onSwipe(habit)]);
    wire.reader.swipe(testCards.visa);
    // A line cut short ends where the next one does.
    wire.send(bytesOf('\r'));
    expect(kindsOf(said())).toEqual(['noise', 'card']);
    expect(wire.reader.heard).toContain('00018100');
  });

  test('says that a card came damaged when it cannot be had again', () => {
    const lost: IntellistripeBehaviour = (stimulus) =>
      stimulus.is === 'request' && stimulus.hex === '00018100' ? { pieces: [] } : undefined;
    const { said, wire } = armed([lost, onSwipe(cutShort(40))]);
    wire.reader.swipe(testCards.visa);
    wire.send(bytesOf('\r'));
    expect(kindsOf(said())).toEqual(['noise']);
    expect(kindsOf(said(1_000))).toEqual(['damaged']);
  });

  test.each([
    ['that comes when the next sale has begun', 10],
    ['that comes too late', 1_500],
  ])('gives no sale a card it was asked for in the one before, %s', (_, afterMs) => {
    // Its answer is held back until the second sale has begun.
    const slow: IntellistripeBehaviour = (stimulus, inside) =>
      stimulus.is === 'request' && stimulus.hex === '00018100'
        ? { pieces: [new Uint8Array(), bytesOf(`40018100${inside.stripe}\r`)], gapMs: afterMs }
        : undefined;
    const { said, reader, wire } = armed([slow, onSwipe(garbageFirst(bytesOf('4')))]);
    wire.reader.swipe(testCards.visa);
    expect(kindsOf(said())).toEqual(['noise']);
    reader.disarm();
    reader.arm(purchase);
    expect(kindsOf(said(5_000))).toEqual([]);
  });

  test.each<[string, IntellistripeBehaviour]>([
    ['byte by byte', byteByByte(5)],
    ['glued together', gluedTogether],
    ['twice', twice],
    ['after noise', garbageFirst(bytesOf('\x00\xFE ?\r'))],
  ])('reads a card that comes %s', (_, habit) => {
    const { said, wire } = armed([onSwipe(habit)]);
    wire.reader.swipe(testCards.visa);
    expect(kindsOf(said(10_000)).filter((kind) => kind !== 'noise')).toEqual(['card']);
  });

  test('hears no answer twice, and none that nobody awaits', () => {
    const { said, reader, wire } = armed([twice]);
    wire.send(bytesOf('40000000020000\r40018000\r'));
    reader.test();
    expect(said(10_000)).toMatchObject([
      { is: 'tested', passed: true, detail: containing('2 of 2') },
    ]);
  });

  test('is lost as silent when the reader cannot be made to send cards, and says what to check', () => {
    const { said } = wired([stuck]);
    expect(said(4_059)).toEqual([]);
    const [event, ...others] = said(10_000);
    expect(event).toMatchObject({ is: 'lost', why: 'silent', detail: containing('ASCII hex') });
    expect(others).toEqual([]);
  });

  test('fails its test when the reader answers no more', () => {
    let isStuck = false;
    const { said, reader } = ready([(...all) => (isStuck ? stuck(...all) : undefined)]);
    isStuck = true;
    reader.test();
    reader.test();
    expect(said(10_000)).toMatchObject([
      { is: 'tested', passed: false, detail: containing('0 of 2') },
    ]);
  });

  test.each([
    ['after an answer', dyingAfterwards],
    ['instead of one', dyingFirst],
  ])('is lost when its power goes %s', (_, habit) => {
    const { said } = wired([habit]);
    expect(said(10_000)).toMatchObject([{ is: 'lost', why: 'unplugged' }]);
  });

  test('is lost as closed when it is closed, in the middle of a question too', () => {
    const { said, reader } = wired([stuck]);
    said(500);
    reader.close();
    expect(said(10_000)).toMatchObject([{ is: 'lost', why: 'closed' }]);
  });
});

describe('a reader with a motor', () => {
  const motor = { model: 'IntelliStripe 320' };

  test('draws a card in while it is armed only, and gives it back', () => {
    const { said, reader, wire } = ready([], motor);
    wire.reader.swipe(testCards.visa);
    expect([said(), wire.reader.holdsCard]).toEqual([[], false]);
    reader.arm(purchase);
    said();
    wire.reader.swipe(testCards.visa);
    expect(kindsOf(said())).toEqual(['card']);
    expect(wire.reader.holdsCard).toBe(false);
    expect(wire.reader.heard.slice(-2)).toEqual(['00820100030300', '00828100']);
  });

  test('gives a bad card back when it is disarmed', () => {
    const { said, reader, wire } = armed([], motor);
    wire.reader.swipe(testCards.visa, { badTracks: [1, 2] });
    said();
    expect(wire.reader.holdsCard).toBe(true);
    reader.disarm();
    said();
    expect(wire.reader.holdsCard).toBe(false);
  });

  test('armed and disarmed again and again is asked for no more than the last', () => {
    const { said, reader, wire } = ready([byteByByte(10)], motor);
    said(60_000);
    for (let time = 0; time < 50; time += 1) {
      reader.arm(purchase);
      reader.disarm();
    }
    said(60_000);
    expect(wire.reader.heard.filter((hex) => hex === '00828100').length).toBeLessThan(3);
  });
});

/** Spoils one character of a line: `at` counts from its beginning. */
function spoiltAt(at: number): IntellistripeBehaviour {
  return (_stimulus, _inside, rest) => {
    const emission = rest();
    const [line = new Uint8Array()] = emission?.pieces ?? [];
    return spoiltOnce(line.length - 1 - at)(_stimulus, _inside, () => emission);
  };
}

/** The notification of a swipe, as the reader sends it. */
const swipeLine = (): Uint8Array => {
  const sent: Uint8Array[] = [];
  const timers = { after: () => () => {} };
  const reader = simulateIntellistripe({ timers }, (bytes) => sent.push(bytes));
  reader.receive(bytesOf('00010100010001000000\r'));
  reader.swipe(testCards.visa);
  return sent.at(-1) ?? new Uint8Array();
};

describe('a stream', () => {
  const line = swipeLine();

  test('says the same however it is cut', () => {
    const said = (chunks: readonly Uint8Array[]): string => {
      const rig = armed();
      for (const chunk of chunks) rig.wire.send(chunk);
      return JSON.stringify(rig.said());
    };
    const whole = said([line]);
    expect(whole).toContain('411111******1111');
    expect(said(everyByte(line))).toBe(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (places) => {
        expect(said(cutAt(line, places))).toBe(whole);
      }),
      { seed, numRuns: streamRuns },
    );
  });

  test(`loses no good message to any bytes before it (seed ${seed})`, () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(line.length).map((count) => line.slice(0, count)),
      fc.string({ unit: fc.constantFrom(...'048CAF\r\n\x18 x') }).map(bytesOf),
      fc.constant(new Uint8Array(1_100).fill(0x30)),
    );
    const rig = ready();
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), (pieces) => {
        for (const piece of pieces) rig.wire.send(piece);
        rig.wire.send(bytesOf('\r'));
        rig.said(10_000);
        rig.reader.arm(purchase);
        rig.said(10_000);
        rig.wire.send(line);
        const cards = kindsOf(rig.said(10_000)).filter((kind) => kind === 'card');
        rig.reader.disarm();
        expect(cards).toEqual(['card']);
      }),
      { seed, numRuns: streamRuns },
    );
  });
});

describe('a capture', () => {
  test('shows requests, answers and cards, these masked', () => {
    const bytes = bytesOf(
      '000000000201\r400000000201313630353133313541303100\r' +
        `80018100000025220000${toHex(bytesOf('x'))}\rzz\r`,
    );
    const result = decodeCapture(name, bytes);
    expect(result).toMatchObject({
      decoded: {
        records: [
          { messageType: 'request', name: 'software', propertyId: '01' },
          { messageType: 'response', means: 'success', value: '16051315A01' },
          { messageType: 'notification', rejectedByteCount: 7 },
        ],
        rejected: [{ byteCount: 2 }],
      },
    });
  });

  test('of a card shows no number and no name', () => {
    const shown = JSON.stringify(decodeCapture(name, swipeLine()));
    expect(shown).toContain('411111******1111');
    expect(shown).not.toContain(testCards.visa.pan);
    expect(shown).not.toContain('TEST/CARD');
  });
});
