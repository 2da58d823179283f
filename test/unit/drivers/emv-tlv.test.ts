/** BER-TLV and data object lists: the published vectors, what is malformed, and any bytes at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerDol, readDol } from '../../../drivers/emv/dol.ts';
import {
  depthMax,
  findObject,
  leavesOf,
  objectsMax,
  readLength,
  readObjects,
  type DataObject,
} from '../../../drivers/emv/tlv.ts';
import { dataObject, joined } from '../../../drivers/emv/write.ts';
import { fromHex, toHex } from '../../../drivers/index.ts';
import { seed } from '../../fixtures/seed.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';

/** How many of each random thing are tried. */
export const tlvRuns = 500;

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

const read = (hex: string): readonly DataObject[] => {
  const result = readObjects(bytes(hex));
  if (!result.ok) throw new Error(result.why);
  return result.objects;
};

const why = (hex: string): string => {
  const result = readObjects(bytes(hex));
  return result.ok ? `read ${result.objects.length} objects` : result.why;
};

/** As the vectors write a tree down. */
const drawn = (objects: readonly DataObject[]): unknown =>
  objects.map(({ tag, value, children }) =>
    children === undefined
      ? { tag, len: value.length, value: toHex(value) }
      : { tag, len: value.length, children: drawn(children) },
  );

describe('a length', () => {
  test.each(vectorsOf('ber-length'))(
    '$name is read as published',
    ({ input_hex = '', expected }) => {
      expect(readLength(bytes(input_hex))).toEqual({ ok: true, ...expected });
    },
  );

  test.each(['FA', '80', '84', '8400000001'])('%s is none', (hex) => {
    expect(readLength(bytes(hex))).toMatchObject({ ok: false });
  });

  test.each(['', '81', '82D7', '830000'])('of which only "%s" has come is none', (hex) => {
    expect(readLength(bytes(hex))).toMatchObject({ ok: false });
  });
});

describe('data objects', () => {
  test.each(vectorsOf('emv-tlv').filter(({ expected }) => 'tlv' in expected))(
    '$name are read as published',
    ({ input_hex = '', expected }) => {
      // The last two bytes are what a chip says of its answer, and no object.
      expect(drawn(read(input_hex.slice(0, -4)))).toEqual(expected['tlv']);
    },
  );

  test.each(vectorsOf('emv-tlv').filter(({ expected }) => 'tags' in expected))(
    '$name have the published values',
    ({ input_hex = '', expected }) => {
      const found = read(input_hex).map(({ tag, value }) => [tag, toHex(value)]);
      expect(Object.fromEntries(found)).toEqual(expected['tags']);
    },
  );

  test('have 00 before, between and after them, which means nothing', () => {
    expect(drawn(read('0000820219800000009C010000'))).toEqual([
      { tag: '82', len: 2, value: '1980' },
      { tag: '9C', len: 1, value: '00' },
    ]);
  });

  test('may be empty, inside and as a whole', () => {
    expect(drawn(read('5000'))).toEqual([{ tag: '50', len: 0, value: '' }]);
    expect(drawn(read('7000'))).toEqual([{ tag: '70', len: 0, children: [] }]);
    expect(read('')).toEqual([]);
  });

  test.each([
    ['9F2608AABB', 'Tag 9F26 has a value of 8 bytes, and 2 are left of what holds it.'],
    ['7003820219800000', 'Tag 82 has a value of 2 bytes, and 1 are left of what holds it.'],
    ['82FA00', 'Tag 82: At byte 1 the length begins with FA; 00 to 7F, 81, 82 and 83 are known.'],
    ['8280', 'Tag 82: At byte 1 the length begins with 80; 00 to 7F, 81, 82 and 83 are known.'],
    ['9F', 'At byte 0 the bytes end within a tag.'],
    ['DFAE', 'At byte 0 the bytes end within a tag.'],
    ['82', 'Tag 82: At byte 1 a length was to come.'],
    ['DFDFDFDF0101', 'DFDFDFDF begins no tag; the longest has 4 bytes.'],
    ['9F800100', '9F800100 begins no tag; the longest has 4 bytes.'],
  ])('%s are none, and it is said where and why', (hex, sentence) => {
    expect(why(hex)).toBe(sentence);
  });

  test('lie no deeper within each other than the limit', () => {
    const nested = (depth: number): Uint8Array =>
      depth === 0 ? bytes('820101') : dataObject('70', nested(depth - 1));
    expect(readObjects(nested(depthMax)).ok).toBe(true);
    expect(readObjects(nested(depthMax + 1))).toMatchObject({ ok: false });
  });

  test('are no more than the limit, nested ones counted', () => {
    const row = (count: number) => joined(...Array.from({ length: count }, () => bytes('8200')));
    expect(readObjects(row(objectsMax)).ok).toBe(true);
    expect(readObjects(row(objectsMax + 1))).toMatchObject({ ok: false });
    expect(readObjects(dataObject('70', row(objectsMax)))).toMatchObject({ ok: false });
  });

  test('are found in containers, and their leaves come in order', () => {
    const objects = read('700A9F2701808202198050009C0100');
    expect(toHex(findObject(objects, '9F27')?.value ?? new Uint8Array())).toBe('80');
    expect(leavesOf(objects).map(({ tag }) => tag)).toEqual(['9F27', '82', '50', '9C']);
    expect(findObject(objects, '9F26')).toBeUndefined();
  });

  test(`are read again as they were written (seed ${seed})`, () => {
    const tag = fc.constantFrom('82', '9F26', 'DFAE02', 'DFDFDF37', '5A');
    const leaf = fc.tuple(tag, fc.uint8Array({ maxLength: 300 })).map(([name, value]) => ({
      bytes: dataObject(name, value),
      drawn: { tag: name, len: value.length, value: toHex(value) },
    }));
    const tree = fc.letrec<{ node: { bytes: Uint8Array; drawn: unknown } }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }).map((nodes) => {
          const written = dataObject('70', ...nodes.map((node) => node.bytes));
          const inner = joined(...nodes.map((node) => node.bytes));
          return {
            bytes: written,
            drawn: { tag: '70', len: inner.length, children: nodes.map((node) => node.drawn) },
          };
        }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree.node, { maxLength: 4 }), (nodes) => {
        const whole = joined(...nodes.map((node) => node.bytes));
        expect(drawn(read(toHex(whole)))).toEqual(nodes.map((node) => node.drawn));
      }),
      { seed, numRuns: tlvRuns },
    );
  });

  test(`or a sentence come of any bytes at all (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (any) => {
        const result = readObjects(any);
        const held = result.ok ? leavesOf(result.objects).map(({ value }) => value.length) : [];
        expect(held.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(any.length);
        expect(result.ok || result.why.length > 0).toBe(true);
      }),
      { seed, numRuns: tlvRuns },
    );
  });
});

describe('a data object list', () => {
  const { input_hex = '', expected } = vector('emv-dol-cdol1');

  test('is read as published', () => {
    const list = readDol(bytes(input_hex));
    const entries = list.ok ? list.entries.map(({ tag, length }) => [tag, length]) : [];
    expect(entries).toEqual(expected['entries']);
    expect(list).toMatchObject({ totalLength: expected['totalLength'] });
  });

  test('is answered as published', () => {
    const list = readDol(bytes(input_hex));
    const values = {
      '9F02': bytes('000123456789'),
      '9F03': bytes('000987654321'),
      '9F1A': bytes('0528'),
      '95': bytes('1234554321'),
      '5F2A': bytes('0978'),
      '9A': bytes('240217'),
      '9C': bytes('09'),
      '9F37': bytes('DEADBEEF'),
    };
    expect(toHex(answerDol(list.ok ? list.entries : [], values))).toBe(expected['built_hex']);
  });

  test.each([
    ['a number keeps its right end', '9F02', 3, '000123456789', '456789'],
    ['a number is filled with zeros on its left', '9C', 3, '09', '000009'],
    ['digits are filled with F on their right', '5A', 4, '1234', '1234FFFF'],
    ['bytes keep their left end', '9F37', 2, 'DEADBEEF', 'DEAD'],
    ['bytes are filled with zeros on their right', '9F37', 6, 'DEADBEEF', 'DEADBEEF0000'],
    ['what is not known is zeros', '9F4E', 3, undefined, '000000'],
  ])('%s', (_says, tag, length, value, wanted) => {
    const values = value === undefined ? {} : { [tag]: bytes(value) };
    expect(toHex(answerDol([{ tag, length }], values))).toBe(wanted);
  });

  test.each(['9F', '9F02', '9F02FA', 'DFDFDFDF01'])('is not "%s"', (hex) => {
    expect(readDol(bytes(hex))).toMatchObject({ ok: false });
  });

  test('asks for no more than goes into one command of a chip', () => {
    expect(readDol(bytes('9F0281FC'))).toMatchObject({ ok: true, totalLength: 252 });
    expect(readDol(bytes('9F0281FC9C01'))).toMatchObject({ ok: false });
    expect(readDol(new Uint8Array(253))).toMatchObject({ ok: false });
  });

  test(`or a sentence comes of any bytes at all (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 260 }), (any) => {
        const list = readDol(any);
        if (list.ok) expect(answerDol(list.entries, {})).toHaveLength(list.totalLength);
        else expect(list.why).not.toBe('');
      }),
      { seed, numRuns: tlvRuns },
    );
  });
});
