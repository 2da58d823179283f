/** MMS messages, packets and wrappers: the published vectors, and any bytes at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeCapture,
  fromHex,
  protocols,
  toHex,
  type FrameToken,
} from '../../../drivers/index.ts';
import { framerOf } from '../../../drivers/index.ts';
import {
  readFirmware,
  write,
  type Request,
} from '../../../drivers/protocols/magtek-mms/commands.ts';
import {
  messageBytesMax,
  messageKinds,
  readMessage,
  writeMessage,
} from '../../../drivers/protocols/magtek-mms/message.ts';
import { readNotice } from '../../../drivers/protocols/magtek-mms/notices.ts';
import { assembly, packetsOf } from '../../../drivers/protocols/magtek-mms/packets.ts';
import { promptIn } from '../../../drivers/protocols/magtek-mms/prompts.ts';
import { defaultSettings } from '../../../drivers/protocols/magtek-mms/settings.ts';
import { readStatus } from '../../../drivers/protocols/magtek-mms/status.ts';
import { unwrapped, wrapped } from '../../../drivers/protocols/magtek-mms/wrapper.ts';
import { readerPrompts } from '../../../drivers/reader.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

const messageIn = (hex: string) => {
  const read = readMessage(bytes(hex));
  if (!read.ok) throw new Error(read.why);
  return read.message;
};

const typeOf = (kind: string): string =>
  Object.entries(messageKinds).find(([, named]) => named === kind)?.[0] ?? '';

describe('a message', () => {
  test.each(vectorsOf('magtek-mms'))(
    '$name is read as published',
    ({ input_hex = '', expected }) => {
      const { version, kind, reference, id, detail, payload } = messageIn(input_hex);
      expect({
        version,
        messageType: toHex(Uint8Array.of(Number(typeOf(kind)))),
        reference: toHex(Uint8Array.of(reference)),
        id: toHex(Uint8Array.of(id >> 8, id & 0xff)),
        ...(detail === undefined
          ? {}
          : { [kind === 'response' ? 'status' : 'detailCode']: toHex(detail) }),
        ...(payload === undefined ? {} : { payload: toHex(payload) }),
      }).toEqual(expected);
    },
  );

  test.each(vectorsOf('magtek-mms'))('$name is written as published', ({ input_hex = '' }) => {
    // The manual writes one length in more bytes than it takes; every vector here has the shortest.
    expect(toHex(writeMessage(messageIn(input_hex)))).toBe(input_hex);
  });

  test.each([
    ['00810401131008', 'A message begins with AA and a version.'],
    ['AA', 'A message begins with AA and a version.'],
    ['AA0084021008', 'A message begins with tag 81, four bytes or more.'],
    ['AA00810301131084021008', 'A message begins with tag 81, four bytes or more.'],
    ['AA0081047713100884021008', 'No message has the type 77.'],
    ['AA008104821310088203000000', 'Tag 82 has 4 bytes; here are 3.'],
    ['AA0081048213100882040000', 'Tag 82 has a value of 4 bytes, and 2 are left of what holds it.'],
  ])('is not %s', (hex, why) => {
    expect(readMessage(bytes(hex))).toEqual({ ok: false, why });
  });
});

describe('a request', () => {
  const hexOf = (request: Request, reference = 0, settings = {}) =>
    toHex(write(request, reference, { ...defaultSettings, ...settings }));

  test('to cancel is as published', () => {
    expect(hexOf({ ask: 'cancel' }, 0x13)).toBe(vector('mms-cancel-transaction-request').input_hex);
  });

  test('to resume with the host’s answer is as published', () => {
    const answer = { result: 'approved', responseCode: '00' } as const;
    expect(hexOf({ ask: 'resume', answer, serial: bytes('992690E116120710') })).toBe(
      vector('mms-resume-transaction-request-arpc').input_hex,
    );
  });

  test('to resume carries what the issuer has for its chip, and nothing else', () => {
    const issuerData = bytes('5A044111111191088877665544332211710386010172038601025F2000');
    const answer = { result: 'declined', responseCode: '05', issuerData } as const;
    const hex = hexOf({ ask: 'resume', answer, serial: bytes('01') });
    expect(hex).toContain('70188A023035' + '91088877665544332211' + '7103860101' + '7203860102');
    expect(hex).not.toContain('5A04');
  });

  test('to resume says Z3 when no issuer could be asked, and survives malformed data', () => {
    const answer = { result: 'unable', responseCode: '91', issuerData: bytes('9108AA') } as const;
    expect(hexOf({ ask: 'resume', answer, serial: bytes('01') })).toContain('70048A025A33');
  });

  // The manual's example (table 71), but for tags that only some kernels want.
  test('to start has the parameters of the published example', () => {
    const purchase = { kind: 'purchase', amount: { value: 100, currency: 'USD' }, at: 0 } as const;
    expect(hexOf({ ask: 'start', purchase }, 0, { quickChip: true })).toBe(
      'AA00810401001001' +
        '8434100182013CA309810101820101830101840200038' +
        '61E9C01009F02060000000001009F03060000000000005F2A0208405F360102',
    );
  });

  test('to start says what is to be read, for how long, and whether it is a refund', () => {
    const purchase = { kind: 'refund', amount: { value: 4_250, currency: 'JPY' }, at: 0 } as const;
    const settings = { stripe: false, transactionSeconds: 30 };
    const hex = hexOf({ ask: 'start', purchase }, 7, settings);
    expect(hex).toContain('82011EA309810100820101830101');
    expect(hex).toContain('84020002');
    expect(hex).toContain('9C01209F0206000000004250');
    expect(hex).toContain('5F2A0203925F360100');
  });

  test.each([
    [{ ask: 'reset' }, 0x12, 'AA00810401121F0184021F01'],
    [{ ask: 'display', text: 0x16, seconds: 2 }, 0x55, 'AA008104015518038408' + '1803810102820116'],
    [{ ask: 'select', item: 0 }, 0, 'AA008104010018028408' + '1802810100820100'],
    [
      { ask: 'property', property: 'serialNumber' },
      0,
      'AA0081040100D101841AD10181072B06010401F609850102890AE208E106E104E102C100',
    ],
    [
      { ask: 'property', property: 'firmware' },
      2,
      'AA0081040102D101841AD10181072B06010401F609850102890AE208E206E204E202C200',
    ],
  ] as const)('%o is as published', (request, reference, hex) => {
    expect(hexOf(request, reference)).toBe(hex);
  });

  const sha256 = bytes('DFC71E09A3CE8E86B0F5B675BEB77A0E8233BFF18ACD8F3834B0DB20D9404B28');
  const firmware = { image: 'application', sha256 } as const;

  test('for firmware is as published, the file with a length of three bytes', () => {
    const file = new Uint8Array(0x0c7628);
    const loading = write({ ask: 'loadFirmware', firmware, file }, 1, defaultSettings);
    expect(toHex(loading.subarray(0, 61))).toBe(
      'AA0081040101D80184830C7658D801810103850200018620' + `${toHex(sha256)}87830C7628`,
    );
    expect(toHex(write({ ask: 'commitFirmware', firmware }, 2, defaultSettings))).toBe(
      'AA0081040102D901842ED901810103820100850200018620' + toHex(sha256),
    );
  });

  test('for firmware is read again', () => {
    const file = new Uint8Array(300);
    const loading = messageIn(
      toHex(write({ ask: 'loadFirmware', firmware, file }, 1, defaultSettings)),
    );
    expect(readFirmware(loading.payload ?? new Uint8Array())).toEqual({ firmware, fileBytes: 300 });
    expect(readFirmware(bytes('D801810103'))).toBeUndefined();
  });
});

describe('a status', () => {
  test.each([
    ['00000000', true, 'done: all is well'],
    ['01000000', true, 'started: all is well'],
    ['80020308', false, 'not started: a transaction is in progress'],
    ['80020316', false, 'not started: the battery is down to five percent; charge it'],
    ['81123456', false, 'failed: 123456'],
    ['7F000000', false, '7F: all is well'],
  ])('of %s is good: %s', (hex, isGood, says) => {
    expect(readStatus(bytes(hex))).toMatchObject({ isGood, says });
  });

  test('that is missing is not good', () => {
    expect(readStatus(undefined)).toMatchObject({ isGood: false });
  });
});

describe('a notification', () => {
  const notice = (id: string, detail: string, payload?: string) =>
    readNotice(
      messageIn(
        `AA00810483 00${id}8204${detail}`.replace(' ', '') +
          (payload === undefined ? '' : `84${toHex(Uint8Array.of(payload.length / 2))}${payload}`),
      ),
    );

  test('of a swiped card is the published one', () => {
    const { input_hex = '' } = vector('mms-notification-card-swiped');
    expect(readNotice(messageIn(input_hex))).toEqual({ is: 'card event', event: 'swiped' });
  });

  test.each([
    ['10010200', 'inserted'],
    ['10010300', 'removed'],
    ['20010400', 'detected'],
    ['20010500', 'several'],
  ])('0101 %s is a card %s', (detail, event) => {
    expect(notice('0101', detail)).toEqual({ is: 'card event', event });
  });

  test.each([
    ['00010000', 'none', 'timed out'],
    ['00030100', 'none', 'cancelled by the host'],
    ['00030200', 'none', 'cancelled by the customer'],
    ['08030500', 'stripe', 'read error'],
    ['08020600', 'stripe', 'approved'],
    ['10020803', 'contact', 'fallback'],
    ['10020002', 'contact', 'fallback'],
    ['10020200', 'contact', 'approved by the card'],
    ['10020300', 'contact', 'declined by the card'],
    ['10020600', 'contact', 'approved'],
    ['10020701', 'contact', 'deferred'],
    ['10028000', 'contact', 'declined'],
    ['10040700', 'contact', 'declined'],
    ['20020100', 'contactless', 'another interface'],
    ['20020500', 'contactless', 'not accepted'],
    ['20020D00', 'contactless', 'again'],
    ['20021000', 'contactless', 'failed'],
    ['20000000', 'contactless', 'failed'],
  ])('0105 %s is the end by %s: %s', (detail, technology, outcome) => {
    expect(notice('0105', detail)).toEqual({ is: 'complete', technology, outcome });
  });

  test.each([
    ['00000000', 'reset'],
    ['00030000', 'reset'],
    ['00010000', 'reset soon'],
    ['00020000', 'battery low'],
    ['00020100', 'power down'],
    ['01020000', 'other'],
  ])('1001 %s is of the device: %s', (detail, event) => {
    expect(notice('1001', detail)).toEqual({ is: 'device', event });
  });

  test('1803 asks for a text to be shown, or for a choice', () => {
    expect(
      notice('1803', '02010100', `18038101008201018309${toHex(Buffer.from('TAP CARD\0'))}`),
    ).toEqual({ is: 'prompt', prompt: 'present_card' });
    expect(notice('1803', '02020000')).toEqual({ is: 'selection' });
    expect(notice('1803', '02010100', '1803830641424344450A')).toEqual({ is: 'other' });
  });

  test('that is of no use is none', () => {
    expect(notice('0905', '08010A03')).toEqual({ is: 'other' });
    expect(notice('0101', '30010100')).toEqual({ is: 'card event', event: 'swiped' });
    expect(readNotice(messageIn('AA00810483000101'))).toEqual({ is: 'other' });
  });
});

test.each([
  ['TAP, INSERT, or SWIPE CARD\0', 'present_card'],
  ['PRESENT ONE CARD ONLY', 'one_card_only'],
  ['REMOVE\nCARD\0', 'remove_card'],
  ['APPROVED', undefined],
  ['', undefined],
])('the text %j asks for %s', (text, prompt) => {
  expect(promptIn(text)).toBe(prompt);
  if (prompt !== undefined) expect(readerPrompts).toContain(prompt);
});

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
      { seed, numRuns: 200 },
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
      { seed, numRuns: 300 },
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
      { seed, numRuns: 100 },
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
      { seed, numRuns: 500 },
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
      fc.property(fc.uint8Array({ maxLength: 300 }), kinds, fc.boolean(), (any, line, isBare) => {
        const capture = isBare ? Uint8Array.of(0xaa, 0, 0x81, 4, 0x83, 0, 1, 1, ...any) : any;
        const result = decodeCapture('magtek-mms', capture, { line });
        expect(result.ok || result.why.length > 0).toBe(true);
      }),
      { seed, numRuns: 500 },
    );
  });
});
