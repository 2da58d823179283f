/** SLIP frames, of any chunking and any bytes at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { slipFrame, slipFramer } from '../../../drivers/frames/slip.ts';
import { fromHex, toHex, type FrameToken } from '../../../drivers/index.ts';
import { seed } from '../../fixtures/seed.ts';

/** How many of each random thing are tried. */
export const slipRuns = 500;

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** Frames of two bytes or more that begin with AA. */
const framer = () =>
  slipFramer({
    frameBytesMax: 8,
    isFrame: ([first, ...more]) => first === 0xaa && more.length > 0,
  });

const drawn = (tokens: readonly FrameToken[]): string[] =>
  tokens.map((token) => (token.is === 'frame' ? toHex(token.bytes) : `-${token.byteCount}`));

describe('a SLIP framer', () => {
  test.each([
    ['a frame', 'C0AA01C0', ['AA01']],
    ['a frame without the END in front', 'AA01C0', ['AA01']],
    ['escaped bytes', 'C0AADBDCDBDDC0', ['AAC0DB']],
    ['empty frames, which are no news', 'C0C0C0AA01C0C0', ['AA01']],
    ['two frames with one END between them', 'C0AA01C0AA02C0', ['AA01', 'AA02']],
    ['noise, and the frame that follows it', '4142C0AA01C0', ['-2', 'AA01']],
    ['an escape of nothing', 'C0AADB01C0AA02C0', ['-3', 'AA02']],
    ['an escape at the end', 'C0AA01DBC0AA02C0', ['-3', 'AA02']],
    ['a frame that is too long', 'C0AA0102030405060708C0AA02C0', ['-9', 'AA02']],
    ['the longest frame', 'C0AA01020304050607C0', ['AA01020304050607']],
  ])('takes %s', (_says, hex, tokens) => {
    const whole = framer();
    expect(drawn(whole.take(bytes(hex)))).toEqual(tokens);
    const alone = framer();
    expect(drawn([...bytes(hex)].flatMap((byte) => alone.take(Uint8Array.of(byte))))).toEqual(
      tokens,
    );
  });

  test('drops a frame that has begun when it is told to, and takes the next', () => {
    const one = framer();
    one.take(bytes('C0AA01'));
    one.skip();
    expect(drawn(one.take(bytes('02C0AA03C0')))).toEqual(['-3', 'AA03']);
    one.skip();
    expect(drawn(one.take(bytes('C0AA04C0')))).toEqual(['AA04']);
  });

  test('gives up half a frame when nothing more comes, and then the rest of it', () => {
    const one = framer();
    expect(one.stalled()).toEqual([]);
    one.take(bytes('C0AA01'));
    expect(drawn(one.stalled())).toEqual(['-2']);
    expect(drawn(one.take(bytes('02C0AA03C0')))).toEqual(['-1', 'AA03']);
  });

  test(`takes what was written, in any chunks (seed ${seed})`, () => {
    const frame = fc.uint8Array({ minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.nat({ max: 9 })),
        (rests, cuts) => {
          const frames = rests.map((rest) => Uint8Array.of(0xaa, ...rest));
          const stream = Uint8Array.from(frames.flatMap((one) => [...slipFrame(one)]));
          const one = framer();
          const tokens: FrameToken[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            tokens.push(...one.take(stream.subarray(at, at + cut)));
            at += cut;
          }
          expect(drawn(tokens)).toEqual(frames.map(toHex));
        },
      ),
      { seed, numRuns: slipRuns },
    );
  });

  test(`takes any bytes at all, counts every one, and loses no frame after them (seed ${seed})`, () => {
    const odd = fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd, 0xaa, 0x01);
    fc.assert(
      fc.property(fc.array(fc.oneof(odd, fc.nat({ max: 255 }))), (any) => {
        const one = framer();
        const tokens = [...one.take(Uint8Array.from(any)), ...one.take(bytes('C0AA99C0'))];
        expect(drawn(tokens).at(-1)).toBe('AA99');
        const came = any.filter((byte) => byte !== 0xc0).length;
        const counted = tokens.map((token) =>
          token.is === 'frame' ? slipFrame(token.bytes).length - 2 : token.byteCount,
        );
        expect(counted.reduce((sum, count) => sum + count, 0)).toBe(came + 2);
      }),
      { seed, numRuns: slipRuns },
    );
  });
});
