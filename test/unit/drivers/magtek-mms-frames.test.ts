/** MMS on its lines: packets, frames and captures; the published vectors, and any bytes at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeCapture,
  framerOf,
  fromHex,
  protocols,
  toHex,
  type FrameToken,
} from '../../../drivers/index.ts';
import { messageBytesMax } from '../../../drivers/protocols/magtek-mms/message.ts';
import { assembly, packetsOf } from '../../../drivers/protocols/magtek-mms/packets.ts';
import { unwrapped, wrapped } from '../../../drivers/protocols/magtek-mms/wrapper.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';

/** How many of each random thing are tried. */
export const frameRuns = 300;

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

const drawn = (tokens: readonly FrameToken[]): string[] =>
  tokens.map((token) => (token.is === 'frame' ? toHex(token.bytes) : `-${token.byteCount}`));

describe('HID packets', () => {
  test.each(vectorsOf('magtek-mms-hid'))('of $name make the published message', (one) => {
    const reports = one.reports_hex ?? [one.report_hex ?? ''];
    const packets = assembly();
    const tokens = reports.flatMap((report) => packets.take(bytes(report)));
    expect(drawn(tokens)).toEqual([one.expected['message_hex']]);
  });

  test.each(vectorsOf('magtek-mms-hid'))('of $name are written as published', (one) => {
    const reports = one.reports_hex ?? [one.report_hex ?? ''];
    expect(packetsOf(bytes(String(one.expected['message_hex']))).map(toHex)).toEqual(reports);
  });

  const long = Uint8Array.from({ length: 300 }, (_, at) => at & 0xff);

  test.each([
    ['a middle is missing', (all: Uint8Array[]) => all.filter((_, at) => at !== 2)],
    [
      'a middle comes twice',
      (all: Uint8Array[]) => all.flatMap((one, at) => (at === 2 ? [one, one] : [one])),
    ],
    ['two change places', ([a, b, c, ...more]: Uint8Array[]) => [a!, c!, b!, ...more]],
    ['the head is missing', (all: Uint8Array[]) => all.slice(1)],
    [
      'the tail is of another message',
      (all: Uint8Array[]) => [...all.slice(0, -1), bytes(`0305${'00'.repeat(62)}`)],
    ],
    ['it is given up', (all: Uint8Array[]) => [...all.slice(0, 2), bytes(`04${'00'.repeat(63)}`)]],
    ['another one begins', (all: Uint8Array[]) => all.slice(0, 2)],
    ['a report is short', (all: Uint8Array[]) => [...all.slice(0, 2), bytes('02')]],
  ])('make no message when %s, and the next is whole', (_says, change) => {
    const packets = assembly();
    const tokens = [...change(packetsOf(long)), ...packetsOf(long)].flatMap((one) =>
      packets.take(one),
    );
    const frames = tokens.filter(({ is }) => is === 'frame');
    expect(drawn(frames)).toEqual([toHex(long)]);
    expect(tokens.some(({ is }) => is === 'discarded')).toBe(true);
  });

  test('announce no message that is longer than any', () => {
    const packets = assembly();
    expect(drawn(packets.take(bytes(`01FFFFFFFF${'00'.repeat(59)}`)))).toEqual(['-64']);
    expect(drawn(packets.take(bytes(`0100000010${'00'.repeat(59)}`)))).toEqual(['-64']);
    expect(drawn(packets.take(bytes(`003F${'00'.repeat(62)}`)))).toEqual(['-64']);
    expect(drawn(packets.take(bytes(`0000${'00'.repeat(62)}`)))).toEqual(['-64']);
  });

  test(`carry a message of any length (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 700 }), (message) => {
        const packets = assembly();
        const tokens = packetsOf(message).flatMap((one) => packets.take(one));
        expect(drawn(tokens)).toEqual([toHex(message)]);
      }),
      { seed, numRuns: frameRuns },
    );
    const longest = new Uint8Array(messageBytesMax);
    const packets = assembly();
    expect(packetsOf(longest).flatMap((one) => packets.take(one))).toHaveLength(1);
  });

  test(`of any bytes at all lose no message after them (seed ${seed})`, () => {
    const packet = fc
      .tuple(fc.nat({ max: 5 }), fc.uint8Array({ minLength: 0, maxLength: 70 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest));
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 12 }), (any) => {
        const packets = assembly();
        for (const one of any) packets.take(one);
        const tokens = packetsOf(long).flatMap((one) => packets.take(one));
        expect(drawn(tokens).at(-1)).toBe(toHex(long));
      }),
      { seed, numRuns: frameRuns },
    );
  });
});

describe('wrapped messages', () => {
  const { framing } = protocols['magtek-mms'].lines.serial;

  const taken = (stream: Uint8Array, cuts: readonly number[]): FrameToken[] => {
    const framer = framerOf(framing);
    const tokens: FrameToken[] = [];
    let at = 0;
    for (const cut of [...cuts, stream.length]) {
      tokens.push(...framer.take(stream.subarray(at, at + cut)));
      at += cut;
    }
    return tokens;
  };

  const messages = (tokens: readonly FrameToken[]): string[] =>
    tokens.flatMap((token) =>
      token.is === 'frame' ? [toHex(unwrapped(token.bytes).message)] : [],
    );

  test('are taken as published', () => {
    const { input_hex = '', expected } = vector('mms-slip-frame-with-escape');
    const [token] = taken(bytes(input_hex), []);
    const frame = token?.is === 'frame' ? token.bytes : new Uint8Array();
    expect({
      direction: unwrapped(frame).direction,
      length: unwrapped(frame).message.length,
      message_hex: toHex(unwrapped(frame).message),
    }).toEqual(expected);
    expect(toHex(wrapped(bytes(String(expected['message_hex']))))).toBe(input_hex);
  });

  test(`are taken from a published stream, whole, byte by byte, in any chunks (seed ${seed})`, () => {
    const { input_hex = '', expected } = vector('mms-slip-garbage-then-frame');
    const stream = bytes(input_hex);
    const wanted = expected['frames_message_hex'];
    const dropped = String(expected['dropped']).length / 2;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constant([]),
          fc.constant(Array.from(stream, () => 1)),
          fc.array(fc.nat({ max: 20 })),
        ),
        (cuts) => {
          const tokens = taken(stream, cuts);
          expect(messages(tokens)).toEqual(wanted);
          expect(tokens[0]).toEqual({ is: 'discarded', byteCount: dropped });
        },
      ),
      { seed, numRuns: frameRuns },
    );
  });

  test.each([
    ['of another length', 'C00000000005AA00C0'],
    ['of another direction', 'C00100000002AA00C0'],
    ['without a message', 'C0000000000000C0'],
    ['cut', 'C00000C0'],
  ])('are none when they are %s, and the next is whole', (_says, hex) => {
    const tokens = taken(bytes(`${hex}C00200000002AA00C0`), []);
    expect(messages(tokens)).toEqual(['AA00']);
    expect(tokens[0]?.is).toBe('discarded');
  });

  test('say that a request was too long for the device, with no message', () => {
    expect(messages(taken(bytes('C00300001000C0'), []))).toEqual(['']);
  });

  test(`mutated in one place cost no message that follows (seed ${seed})`, () => {
    const good = wrapped(bytes(vector('mms-cancel-transaction-response').input_hex ?? ''), 0x02);
    const place = fc.nat({ max: good.length - 1 });
    fc.assert(
      fc.property(place, fc.nat({ max: 255 }), (at, value) => {
        const bad = good.slice();
        bad[at] = value;
        const tokens = taken(Uint8Array.of(...bad, ...good), []);
        expect(messages(tokens).at(-1)).toBe(toHex(unwrapped(good.subarray(1, -1)).message));
      }),
      { seed, numRuns: frameRuns },
    );
  });
});

describe('a capture', () => {
  const decode = (hex: string, line: 'serial' | 'hid' = 'hid') =>
    decodeCapture('magtek-mms', bytes(hex), { line });

  test('is decoded bare, in frames and in reports', () => {
    const bare = vector('mms-cancel-transaction-response').input_hex ?? '';
    const wanted = {
      ok: true,
      decoded: {
        version: 0,
        kind: 'response',
        reference: 0x13,
        id: '1008',
        says: 'Cancel transaction (table 78)',
        status: '00000000',
        statusSays: 'done: all is well',
        payloadBytes: 0,
      },
    };
    expect(decode(bare)).toEqual(wanted);
    expect(decode(toHex(wrapped(bytes(bare), 0x02)), 'serial')).toEqual(wanted);
    expect(decode(packetsOf(bytes(bare)).map(toHex).join(''))).toEqual(wanted);
  });

  test('of several messages lists each, and what is none', () => {
    const one = toHex(wrapped(bytes('AA0081040113100884021008')));
    expect(decode(`4142${one}${one}`, 'serial')).toMatchObject({
      ok: true,
      decoded: { messages: [{ id: '1008' }, { id: '1008' }], rejected: [{ byteCount: 2 }] },
    });
  });

  test('that holds no message says why', () => {
    expect(decode('414243', 'serial')).toMatchObject({ ok: false });
    expect(decode('')).toMatchObject({ ok: false });
    expect(decode('AA00')).toMatchObject({ ok: false });
  });

  test(`of any bytes at all is decoded or refused in a sentence (seed ${seed})`, () => {
    const kinds = fc.constantFrom('serial' as const, 'hid' as const);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), kinds, fc.boolean(), (bytes, line, isBare) => {
        const capture = isBare ? Uint8Array.of(0xaa, 0, 0x81, 4, 0x83, 0, 1, 1, ...bytes) : bytes;
        const result = decodeCapture('magtek-mms', capture, { line });
        expect(result.ok || result.why.length > 0).toBe(true);
      }),
      { seed, numRuns: frameRuns },
    );
  });
});
