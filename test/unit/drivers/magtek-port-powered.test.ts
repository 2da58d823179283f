/** Port-powered insertion readers: the manuals' bytes, and the driver against the simulated reader. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  decodeCapture,
  framerOf,
  fromHex,
  protocols,
  textOf,
  toHex,
  type FrameToken,
} from '../../../drivers/index.ts';
import {
  bytesOfCommands,
  commands,
  type CommandName,
} from '../../../drivers/protocols/magtek-port-powered/commands.ts';
import { messageBytesMax } from '../../../drivers/protocols/magtek-port-powered/framer.ts';
import { readRecord } from '../../../drivers/protocols/magtek-port-powered/record.ts';
import {
  byteByByte,
  cutShort,
  dyingAfterwards,
  garbageFirst,
  stuck,
  twice,
} from '../../../simulator/readers/habits.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import {
  deaf,
  inBursts,
  simulatePortPowered,
  type PortPoweredBehaviour,
} from '../../../simulator/readers/magtek-port-powered.ts';
import { cutAt, everyByte } from '../../fixtures/chunks.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';
import { kindsOf, wireUp } from '../../rigs/wired-reader.ts';

const name = 'magtek-port-powered';
const { openReader, lines } = protocols[name];
const { framing } = lines.serial;

/** How many random streams are tried; a long run raises it. */
export const streamRuns = 400;

const wired = (behaviours: readonly PortPoweredBehaviour[] = [], settings = {}) =>
  wireUp({
    ...{ openReader, framing, settings },
    simulate: (parts, send) => simulatePortPowered({ ...parts, behaviours }, send),
  });

const ready = (behaviours: readonly PortPoweredBehaviour[] = []) => {
  const rig = wired(behaviours);
  rig.said(0);
  rig.wire.reader.power();
  rig.said(10_000);
  return rig;
};

const armed = (behaviours: readonly PortPoweredBehaviour[] = []) => {
  const rig = ready(behaviours);
  rig.reader.arm(purchase);
  rig.said();
  return rig;
};

describe('the bytes of the manuals', () => {
  const records = vectorsOf(name).filter(({ kind }) => kind === 'positive' || kind === 'derived');

  test.each(records.map((one) => one.name))('%s is read', (which) => {
    const { input_hex = '', expected } = vector(which);
    const [token, ...others] = framerOf(framing).take(fromHex(input_hex) ?? new Uint8Array());
    expect(others).toEqual([]);
    const record = readRecord(textOf(token?.is === 'frame' ? token.bytes : new Uint8Array()));
    expect(record.ok).toBe(true);
    const { event, cardPresent, track1, track2 } = expected;
    const tracks = [track1, track2].map((track) =>
      track === 'error' ? { is: 'bad' } : { is: 'read', encoding: 'iso', text: track },
    );
    const value =
      event === 'sensor'
        ? { is: 'sensor', cardPresent }
        : { is: 'stripe', cardPresent, tracks: [...tracks, { is: 'absent' }] };
    expect(record).toEqual({ ok: true, value });
  });

  test('a typing error of the manual is rejected, and a good message after it is read', () => {
    const { input_hex = '', expected } = vector('magtek-pp-bad-read-doc-typo');
    const result = decodeCapture(name, fromHex(input_hex) ?? new Uint8Array());
    expect(result).toEqual({ ok: false, why: containing(String(expected['error'])) });
    const good = vector('magtek-pp-card-inserted-framed').input_hex ?? '';
    const both = decodeCapture(name, fromHex(input_hex + good) ?? new Uint8Array());
    expect(both).toMatchObject({ ok: true, decoded: { form: 'sensor', cardPresent: true } });
  });

  test('the commands are those of the tables', () => {
    const { expected } = vector('magtek-pp-commands');
    const names = Object.keys(commands) as CommandName[];
    const sent = names.map((one) => [one, toHex(bytesOfCommands([one]))]);
    expect(Object.fromEntries(sent)).toEqual(expected);
  });

  test('a stream in line mode is what it says, however it is cut', () => {
    const { input_hex = '' } = vector('magtek-pp-line-mode-stream');
    const stream = fromHex(input_hex) ?? new Uint8Array();
    const said = (chunks: readonly Uint8Array[]): string[] => {
      const framer = framerOf(framing);
      return chunks.flatMap((chunk) => framer.take(chunk)).map(shortly);
    };
    const whole = ['signed on', 'sensor 1', 'stripe 0'];
    expect(said([stream])).toEqual(whole);
    expect(said(everyByte(stream))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (places) => {
        expect(said(cutAt(stream, places))).toEqual(whole);
      }),
      { seed, numRuns: streamRuns },
    );
  });
});

const shortly = (token: FrameToken): string => {
  if (token.is === 'discarded') return `discarded ${token.byteCount}`;
  const record = readRecord(textOf(token.bytes));
  if (!record.ok) return 'error';
  const { value } = record;
  return value.is === 'signed on' ? value.is : `${value.is} ${value.cardPresent ? 1 : 0}`;
};

describe('the framer', () => {
  const good = bytesOf(`\r${testCards.visa.tracks.join('')}0\r`);

  test(`passes ${messageBytesMax} bytes and discards one more`, () => {
    const framer = framerOf(framing);
    const longest = bytesOf(`${'x'.repeat(messageBytesMax)}\r${'x'.repeat(messageBytesMax + 1)}\r`);
    const [first, second] = framer.take(longest);
    expect(first).toMatchObject({ is: 'frame' });
    expect(second).toEqual({ is: 'discarded', byteCount: messageBytesMax + 1 });
  });

  test(`loses no good message to any bytes before it (seed ${seed})`, () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(good.length).map((count) => good.slice(0, count)),
      fc.string({ unit: fc.constantFrom(...'%;+?|E=^\x02\x03\r\x1B0149FB') }).map(bytesOf),
    );
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), fc.array(fc.nat()), (pieces, places) => {
        const framer = framerOf(framing);
        const bytes = Uint8Array.from([...pieces, good].flatMap((piece) => Array.from(piece)));
        const tokens = cutAt(bytes, places).flatMap((chunk) => framer.take(chunk));
        expect(tokens.map(shortly).at(-1)).toBe('stripe 0');
      }),
      { seed, numRuns: streamRuns },
    );
  });
});

/** A habit that shows once, on one stimulus. */
const onceOn = (is: string, habit: PortPoweredBehaviour): PortPoweredBehaviour => {
  let isDone = false;
  return (stimulus, inside, rest) => {
    if (isDone || stimulus.is !== is) return undefined;
    isDone = true;
    return habit(stimulus, inside, rest);
  };
};

describe('the driver', () => {
  test('waits for the reader to sign on, sets it to lines, and asks what is in it', () => {
    const { said, wire } = wired();
    expect(said(400)).toEqual([]);
    expect(wire.reader.heard).toEqual([]);
    wire.reader.power();
    // A name without an end is whole after a silence.
    expect(said(400)).toEqual([
      { is: 'ready', identity: { firmware: '21088842A01', securityLevel: 'clear' } },
    ]);
    expect(wire.reader.heard).toEqual(['C', 'e', 's', 'p', 'b', 'I']);
  });

  test('is ready for a reader that says nothing at all, and its test says what to check', () => {
    const { said, reader } = wired([stuck]);
    reader.test();
    expect(said(2_499)).toEqual([]);
    expect(said(1)).toMatchObject([
      { is: 'ready', identity: { securityLevel: 'clear' } },
      { is: 'tested', passed: false, detail: containing('DTR') },
    ]);
  });

  test('leads the customer: insert, remove, and the card is read as it is taken out', () => {
    const { said, reader, wire } = ready();
    reader.arm(purchase);
    expect(kindsOf(said())).toEqual(['insert_card']);
    wire.reader.insert(testCards.visa);
    expect(kindsOf(said())).toEqual(['remove_card']);
    wire.reader.remove();
    const [event, ...others] = said();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      is: 'card',
      read: {
        card: { maskedPan: '411111******1111', expiry: '4912', brand: 'visa', entryMode: 'stripe' },
        securityLevel: 'clear',
        entryMode: 'stripe',
      },
    });
  });

  test('puts the tracks into a secret, and nowhere else', () => {
    const { said, wire } = armed();
    wire.reader.swipe(testCards.magtek);
    const events = said();
    expect(JSON.stringify(events)).not.toContain(testCards.magtek.pan);
    const [read] = events.flatMap((event) => (event.is === 'card' ? [event.read] : []));
    const account = JSON.parse(read?.accountData.use(textOf) ?? '') as Record<string, unknown>;
    const tracks = testCards.magtek.tracks.map((track) => track.slice(1, -1));
    expect(account).toEqual({ scheme: 'clear', tracks });
    expect(read?.likeness.use((text) => text)).toBe('545230******7189=0804');
  });

  test('does not take a card that was in before it was armed, and asks for it anew', () => {
    const { said, reader, wire } = ready();
    wire.reader.insert(testCards.visa);
    said();
    reader.arm(purchase);
    expect(kindsOf(said())).toEqual(['remove_card']);
    wire.reader.remove();
    expect(kindsOf(said())).toEqual(['insert_card']);
    wire.reader.swipe(testCards.amex);
    expect(said().at(-1)).toMatchObject({ is: 'card', read: { card: { brand: 'amex' } } });
  });

  test('drops the card of whoever comes while it is not armed', () => {
    const { said, wire } = ready();
    wire.reader.swipe(testCards.visa);
    expect(said()).toEqual([]);
  });

  test('stays armed after a bad read, and reads a card of which one track is bad', () => {
    const { said, wire } = armed();
    wire.reader.swipe(testCards.visa, { badTracks: [1, 2] });
    wire.reader.swipe(testCards.visa, { badTracks: [1] });
    const kinds = kindsOf(said()).filter((kind) => !kind.endsWith('_card'));
    expect(kinds).toEqual(['bad_track', 'card']);
  });

  test('sets the reader anew when its power went and came back', () => {
    const { said, wire } = armed();
    const heardBefore = wire.reader.heard.length;
    wire.reader.power();
    said(400);
    expect(wire.reader.heard.slice(heardBefore)).toEqual(['C', 'e', 's', 'p', 'b']);
    wire.reader.swipe(testCards.visa);
    expect(kindsOf(said())).toContain('card');
  });

  test('answers a test, also with a card in the reader that it must not read', () => {
    const { said, reader, wire } = ready();
    wire.reader.insert(testCards.visa);
    said();
    reader.test();
    expect(said()).toMatchObject([{ is: 'tested', passed: true }]);
  });

  test.each<[string, readonly PortPoweredBehaviour[]]>([
    ['in bursts', [inBursts]],
    ['byte by byte', [byteByByte(20)]],
    ['without an end, since it hears no command', [deaf]],
    ['without an end, in bursts', [deaf, inBursts]],
    ['twice', [twice]],
  ])('reads a card that comes %s', (_, behaviours) => {
    const { said, wire } = armed(behaviours);
    wire.reader.insert(testCards.visa);
    said(5_000);
    wire.reader.remove();
    expect(kindsOf(said(20_000)).filter((kind) => kind === 'card')).toEqual(['card']);
  });

  test.each<[string, PortPoweredBehaviour]>([
    ['garbage glued to it', garbageFirst(bytesOf('\x00\xFExy'))],
    ['its end missing', cutShort(30)],
  ])('finds its way back after a card with %s', (_, habit) => {
    const { said, wire } = armed([onceOn('remove', habit)]);
    wire.reader.swipe(testCards.visa);
    const spoilt = kindsOf(said(1_000)).filter((kind) => !kind.endsWith('_card'));
    expect(spoilt).toEqual(['noise', 'damaged']);
    wire.reader.swipe(testCards.visa);
    expect(kindsOf(said(1_000))).toContain('card');
  });

  test('is lost when its power goes after a card, and says nothing after', () => {
    const { said, wire, reader } = armed([onceOn('insert', dyingAfterwards)]);
    wire.reader.insert(testCards.visa);
    expect(said().at(-1)).toMatchObject({ is: 'lost', why: 'unplugged' });
    wire.reader.remove();
    reader.test();
    reader.close();
    expect(said(10_000)).toEqual([]);
  });

  test('is lost as closed when it is closed', () => {
    const { said, reader } = armed();
    reader.close();
    expect(said(10_000)).toMatchObject([{ is: 'lost', why: 'closed' }]);
  });

  test('is lost at once with a setting, and says it has none', () => {
    const { said } = wired([], { startTrack1: '%' });
    expect(said()).toMatchObject([
      { is: 'lost', why: 'failed', detail: containing('startTrack1') },
    ]);
  });
});

describe('a capture', () => {
  test('shows cards masked, and what both sides said', () => {
    const bytes = bytesOf(`21088828A01\r\x1BC\x1BI\r1\r${testCards.visa.tracks.join('')}0\r`);
    const result = decodeCapture(name, bytes);
    expect(result).toMatchObject({
      ok: true,
      decoded: {
        records: [
          { form: 'sign-on', firmware: '21088828A01' },
          { form: 'commands', commands: ['crOn', 'inquiry'] },
          { form: 'sensor', cardPresent: true },
          { form: 'card', securityLevel: 'clear', cardPresent: false, card: { brand: 'visa' } },
        ],
      },
    });
    expect(JSON.stringify(result)).not.toContain(testCards.visa.pan);
  });

  test('that is nothing says why', () => {
    expect(decodeCapture(name, new Uint8Array())).toMatchObject({ ok: false });
    const long = decodeCapture(name, new Uint8Array(messageBytesMax + 1).fill(0x41));
    expect(long).toEqual({ ok: false, why: containing('longer') });
  });
});
