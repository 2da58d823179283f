/** ViVOtech2: frames over serial and HID, marked data objects, and what a capture says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCapture, fromHex, textOf, toHex, type FrameToken } from '../../../drivers/index.ts';
import { frameFor } from '../../../drivers/protocols/vivotech2/commands.ts';
import {
  frameAt,
  frameOf,
  readFrame,
  vivotech2Framer,
} from '../../../drivers/protocols/vivotech2/frame.ts';
import { readMarked } from '../../../drivers/protocols/vivotech2/objects.ts';
import { assemble, reportsOf } from '../../../drivers/protocols/vivotech2/reports.ts';
import { defaultSettings, readSettings } from '../../../drivers/protocols/vivotech2/settings.ts';
import { readTold } from '../../../drivers/protocols/vivotech2/told.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';

/** Runs of each random test; the long run is `npm run fuzz`. */
const runs = 300;

const bytesIn = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', '')) ?? new Uint8Array();
const pong = bytesIn(vector('vivotech2-ping').response_hex ?? '');
const reply = (command: number, second: number, data: string): Uint8Array =>
  frameOf({ sender: 'reader', command, second, data: bytesIn(data) });

const said = (tokens: readonly FrameToken[]): (string | number)[] =>
  tokens.map((token) => (token.is === 'frame' ? toHex(token.bytes) : token.byteCount));
const framed = (chunks: readonly Uint8Array[]): FrameToken[] => {
  const framer = vivotech2Framer();
  return [...chunks.flatMap((chunk) => framer.take(chunk)), ...framer.stalled()];
};

describe('a frame', () => {
  test('is built as the guide prints it', () => {
    expect(toHex(frameFor({ is: 'ping' }, defaultSettings))).toBe(
      vector('vivotech2-ping').request_hex,
    );
    // Page 143 prints this pair.
    expect(toHex(frameFor({ is: 'serialNumber' }, defaultSettings))).toBe(
      '5669564F7465636832001201000018A5',
    );
  });

  test.each(vectorsOf('vivotech2'))('of either side is read and decoded: $name', (one) => {
    const { request_hex = '', response_hex, expected } = one;
    const request = readFrame(bytesIn(request_hex), ['host']);
    expect(request).toMatchObject({
      sender: 'host',
      command: parseInt(String(expected['command']), 16),
      second: parseInt(String(expected['subcommand']), 16),
    });
    expect(decodeCapture('vivotech2', bytesIn(request_hex))).toMatchObject({
      ok: true,
      decoded: { sender: 'host', subcommand: expected['subcommand'] },
    });
    if (response_hex === undefined) return;
    expect(decodeCapture('vivotech2', bytesIn(response_hex))).toMatchObject({
      ok: true,
      decoded: {
        sender: 'reader',
        command: expected['command'],
        status: expected['status'],
        dataLen: expected['dataLen'],
      },
    });
  });

  test('with the CRC of the other side is none: an echo is no answer', () => {
    const { request_hex = '' } = vector('vivotech2-ping');
    expect(frameAt(bytesIn(request_hex), ['reader'])).toBe('none');
    expect(said(framed([bytesIn(request_hex), pong]))).toEqual([16, toHex(pong)]);
  });

  test('longer than any is given up at once', () => {
    expect(said(framed([bytesIn('5669564F746563683200 02 00 FFFF'), pong]))).toEqual([
      14,
      toHex(pong),
    ]);
  });
});

describe('reports', () => {
  const together = (reports: readonly (readonly [number, Uint8Array])[]) => {
    const assembler = assemble(['reader', 'host']);
    return reports.flatMap(([id, bytes]) => assembler.take(bytes, id) ?? []);
  };
  const numbered = (hex: string): readonly [number, Uint8Array] => {
    const [id = 0, ...bytes] = bytesIn(hex);
    return [id, Uint8Array.from(bytes)];
  };

  test.each(vectorsOf('vivotech2-hid'))('make a frame: $name', (one) => {
    const { report_hex, reports_hex = [], expected } = one;
    const reports = [...(report_hex === undefined ? [] : [report_hex]), ...reports_hex];
    const frame = bytesIn(String(expected['frame_hex']));
    expect(together(reports.map(numbered))).toEqual([{ is: 'frame', bytes: frame }]);
    const ids = expected['reportIds'] ?? [expected['reportId']];
    expect(reportsOf(frame).map(({ reportId }) => reportId)).toEqual(ids);
    expect(decodeCapture('vivotech2', bytesIn(reports.join('')), { line: 'hid' }).ok).toBe(true);
  });

  test('that follow no beginning, or have another number, are ignored', () => {
    const [, middle, last] = vector('vivotech2-hid-multi-report').reports_hex ?? [];
    const parts = [numbered(middle ?? ''), numbered(last ?? ''), [9, pong] as const];
    expect(together(parts)).toEqual([]);
    expect(together([...parts, [1, pong]])).toEqual([{ is: 'frame', bytes: pong }]);
  });

  test('of a frame that was cut off by another make the other', () => {
    const [first = ''] = vector('vivotech2-hid-multi-report').reports_hex ?? [];
    expect(together([numbered(first), [1, pong]])).toEqual([{ is: 'frame', bytes: pong }]);
  });

  test('without end are given up', () => {
    const assembler = assemble();
    const part = new Uint8Array(63).fill(0x41);
    assembler.take(part, 2);
    const results = Array.from({ length: 100 }, () => assembler.take(part, 3)).filter(Boolean);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ is: 'discarded' });
  });
});

describe('data objects', () => {
  test('marked A1 are masked, marked C1 encrypted, in containers too', () => {
    const objects = readMarked(
      bytesIn('FF81050E 57A104 4761CCCC 57C104 01020304 9A03260101'.replace('0E', '13')),
    );
    expect(objects?.plain.map(({ tag }) => tag)).toEqual(['9A']);
    expect(toHex(objects?.masked.get('57') ?? new Uint8Array())).toBe('4761CCCC');
    expect(toHex(objects?.encrypted.get('57') ?? new Uint8Array())).toBe('01020304');
  });

  test('of older readers have their mask in a tag of its own', () => {
    // Augusta 80145503-001 p. 32: USB output of a Visa test card.
    const told = readTold(
      bytesIn(
        '00 DFEE25020002 DFEE26022000 DFEE120A62994900750002A00290' +
          'DFEF5D114761CCCCCCCC0432D1012201CCCCCCCCCC 5718D0182C6B2DF9C4D2CD60B774C765AF140E7B53F77839629A' +
          'DFEF5B084761CCCCCCCC0432 5A08D0182C6B2DF9C4D2 9F2701 40',
      ),
      'chip',
    );
    expect(told).toMatchObject({
      step: 'approved',
      card: {
        securityLevel: 'encrypted',
        card: { maskedPan: '4761********0432', expiry: '1012', brand: 'visa', entryMode: 'chip' },
      },
    });
    const account = JSON.parse(told?.card?.accountData.use(textOf) ?? '{}') as object;
    expect(account).toMatchObject({
      scheme: 'idtech-dukpt-emv',
      ksn: '62994900750002A00290',
      attribution: '2000',
      tags: { '57': containing('D0182C6B'), '5A': 'D0182C6B2DF9C4D2' },
    });
    expect(told?.objects.map(({ tag }) => tag)).toEqual(['9F27']);
  });

  test('in clear are sealed as such, and nothing else holds them', () => {
    const told = readTold(
      bytesIn(
        '00 DFEE25020010 57114761739001010010D20122010123456789 5A084761739001010010 9F390105',
      ),
      'chip',
    );
    expect(told?.card?.securityLevel).toBe('clear');
    expect(told?.card?.card.maskedPan).toBe('476173******0010');
    expect(JSON.parse(told?.card?.accountData.use(textOf) ?? '{}')).toMatchObject({
      scheme: 'clear',
      tracks: ['', '4761739001010010=20122010123456789', ''],
    });
    expect(JSON.stringify(told)).not.toContain('4761739001010010');
  });

  test.each(['57A1', '57C120AA', '5F', 'FF810503'])('that run out are none: %s', (hex) => {
    expect(readMarked(bytesIn(hex))).toBeUndefined();
  });
});

describe('an activation', () => {
  const sent = (settings: Record<string, unknown>) => {
    const read = readSettings(settings);
    if (!read.ok) throw new Error(read.why);
    return toHex(frameFor({ is: 'activate', purchase }, read.settings)).slice(20, -4);
  };

  test.each([
    [{}, '0240', '3C' + '9F0206000000004250', 'DFEF370107DFEF3C0301003C'],
    [{ interfaces: ['contactless'], cardWithinSeconds: 20 }, '0240', '14', 'DFEF370102'],
    [{ interfaces: ['contact', 'stripe'] }, '6010', '01003C0078', '9F0206000000004250'],
    [{ interfaces: ['contact'] }, '6010', '00003C0078', '9C0100'],
  ])('of %o says where a card may come in', (settings, command, begins, contains) => {
    const hex = sent(settings);
    expect(hex.startsWith(command)).toBe(true);
    expect(hex.slice(8).startsWith(begins)).toBe(true);
    expect(hex).toContain(contains);
  });

  test.each([
    [{ interfaces: [] }, 'interfaces'],
    [{ interfaces: ['barcode'] }, 'interfaces'],
    [{ cardWithinSeconds: 0 }, 'cardWithinSeconds'],
    [{ other: 1 }, 'other'],
  ])('is not made with %o', (settings, name) => {
    expect(readSettings(settings)).toMatchObject({ ok: false, why: containing(name) });
  });

  test('of the issuer’s answer is code and data, and no data that are no objects', () => {
    const answer = { result: 'approved', responseCode: '00' } as const;
    const data = (issuerData: Uint8Array) =>
      toHex(frameFor({ is: 'complete', answer: { ...answer, issuerData } }, defaultSettings)).slice(
        28,
        -4,
      );
    expect(data(bytesIn('910A11223344556677883030'))).toBe('018A023030910A11223344556677883030');
    expect(data(bytesIn('91FF'))).toBe('018A023030');
  });
});

describe('a capture of a card', () => {
  test('shows what may be shown, and of its cryptogram the length', () => {
    const data =
      'C0 DFEE120A62994901190000000001 DFEE25020004 57A1114761CCCCCCCC0010D2012CCCCCCCCCCCCC';
    const capture = reply(
      0x60,
      0x00,
      `${data} 57C10801020304AABBCCDD 9F26081122334455667788 9F390105 9A03260101`,
    );
    const decoded = decodeCapture('vivotech2', capture);
    expect(decoded).toMatchObject({
      ok: true,
      decoded: {
        status: '00',
        step: 'asks host',
        securityLevel: 'encrypted',
        card: { maskedPan: '4761********0010', expiry: '2012' },
        tags: { '9F26': { byteCount: 8 }, '9A': { value: '260101' } },
      },
    });
    expect(JSON.stringify(decoded)).not.toMatch(/1122334455667788|AABBCCDD/);
  });
});

const good = fc.constantFrom(
  pong,
  reply(0x60, 0x63, ''),
  reply(0x02, 0x23, 'C1 57A1084761CCCCCCCC0010 9F270180'),
);
const piece = fc.oneof(
  good,
  fc.uint8Array({ maxLength: 30 }),
  good.chain((frame) => fc.nat(frame.length - 1).map((count) => frame.slice(0, count))),
  fc.tuple(good, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([frame, at, change]) => {
    const copy = frame.slice();
    copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ change;
    return copy;
  }),
);
const stream = fc
  .array(piece, { maxLength: 5 })
  .map((pieces) => Uint8Array.from(pieces.flatMap((some) => Array.from(some))));

describe('any bytes at all', () => {
  test('give the same tokens however they are cut, and the next frame after a silence', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (bytes, places) => {
        const whole = said(framed([bytes]));
        const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
        at.sort((one, other) => one - other);
        expect(said(framed(at.slice(1).map((end, nth) => bytes.slice(at[nth], end))))).toEqual(
          whole,
        );
        const framer = vivotech2Framer();
        framer.take(bytes);
        framer.stalled();
        expect(said(framer.take(pong))).toEqual([toHex(pong)]);
      }),
      { seed, numRuns: runs },
    );
  });

  test('are objects, told or decoded, or it is said why not', () => {
    fc.assert(
      fc.property(stream, fc.constantFrom('serial', 'hid'), (bytes, line) => {
        readMarked(bytes);
        readTold(bytes, 'chip');
        const decoded = decodeCapture('vivotech2', bytes, { line });
        expect(decoded.ok || decoded.why.endsWith('.')).toBe(true);
      }),
      { seed, numRuns: runs },
    );
  });
});
