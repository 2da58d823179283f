/** ID TECH's swipe frames and commands: the vectors, the framer, and what a capture says. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  decodeCapture,
  fromHex,
  textOf,
  toHex,
  type FrameToken,
} from '../../../drivers/index.ts';
import { swipeAt } from '../../../drivers/cards/idtech/swipe-frame.ts';
import { idtechFramer, readFrame } from '../../../drivers/protocols/idtech-msr/frame.ts';
import { readRecord, type SwipeRecord } from '../../../drivers/cards/idtech/record.ts';
import { defaultSettings } from '../../../drivers/protocols/idtech-msr/settings.ts';
import { judge } from '../../../drivers/cards/idtech/swipe.ts';
import { decrypt, keyFor, testBaseKey } from '../../../simulator/readers/dukpt.ts';
import {
  swipeFrame,
  withCheckCharacter,
  type HeadRead,
  type IdtechForm,
} from '../../../simulator/readers/idtech-swipe.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';

/** Runs of each random test; the long run is `npm run fuzz`. */
const runs = 300;

const bytesIn = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();
const enhanced = bytesIn(vector('idtech-msr-enhanced-encrypted-2-track').input_hex ?? '');
const keyboard = bytesOf(vector('idtech-msr-enhanced-keyboard-mode').input_ascii ?? '');
const answer = bytesIn(vector('idtech-command-read-security-level').response_hex ?? '');

const said = (tokens: readonly FrameToken[]): (string | number)[] =>
  tokens.map((token) => (token.is === 'frame' ? toHex(token.bytes) : token.byteCount));

const framed = (chunks: readonly Uint8Array[]): FrameToken[] => {
  const framer = idtechFramer();
  return [...chunks.flatMap((chunk) => framer.take(chunk)), ...framer.stalled()];
};
const cut = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  at.sort((one, other) => one - other);
  return at.slice(1).map((end, index) => bytes.slice(at[index], end));
};

const recordIn = (bytes: Uint8Array): SwipeRecord => {
  const frame = readFrame(bytes);
  if (frame?.is !== 'swipe') throw new Error('These bytes are no swipe.');
  const read = readRecord(frame.data);
  if (!read.ok) throw new Error(read.why);
  return read.record;
};

const sampleCard = [
  '%B4266841088889999^BUSH JR/GEORGE W.MR^0809101100001100000000046000000?',
  ';4266841088889999=080910110000046?',
  '',
] as const;
const form: IdtechForm = {
  format: 'enhanced',
  isHex: false,
  showsExpiry: false,
  sentSerialNumber: '',
};
const frameOf = (given: Partial<HeadRead> = {}, formed: Partial<IdtechForm> = {}): Uint8Array => {
  const [track1, track2, track3] = sampleCard.map(withCheckCharacter);
  const read: HeadRead = {
    tracks: [track1 ?? '', track2 ?? '', track3 ?? ''],
    badTracks: [],
    level: 'encrypted',
    baseKey: testBaseKey,
    ksn: '62994901190000000002',
    ...given,
  };
  return Uint8Array.from(swipeFrame(read, { ...form, ...formed }));
};

describe('an enhanced swipe', () => {
  const record = recordIn(enhanced);

  test('is taken apart as its source says', () => {
    const { expected } = vector('idtech-msr-enhanced-encrypted-2-track');
    expect(record).toMatchObject({
      format: 'enhanced',
      encoding: 0,
      trackStatus: parseInt(String(expected['trackStatus']), 16),
      flags: [parseInt(String(expected['field8']), 16), parseInt(String(expected['field9']), 16)],
      lengths: [expected['t1Len'], expected['t2Len'], expected['t3Len']],
    });
    const { tracks = [], ksn = new Uint8Array() } = record.ciphertext ?? {};
    expect(tracks.map(({ length }) => length)).toEqual([
      expected['track1EncLen'],
      expected['track2EncLen'],
      0,
    ]);
    expect(toHex(ksn)).toBe(expected['ksn']);
    const shown = [expected['track1Masked'], expected['track2Masked']].map((sent) =>
      String(sent).slice(1, -2),
    );
    expect(record.tracks.map((track) => (track.is === 'read' ? track.text : ''))).toEqual([
      ...shown,
      '',
    ]);
    const swipe = swipeAt(enhanced);
    expect(swipe.ok && toHex(Uint8Array.of(swipe.data.lrc))).toBe(expected['lrc']);
  });

  test('opens with the key of its KSN, and its hashes are those of the tracks', () => {
    const { expected } = vector('idtech-msr-enhanced-encrypted-2-track');
    const key = keyFor('data', testBaseKey, String(expected['ksn']));
    const clear = (record.ciphertext?.tracks ?? []).map((track) =>
      textOf(decrypt(key, track)).replace(/\0+$/, ''),
    );
    expect(clear).toEqual([expected['track1Clear'], expected['track2Clear'], '']);
    const hashes = clear.slice(0, 2).map((text) => createHash('sha1').update(text).digest('hex'));
    expect((record.ciphertext?.hashes ?? []).map((hash) => toHex(hash).toLowerCase())).toEqual(
      hashes,
    );
  });

  test('is one card, masked as the reader masked it, with its account data sealed off', () => {
    const swipe = judge(record, defaultSettings);
    if (swipe.is !== 'card') throw new Error(swipe.why);
    const { card, likeness, accountData, securityLevel } = swipe.read;
    expect(card).toEqual({ maskedPan: '4266********9999', brand: 'visa', entryMode: 'stripe' });
    expect(likeness.use((text) => text)).toBe('4266********9999=');
    expect(securityLevel).toBe('encrypted');
    expect(JSON.parse(accountData.use(textOf))).toEqual({
      scheme: 'idtech-dukpt',
      format: 'enhanced',
      lengths: [72, 35, 0],
      tracks: [containing('DA7F2A52'), containing('AB3B10A3'), ''],
      cipher: 'tdes',
      keyVariant: 'data',
      hashes: [containing(''), containing('')],
      ksn: '62994901190000000002',
    });
  });

  test('comes whole in one frame, however its length was split', () => {
    const { chunks_hex = [] } = vector('idtech-msr-enhanced-truncated');
    expect(said(framed(chunks_hex.map(bytesIn)))).toEqual([toHex(enhanced)]);
  });
});

describe('an original swipe', () => {
  // The frame MS246 prints on p. 39, known by its digest; its track 3 is a test pattern, in clear.
  const pattern = '3333333333767676070707767676';
  const track3 = `;${pattern.repeat(3)}${pattern.slice(0, 20)}?2`;
  const [track1 = '', track2 = ''] = sampleCard.map(withCheckCharacter);
  const tracks = [track1, track2, track3] as const;
  const frame = frameOf({ tracks, ksn: '62994901190000000001' }, { format: 'original' });

  test('is played byte for byte as the manual prints it', () => {
    const digest = '46f98a3b52ac8fc9ae9b082ddcd1d49aadb85c5d24df0218a02160cddfb27ccf';
    expect(createHash('sha256').update(frame).digest('hex')).toBe(digest);
    expect(frameOf()).toEqual(enhanced);
  });

  test('has one block for both tracks, which opens with the key of its KSN', () => {
    const { ciphertext, format } = recordIn(frame);
    expect(format).toBe('original');
    const key = keyFor('data', testBaseKey, '62994901190000000001');
    const clear = textOf(decrypt(key, ciphertext?.block ?? new Uint8Array()));
    expect(clear.startsWith(sampleCard[0])).toBe(true);
    expect(clear).toContain(sampleCard[1]);
    expect(ciphertext?.hashes).toHaveLength(2);
    expect(toHex(ciphertext?.ksn ?? new Uint8Array())).toBe('62994901190000000001');
  });

  test('is refused when its ciphertext has no length its tracks would give', () => {
    const data = frame.slice(3, -3);
    const read = readRecord({ form: 'binary', bytes: data.slice(0, -1), lrc: 0, sum: 0 });
    expect(read).toMatchObject({ ok: false, why: containing('ciphertext') });
  });
});

describe('a swipe in hex text', () => {
  test('is taken apart like one in bytes', () => {
    const { expected } = vector('idtech-msr-enhanced-keyboard-mode');
    const swipe = swipeAt(keyboard);
    if (!swipe.ok) throw new Error(swipe.error);
    expect(swipe.data.bytes).toHaveLength(Number(expected['declaredLength']));
    const record = recordIn(keyboard);
    expect(record.serialNumber).toBe(expected['serial']);
    expect(toHex(record.ciphertext?.ksn ?? new Uint8Array())).toBe(expected['ksn']);
    expect(record.ciphertext?.tracks?.map(({ length }) => 2 * length)).toEqual([
      expected['track1EncHexChars'],
      expected['track2EncHexChars'],
      0,
    ]);
    const judged = judge(record, defaultSettings);
    expect(judged).toMatchObject({ is: 'card', read: { card: { maskedPan: '4124********9990' } } });
  });

  test.each(['original', 'enhanced'] as const)('says what the bytes say (%s)', (format) => {
    const { tracks, ciphertext } = recordIn(frameOf({}, { format }));
    const hex = recordIn(frameOf({}, { format, isHex: true }));
    expect(hex.tracks).toEqual(tracks);
    expect(hex.ciphertext).toEqual(ciphertext);
  });
});

describe('a swipe that is', () => {
  test.each([
    ['in clear is of that level', { level: 'clear' }, {}, 'clear'],
    ['of an authenticated reader, too', { level: 'authenticated' }, {}, 'authenticated'],
    ['in clear, original', { level: 'clear' }, { format: 'original' }, 'clear'],
  ] as const)('%s', (_, given, formed, securityLevel) => {
    const swipe = judge(recordIn(frameOf(given, formed)), defaultSettings);
    expect(swipe).toMatchObject({ is: 'card', read: { securityLevel } });
  });

  test('shown with its expiry tells it', () => {
    const swipe = judge(recordIn(frameOf({}, { showsExpiry: true })), defaultSettings);
    expect(swipe).toMatchObject({ read: { card: { expiry: '0809' } } });
  });

  test('of two bad tracks is a bad read', () => {
    const read = { tracks: ['', '', ''], badTracks: [1, 2] } as const;
    expect(judge(recordIn(frameOf(read)), defaultSettings)).toEqual({
      is: 'bad read',
      why: 'bad_track',
    });
  });

  test.each([0x01, 0x04, 0x85, 0xc0, 0x83])('of type %i shows no card', (type) => {
    const data = enhanced.slice(3, -3);
    data[0] = type;
    const read = readRecord({ form: 'binary', bytes: data, lrc: 0, sum: 0 });
    const why = read.ok ? judge(read.record, defaultSettings) : read.why;
    expect(read.ok ? why : { is: 'bad read', why: 'no_data' }).toEqual({
      is: 'bad read',
      why: 'no_data',
    });
  });
});

describe('a frame that is no good', () => {
  test.each(vectorsOf('idtech-msr').filter(({ name }) => /bad-lrc|one-byte-short/.test(name)))(
    'is given up, and the next good one is found: $name',
    ({ input_hex = '', expected }) => {
      const bytes = bytesIn(input_hex);
      const found = swipeAt(bytes);
      expect(found).toMatchObject({ ok: false, error: expected['error'] });
      if (expected['declaredTotal'] !== undefined) {
        expect(found.byteCount).toBe(expected['declaredTotal']);
      }
      expect(said(framed([bytes]))).not.toContain(input_hex);
      expect(said(framed([bytes, enhanced]))).toContain(toHex(enhanced));
      expect(decodeCapture('idtech-msr', bytes).ok).toBe(false);
    },
  );
});

describe('a command', () => {
  test.each(vectorsOf('idtech-command'))('says what it means: $name', (one) => {
    const { request_hex = '', response_hex = '', expected } = one;
    const request = decodeCapture('idtech-msr', bytesIn(request_hex));
    const response = decodeCapture('idtech-msr', bytesIn(response_hex));
    expect([request.ok, response.ok]).toEqual([true, true]);
    const all = JSON.stringify([request, response]);
    for (const [name, value] of Object.entries(expected)) {
      expect(all).toContain(`"${name}":${JSON.stringify(value)}`);
    }
    expect(said(framed([bytesIn(response_hex)]))).toEqual([response_hex]);
  });

  test('and the card behind its answer are two frames', () => {
    expect(said(framed([answer, enhanced]))).toEqual([toHex(answer), toHex(enhanced)]);
  });

  test('that was only acknowledged costs the card behind it nothing', () => {
    const ack = Uint8Array.of(0x06);
    expect(said(framed([ack, enhanced]))).toEqual(['06', toHex(enhanced)]);
  });
});

describe('a capture', () => {
  const decode = (bytes: Uint8Array) => decodeCapture('idtech-msr', bytes);

  test('of a swipe shows it masked, with its ciphertext', () => {
    const shown = JSON.stringify(decode(enhanced));
    expect(shown).toContain('"maskedPan":"4266********9999"');
    expect(shown).toContain('DA7F2A52');
    expect(shown).not.toMatch(/BUSH|4266841088889999|3418AC88/);
  });

  test('in clear shows no more', () => {
    const shown = JSON.stringify(decode(frameOf({ level: 'clear' })));
    expect(shown).toContain('426684******9999');
    expect(shown).not.toMatch(/BUSH|4266841088889999|10110000/);
  });

  test('of a keyboard reader ends in a line end', () => {
    expect(decode(Uint8Array.from([...keyboard, 0x0d]))).toMatchObject({
      ok: true,
      decoded: { serialNumber: 'T134000064', discardedByteCount: 1 },
    });
  });

  test('of nothing, or of noise, says what is wrong', () => {
    expect(decode(new Uint8Array())).toMatchObject({ ok: false, why: containing('empty') });
    expect(decode(bytesOf('noise'))).toMatchObject({ ok: false, why: containing('02') });
    expect(decode(enhanced.slice(0, 40))).toMatchObject({
      ok: false,
      why: containing('40 bytes came, 282'),
    });
  });
});

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .array(fc.constantFrom(0x02, 0x03, 0x06, 0x15, 0x30, 0x32), { maxLength: 30 })
    .map((bytes) => Uint8Array.from(bytes)),
  fc.nat(enhanced.length - 1).map((count) => enhanced.slice(0, count)),
  fc.nat(keyboard.length - 1).map((count) => keyboard.slice(0, count)),
  fc.nat(answer.length - 1).map((count) => answer.slice(0, count)),
);
const good = fc.constantFrom(enhanced, keyboard, answer, frameOf({}, { format: 'original' }));
const spoilt = fc
  .tuple(good, fc.nat(), fc.integer({ min: 1, max: 255 }))
  .map(([bytes, at, change]) => {
    const copy = bytes.slice();
    copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ change;
    return copy;
  });
const stream = fc
  .array(fc.oneof(good, noise, spoilt), { maxLength: 5 })
  .map((pieces) => Uint8Array.from(pieces.flatMap((piece) => Array.from(piece))));

describe('the framer', () => {
  test('gives the same tokens however the stream is cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, places) => {
        const whole = said(framed([bytes]));
        expect(said(framed(cut(bytes, places)))).toEqual(whole);
        expect(said(framed(Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(whole);
      }),
      { seed, numRuns: runs },
    );
  });

  test('accounts for every byte, and finds the good frame after a silence', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const framer = idtechFramer();
        const tokens = [...framer.take(bytes), ...framer.stalled()];
        const counted = tokens.reduce(
          (sum, token) => sum + (token.is === 'frame' ? token.bytes.length : token.byteCount),
          0,
        );
        expect(counted).toBe(bytes.length);
        expect(said(framer.take(enhanced))).toEqual([toHex(enhanced)]);
      }),
      { seed, numRuns: runs },
    );
  });

  test('drops what had begun when it was told to skip, and takes the next whole', () => {
    const framer = idtechFramer();
    framer.take(enhanced.slice(0, 100));
    framer.skip();
    expect(said(framer.take(enhanced.slice(100)))).toEqual([]);
    expect(said(framer.take(keyboard))).toEqual([enhanced.length, toHex(keyboard)]);
  });
});

describe('any bytes at all', () => {
  test('are decoded, or it is said why not', () => {
    fc.assert(
      fc.property(stream, fc.constantFrom('serial', 'hid'), (bytes, line) => {
        const decoded = decodeCapture('idtech-msr', bytes, { line });
        expect(decoded.ok || decoded.why.endsWith('.')).toBe(true);
        expect(JSON.stringify(decoded)).not.toContain('4266841088889999');
      }),
      { seed, numRuns: runs },
    );
  });
});
