/** MagTek HID reports and commands: every published one through the parsers the driver runs on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCapture, fromHex, readDescriptor, textOf, toHex } from '../../../drivers/index.ts';
import {
  macedRequest,
  messageToMac,
  plainRequest,
  type Deed,
} from '../../../drivers/magnesafe/deeds.ts';
import {
  decodeExtendedAnswer,
  extendedRequests,
} from '../../../drivers/protocols/magtek-hid/extended.ts';
import { layoutByLength, layoutIn } from '../../../drivers/protocols/magtek-hid/layout.ts';
import { readReport, type SwipeReport } from '../../../drivers/protocols/magtek-hid/report.ts';
import { defaultSettings, readSettings } from '../../../drivers/protocols/magtek-hid/settings.ts';
import { judge } from '../../../drivers/magnesafe/swipe.ts';
import { descriptorOf } from '../../../simulator/readers/magtek-hid-report.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';

const bytes = (hex: string | undefined): Uint8Array => fromHex(hex ?? '') ?? new Uint8Array();
const read = (report: Uint8Array, declared = layoutByLength(report.length)): SwipeReport => {
  if (declared === undefined) throw new Error('No reader sends a report of this length.');
  const found = readReport(report, declared);
  if (!found.ok) throw new Error(found.why);
  return found.value;
};
const decoded = (report: Uint8Array): Record<string, unknown> => {
  const found = decodeCapture('magtek-hid', report, { line: 'hid' });
  if (!found.ok) throw new Error(found.why);
  return found.decoded as Record<string, unknown>;
};
const clearLevel = bytes(vector('magtek-hid-swipe-level2-clear').input_hex);
const encrypted = bytes(vector('magtek-hid-swipe-887-byte-layout').input_hex);
const sureSwipe = bytes(vector('magtek-sureswipe-337-byte').input_hex);

/** Fields by the names the vectors give them. */
const vectorFields = (report: SwipeReport): Record<string, unknown> => {
  const bad = report.tracks.map(({ is }) => is === 'bad');
  const texts = report.tracks.map((track, at) =>
    track.is === 'read' ? `${at === 0 ? '%' : ';'}${track.text}?` : '',
  );
  const [track1, track2, track3] = texts;
  const common = { trackErrors: bad, meaning: report.encodeType, track1, track2, track3 };
  if (report.form === 'sureswipe') return { ...common, ...lengths(texts, 't', 'Len') };
  const { fields, statusBits } = report;
  const { tracks, absoluteLengths, ksn, magnePrint } = fields;
  const inHex = tracks.map((sent) =>
    report.encrypted ? sent : toHex(Buffer.from(sent, 'latin1')),
  );
  return {
    ...fields,
    ...common,
    ...Object.fromEntries(bad.map((isBad, at) => [`track${at + 1}DecodeStatus`, isBad ? 1 : 0])),
    ...Object.fromEntries(inHex.map((sent, at) => [`track${at + 1}Enc`, sent])),
    ...Object.fromEntries(texts.map((text, at) => [`track${at + 1}Masked`, text])),
    ...Object.fromEntries(inHex.map((sent, at) => [`t${at + 1}EncLen`, sent.length / 2])),
    ...lengths(texts, 't', 'MaskedLen'),
    ...Object.fromEntries(absoluteLengths.map((count, at) => [`t${at + 1}AbsLen`, count])),
    mpAbsLen: absoluteLengths[3],
    mpLen: magnePrint.length / 2,
    magnePrintEnc: magnePrint,
    ksn: ksn === '' ? '0'.repeat(20) : ksn,
    readerEncryptionStatus: toHex(Uint8Array.of(statusBits >> 8, statusBits & 0xff)),
  };
};
const lengths = (texts: readonly string[], before: string, after: string) =>
  Object.fromEntries(texts.map((text, at) => [`${before}${at + 1}${after}`, text.length]));
const encodeTypes = ['ISO/ABA', 'AAMVA', 'reserved', 'blank', 'other', 'undetermined', 'none'];

const swipes = [...vectorsOf('magtek-hid'), ...vectorsOf('magtek-hid-sureswipe')].filter(
  ({ input_hex }) => input_hex !== undefined,
);

describe('a report', () => {
  test.each(swipes)('of $name has every field where it is published', ({ input_hex, expected }) => {
    const report = read(bytes(input_hex));
    const { cardEncodeType, ...fields } = expected;
    expect(vectorFields(report)).toMatchObject(fields);
    const type =
      cardEncodeType === undefined ? report.encodeType : encodeTypes[Number(cardEncodeType)];
    expect(report.encodeType).toBe(type);
  });

  test('means the same by its descriptor as by its length', () => {
    const described = { v5: encrypted, 'v5 older': clearLevel, sureswipe: sureSwipe } as const;
    for (const form of ['v5', 'v5 older', 'sureswipe'] as const) {
      const descriptor = readDescriptor(descriptorOf(form));
      const layout = descriptor.ok ? layoutIn(descriptor.map) : undefined;
      expect(read(described[form], layout)).toEqual(read(described[form]));
    }
  });

  test('is found by usage where its fields have moved', () => {
    // The published descriptor with one byte of a new kind put in front.
    const { descriptor_hex = '' } = vector('magtek-hid-report-descriptor');
    const moved = bytes(
      descriptor_hex.replace('75080920', '750809809501810209209501'.slice(0, 16) + '0920'),
    );
    const descriptor = readDescriptor(moved);
    if (!descriptor.ok) throw new Error(descriptor.why);
    expect(descriptor.map.bytesOf('input', 0)).toBe(888);
    const report = read(Uint8Array.of(0xff, ...encrypted), layoutIn(descriptor.map));
    expect(report).toEqual(read(encrypted));
  });

  test('of a device that declares half a swipe, or none, has no layout', () => {
    const keyboard = readDescriptor(
      bytes('05010906A101050719E029E7150025017501950881020600FF0920750895188102C0'),
    );
    expect(keyboard.ok && layoutIn(keyboard.map)).toBe(undefined);
    const v5 = vector('magtek-hid-report-descriptor').descriptor_hex ?? '';
    // Without the reader encryption status its clear tracks and its encrypted ones look alike.
    const half = readDescriptor(bytes(v5.replace('0942', '09EE')));
    expect(half.ok && layoutIn(half.map)).toBe(undefined);
  });

  test('takes no more of a field than its length says', () => {
    const dirty = clearLevel.slice();
    for (const [start, used, room] of [
      [7, 60, 112],
      [119, 37, 112],
      [508, 60, 112],
      [620, 37, 112],
    ] as const) {
      dirty.fill(0x39, start + used, start + room);
    }
    expect(read(dirty)).toEqual(read(clearLevel));
  });

  test.each([
    [3, 'track1'],
    [348, 'magnePrint'],
    [505, 'masked1'],
  ])('whose length at %i is more than its field is refused', (at, name) => {
    const wrong = encrypted.with(at, 0xff);
    const layout = layoutByLength(wrong.length);
    if (layout === undefined) throw new Error('There is a layout.');
    expect(readReport(wrong, layout)).toEqual({ ok: false, why: containing(name) });
  });

  test('has a length of its own, or has grown beyond the longest', () => {
    const known = [336, 337, 338, 855, 856, 857, 886, 887, 888, 2_000];
    const forms = known.map((count) => layoutByLength(count)?.byteCount);
    const none = undefined;
    expect(forms).toEqual([none, 337, none, none, 856, none, none, 887, 887, 887]);
  });

  test('has the serial number of its reader, and none that is no text', () => {
    const named = encrypted.slice();
    named.set(bytes('42303030373935004142'), 477);
    expect(read(named)).toMatchObject({ fields: { deviceSerial: 'B000795' } });
    expect(read(named.with(478, 0x07))).toMatchObject({ fields: { deviceSerial: '' } });
  });
});

describe('a swipe', () => {
  const judged = (report: Uint8Array) => judge(read(report), defaultSettings);

  test('is a card at its level, masked, with account data in a secret', () => {
    const swipe = judged(encrypted);
    if (swipe.is !== 'card') throw new Error(swipe.why);
    expect(swipe.read).toMatchObject({
      card: { maskedPan: '5452********7189', expiry: '0804', brand: 'mastercard' },
      securityLevel: 'encrypted',
    });
    const account = JSON.parse(swipe.read.accountData.use(textOf)) as Record<string, unknown>;
    expect(account).toMatchObject({ scheme: 'magtek-dukpt-tdes', ksn: 'FFFF9876543210E00008' });
    // A hash without a key tells the number to whoever tries them all; it stays behind.
    expect(JSON.stringify(account)).not.toContain('29041F2D');
  });

  test.each([
    ['of level 2', clearLevel],
    ['of a SureSwipe', sureSwipe],
  ])('%s is a card in clear', (_, report) => {
    const swipe = judged(report);
    if (swipe.is !== 'card') throw new Error(swipe.why);
    expect(swipe.read.securityLevel).toBe('clear');
    const account = JSON.parse(swipe.read.accountData.use(textOf)) as { tracks: string[] };
    expect(account).toMatchObject({ scheme: 'clear' });
    expect(account.tracks[1]).toContain('5452300551227189=');
  });

  test.each([
    ['keys exhausted', 0x0007, 'keys_exhausted'],
    ['timed out', 0x0016, 'timed_out'],
    ['a head that is not understood', 0x0046, 'damaged'],
    ['a counter that expired', 0x0106, 'keys_exhausted'],
  ])('with %s is a bad read', (_, status, why) => {
    const report = encrypted.with(493, status >> 8).with(494, status & 0xff);
    expect(judged(report)).toEqual({ is: 'bad read', why });
  });

  test('of level 4 without data waits for a host that authenticates itself', () => {
    const empty = new Uint8Array(887).with(494, 0x0e);
    expect(judged(empty)).toEqual({ is: 'bad read', why: 'not_authenticated' });
    expect(judged(new Uint8Array(887).with(494, 0x06))).toEqual({ is: 'bad read', why: 'no_data' });
  });

  test('without a key number, or with half a cipher block, is damaged', () => {
    const damaged = { is: 'bad read', why: 'damaged' };
    expect(judged(Uint8Array.from(encrypted).fill(0, 495, 505))).toEqual(damaged);
    expect(judged(encrypted.with(4, 37))).toEqual(damaged);
  });

  test('of a driving licence is no payment card, though its number looks like one', () => {
    expect(judged(encrypted.with(6, 1))).toEqual({ is: 'bad read', why: 'no_data' });
  });

  test('that could not be read at all says so', () => {
    const failed = bytes(vector('magtek-sureswipe-decode-error').input_hex);
    expect(judged(failed)).toEqual({ is: 'bad read', why: 'bad_track' });
  });
});

describe('a decoded capture', () => {
  test('of a swipe shows what may be shown, and ciphertext', () => {
    expect(decoded(encrypted)).toMatchObject({
      form: 'MagneSafe V5',
      track2: '5452********7189=0804**************',
      encodeType: 'ISO/ABA',
      card: { maskedPan: '5452********7189' },
      fields: { ksn: 'FFFF9876543210E00008', encryptionCounter: 2033 },
    });
    expect(decoded(Uint8Array.of(1, ...encrypted))).toEqual(decoded(encrypted));
  });

  test.each([encrypted, clearLevel, sureSwipe])(
    'never shows the number, the name or a hash',
    (report) => {
      const printed = JSON.stringify(decoded(report));
      for (const secret of ['5452300551227189', '5163499080020445', 'HOGAN', '7250', '29041F2D']) {
        expect(printed).not.toContain(secret);
      }
    },
  );

  test('flags a wrong check digit of a clear card, and nothing more', () => {
    expect(decoded(sureSwipe)).toMatchObject({
      checkDigit: 'wrong',
      card: { brand: 'mastercard' },
    });
    expect(decoded(encrypted)).not.toHaveProperty('checkDigit');
  });

  test('of several reports lists the good ones and counts the others', () => {
    const both = Uint8Array.from([...sureSwipe, ...sureSwipe.with(3, 0xff)]);
    const { rejected, form } = decoded(both) as { rejected: unknown[]; form: string };
    expect([form, rejected.length]).toEqual(['SureSwipe', 1]);
    const two = decoded(Uint8Array.from([...sureSwipe, ...sureSwipe])) as { reports: unknown[] };
    expect(two.reports).toHaveLength(2);
  });

  const exchanges = vectorsOf('magtek-hid-feature').filter(
    ({ request_hex }) => request_hex !== undefined,
  );

  test.each(exchanges)(
    'of $name says what was asked and answered',
    ({ request_hex, response_hex, expected }) => {
      const padded = (hex: string | undefined, size: number) => [
        ...bytes(hex?.padEnd(2 * size, '0')),
      ];
      expect(decoded(bytes(`${request_hex}${response_hex}`))).toMatchObject(expected);
      for (const size of [24, 60]) {
        const both = Uint8Array.from([...padded(request_hex, size), ...padded(response_hex, size)]);
        if (both.length === 2 * size) expect(decoded(both)).toMatchObject(expected);
      }
    },
  );

  test('of an extended command says its parts, and its date', () => {
    const { request_hex = '', expected } = vector('magtek-v5-extended-command-set-date');
    const { date, command, ...fields } = expected;
    expect(String(command)).toBe(request_hex.slice(0, 2));
    expect(decoded(bytes(request_hex))).toMatchObject({ ...fields, date: '2026-11-22T12:30:45' });
    expect(String(date)).toContain('month 0B day 16 12:30:45');
    expect(decoded(bytes(request_hex.padEnd(120, '0')))).toMatchObject(fields);
  });

  test.each([
    ['4A00', { command: 'continue' }],
    ['0A0900100000 0014 ABCDEF', { form: 'extended answer', offset: 16, dataLength: 20 }],
    ['0A0800100000 0014 ABCD', { command: 'setSessionId', orAnswer: { offset: 16 } }],
    ['02 00 04 0000 0301 0004 57414954', { notification: '0301', text: 'WAIT' }],
    ['02 00 02 0000 0300 0002 0301 0000', { notification: '0300', data: '0301' }],
    ['02 00 02 0000 0303 0100 0000', { notification: '0303', byteCount: 2, dataLength: 256 }],
    ['1500', { form: 'request', command: 'securityLevel' }],
    ['0200', { form: 'answer', means: 'bad parameter' }],
  ])('of %s says what it is', (hex, what) => {
    expect(decoded(bytes(hex.replaceAll(' ', '')))).toMatchObject(what);
  });

  test('shows nothing of a notification that may hold a card', () => {
    const arqc = bytes('020008000003030008DFDF4D033B35343D'.padEnd(40, '0'));
    expect(decoded(arqc)).not.toHaveProperty('data');
  });

  test.each([
    ['', 'empty'],
    ['FFFF', 'bytes'],
    ['00'.repeat(338), 'bytes'],
  ])('that is nothing known is refused (%#)', (hex, why) => {
    expect(decodeCapture('magtek-hid', bytes(hex))).toEqual({ ok: false, why: containing(why) });
  });
});

describe('a command that needs a MAC', () => {
  test.each(vectorsOf('magtek-mac'))('carries the one it is given, as $name', (one) => {
    const { message_hex = '', expected } = one;
    const [command, , ...data] = bytes(message_hex);
    const name = command === 0x15 ? 'setSecurityLevel' : 'setProperty';
    const deed: Deed = { name, data: Uint8Array.from(data) };
    expect(toHex(messageToMac(deed))).toBe(message_hex);
    const request = macedRequest(deed, bytes(String(expected['mac'])));
    expect(toHex(request)).toBe(expected['full_command_hex']);
    expect(decoded(request)).toMatchObject({ command: name, mac: expected['mac'] });
    expect(() => macedRequest(deed, bytes('00'))).toThrow('4 bytes');
  });

  test('is sent without one at level 2', () => {
    const deed: Deed = { name: 'setProperty', data: bytes('0201') };
    expect(toHex(plainRequest(deed))).toBe('01020201');
    expect(decoded(plainRequest(deed))).toMatchObject({ property: '02', value: '01' });
  });
});

describe('an extended command', () => {
  test('is sent as one part, or as several that name their place', () => {
    const { request_hex = '' } = vector('magtek-v5-extended-command-set-date');
    const one = extendedRequests(0x030c, bytes(request_hex.slice(16)), 60);
    expect(one.map(toHex)).toEqual([request_hex]);
    const parts = extendedRequests(0x0300, new Uint8Array(120).fill(7), 60);
    expect(parts.map((part) => toHex(part.subarray(0, 8)))).toEqual([
      '4939000003000078',
      '4939003303000078',
      '4918006603000078',
    ]);
    expect(extendedRequests(0x0301, new Uint8Array(), 60).map(toHex)).toEqual(['4906000003010000']);
  });

  test('has no answer where the lengths do not agree', () => {
    for (const hex of ['0A', '0A0500000000', '0AFF000000000010', '0A08000000000001ABCD']) {
      expect(decodeExtendedAnswer(bytes(hex))).toBe(undefined);
    }
  });
});

/** How many captures the properties try; a long run raises it. */
export const reportRuns = 300;

describe('any bytes at all', () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(encrypted, clearLevel, sureSwipe),
      fc.array(fc.tuple(fc.nat(886), fc.nat(255))),
    )
    .map(([report, changes]) => {
      const copy = report.slice();
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    });

  test(`are decoded or refused, and no number gets out (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 900 }), mutated), (capture) => {
        const found = decodeCapture('magtek-hid', capture);
        expect(JSON.stringify(found)).not.toContain('5452300551227189');
      }),
      { seed, numRuns: reportRuns },
    );
  });
});

describe('the settings', () => {
  test.each([
    [{ maskLeading: 6 }, 6],
    [{}, 4],
  ])('%j are taken', (given, maskLeading) => {
    expect(readSettings(given)).toMatchObject({ ok: true, settings: { maskLeading } });
  });

  test.each([
    [{ maskLeading: -1 }, 'maskLeading'],
    [{ maskCharacter: 'ab' }, 'one printable'],
    [{ baud: 9_600 }, 'no setting'],
    [JSON.parse('{"toString": 1}') as object, 'no setting'],
  ])('%j are refused', (given, why) => {
    expect(readSettings(given as Record<string, unknown>)).toEqual({
      ok: false,
      why: containing(why),
    });
  });
});
