/** Frames: lines out of bytes, CRC, hex. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boundedLines,
  bytesOf,
  crc16CcittFalse,
  crc16Kermit,
  crc16Xmodem,
  fromHex,
  textOf,
  toHex,
  type FrameToken,
} from '../../../drivers/index.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';

const said = (tokens: readonly FrameToken[]) =>
  tokens.map((token) => (token.is === 'frame' ? textOf(token.bytes) : token.byteCount));

const split = (chunks: readonly string[], delimiter = '\r', lineBytesMax = 8) => {
  const lines = boundedLines({ delimiter: bytesOf(delimiter), lineBytesMax });
  const tokens = chunks.flatMap((chunk) => lines.take(bytesOf(chunk)));
  const rest = lines.rest();
  return said(rest === undefined ? tokens : [...tokens, rest]);
};

describe('bounded lines', () => {
  test.each([
    ['lines in one chunk', ['ab\rcd\r'], ['ab', 'cd']],
    ['a line in pieces', ['a', 'b', '\r'], ['ab']],
    ['an empty line', ['\r\r'], ['', '']],
    ['a line as long as allowed', ['12345678\r'], ['12345678']],
    ['a line one byte longer, and the next', ['123456789\rok\r'], [9, 'ok']],
    ['a line many times longer', [`${'x'.repeat(50)}`, `${'y'.repeat(50)}\rok\r`], [100, 'ok']],
    ['the rest without its delimiter', ['ab\rcd'], ['ab', 'cd']],
    ['a rest that is too long', ['123456789'], [9]],
    ['nothing', [''], []],
  ])('give %s', (_, chunks, expected) => {
    expect(split(chunks)).toEqual(expected);
  });

  test('find a delimiter of several bytes, also after a line that was too long', () => {
    expect(split(['ab\r', '\ncd\r\r\n', '123456789\r', '\nok\r\n'], '\r\n')).toEqual([
      'ab',
      'cd\r',
      9,
      'ok',
    ]);
  });

  test('give the same however the stream is chunked', () => {
    const letters = fc.constantFrom('a', 'b', '\r', '\n');
    const chunks = fc.array(fc.string({ unit: letters, maxLength: 12 }), { maxLength: 12 });
    const delimiters = fc.constantFrom('\r', '\r\n', 'aab');
    fc.assert(
      fc.property(chunks, delimiters, (pieces, delimiter) => {
        expect(split(pieces, delimiter, 5)).toEqual(split([pieces.join('')], delimiter, 5));
      }),
      { seed, numRuns: 2_000 },
    );
  });

  test('refuse a delimiter of no bytes', () => {
    expect(() => split([''], '')).toThrow(RangeError);
  });
});

describe('a CRC of 16 bits', () => {
  const ofName = {
    'crc-crc16-ccitt-false': crc16CcittFalse,
    'crc-crc16-kermit': crc16Kermit,
    'crc-crc16-xmodem': crc16Xmodem,
  } as const;

  test.each(Object.entries(ofName))('has its published check value: %s', (name, crcOf) => {
    const { input_hex = '', expected } = vector(name);
    const crc = crcOf(fromHex(input_hex) ?? new Uint8Array());
    expect(crc.toString(16).toUpperCase()).toBe(expected['crc']);
  });

  test('has a name for every vector', () => {
    expect(
      vectorsOf('crc')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(ofName).sort());
  });
});

describe('hex and text', () => {
  test('come back as the bytes they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toLowerCase())).toEqual(bytes);
        expect(bytesOf(textOf(bytes))).toEqual(bytes);
      }),
      { seed },
    );
  });

  test.each(['0', 'GG', '0 ', ' 00'])('refuse "%s" as hex', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  test('refuse characters of more than one byte', () => {
    expect(() => bytesOf('€')).toThrow(RangeError);
    expect(() => bytesOf('💳')).toThrow(RangeError);
  });
});
