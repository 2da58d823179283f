/** What of a chip's answer is told onward, and what two of its tags mean. */
import { describe, expect, test } from 'vitest';
import { check, ChipData, decimalsOf } from '../../../contract/index.ts';
import {
  chipDataOf,
  cryptogramTypeOf,
  entryModeOf,
  verificationOf,
} from '../../../drivers/emv/chip.ts';
import { currencyNumber, currencyOfNumber, currencyValue } from '../../../drivers/emv/currency.ts';
import { explainStatus, explainVerification } from '../../../drivers/emv/explain.ts';
import { handlings } from '../../../drivers/emv/handling.ts';
import { handlingOf, hasForm, tags } from '../../../drivers/emv/tags.ts';
import { readObjects, type DataObject } from '../../../drivers/emv/tlv.ts';
import { dataObject, joined } from '../../../drivers/emv/write.ts';
import { decodeCapture, fromHex, toHex } from '../../../drivers/index.ts';
import { vector } from '../../fixtures/vectors.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

const objects = (hex: string): readonly DataObject[] => {
  const read = readObjects(bytes(hex));
  if (!read.ok) throw new Error(read.why);
  return read.objects;
};

const published = vector('emv-tlv-contactless-arqc-with-proprietary-tags').input_hex ?? '';

describe('the chip data of a published answer', () => {
  const chip = chipDataOf(objects(published), { entryMode: 'contactless' });

  test('says which cryptogram it is and how the cardholder was verified', () => {
    expect(chip).toMatchObject({ cryptogramType: 'ARQC', verification: 'none' });
  });

  test('is what the contract takes', () => {
    expect(check(ChipData, chip)).toMatchObject({ ok: true });
  });

  test('has the tags that may leave, and none that nobody knows or that tells a card', () => {
    const left = Object.keys(chip?.tags ?? {});
    expect(left).toContain('9F26');
    expect(left).toContain('9F10');
    for (const kept of ['5F20', 'DFAE02', 'DFAE03', 'DFAE57', 'DF28', 'DF30', '57', '5A']) {
      expect(left).not.toContain(kept);
    }
  });
});

describe('what leaves of a chip', () => {
  test.each(['5A', '57', '56', '9F6B', '9F20', '5F20', '99', '5F30', '9F1F', 'DFDF4D', 'DF28'])(
    'is never tag %s, however deep it lies',
    (tag) => {
      const within = dataObject('70', dataObject('77', dataObject(tag, bytes('4761739001010010'))));
      const read = readObjects(joined(within, bytes('9F270180')));
      const chip = chipDataOf(read.ok ? read.objects : [], { entryMode: 'chip' });
      expect(chip?.tags).toEqual({ '9F27': '80' });
    },
  );

  test('is no value that has another form than its tag: nobody knows what it is', () => {
    expect(handlingOf('9F36', bytes('0001'))).toBe('quiet');
    expect(handlingOf('9F36', bytes('4761739001010010'))).toBe('sealed');
    expect(handlingOf('9F02', bytes('00000000001A'))).toBe('sealed');
    expect(handlingOf('DF99', bytes('00'))).toBe('sealed');
  });

  test('is at most what the contract takes, and of a tag that comes twice the first', () => {
    const many = objects('8E0A00000000000000000000' + '9F270180' + '9F270140');
    expect(chipDataOf(many, { entryMode: 'chip' })).toMatchObject({ tags: { '9F27': '80' } });
    const long = readObjects(dataObject('9F4E', new Uint8Array(99).fill(0x41)));
    const chip = chipDataOf(long.ok ? long.objects : [], {
      entryMode: 'chip',
      cryptogramType: 'TC',
    });
    expect(check(ChipData, chip)).toMatchObject({ ok: true });
  });

  test('is nothing when neither the tags nor the reader say which cryptogram it is', () => {
    expect(chipDataOf(objects('82021980'), { entryMode: 'chip' })).toBeUndefined();
    expect(chipDataOf(objects('82021980'), { entryMode: 'chip', cryptogramType: 'AAC' })).toEqual({
      cryptogramType: 'AAC',
      verification: 'unknown',
      tags: { '82': '1980' },
    });
  });
});

describe('the tag table', () => {
  test('has a name for each tag, and a least length that is no more than the most', () => {
    for (const [
      tag,
      {
        says,
        bytes: [least, most],
      },
    ] of Object.entries(tags)) {
      expect(says, tag).not.toBe('');
      expect(least, tag).toBeLessThanOrEqual(most);
      expect(tag).toMatch(/^([0-9A-F]{2}){1,4}$/);
    }
  });

  test('lets nothing out in clear that it does not also let be kept', () => {
    for (const { keep, log, send, seal } of Object.values(handlings)) {
      expect(send && !keep).toBe(false);
      expect(log && !send).toBe(false);
      expect(send && !seal).toBe(false);
    }
  });

  test('lets no PIN leave, not even sealed', () => {
    expect(handlings[handlingOf('99', bytes('0011223344556677'))].seal).toBe(false);
  });

  test.each([
    ['9F02', '000000004250', true],
    ['9F02', '0000000042F0', false],
    ['5A', '4111111111111111', true],
    ['5A', '378282246310005F', true],
    ['5A', '37828224631F0005', false],
    ['50', '56495341', true],
    ['50', '5607', false],
    ['9F26', '00112233445566FF', true],
  ])('knows the form of tag %s: %s fits: %s', (tag, hex, fits) => {
    const row = tags[tag];
    expect(row !== undefined && hasForm(row, bytes(hex))).toBe(fits);
  });
});

test.each([
  ['00', 'AAC'],
  ['40', 'TC'],
  ['80', 'ARQC'],
  ['8F', 'ARQC'],
  ['C0', undefined],
])('9F27 of %s is %s', (hex, type) => {
  expect(cryptogramTypeOf(bytes(hex))).toBe(type);
});

test.each([
  ['1F0302', 'none'],
  ['3F0000', 'none'],
  ['1E0300', 'signature'],
  ['5E0300', 'signature'],
  ['410302', 'pin_offline'],
  ['440302', 'pin_offline'],
  ['420300', 'pin_online'],
  ['430302', 'signature'],
  ['410301', 'failed'],
  ['000000', 'failed'],
  ['2A0302', 'unknown'],
  ['1F', undefined],
])('9F34 of %s is %s', (hex, verification) => {
  expect(verificationOf(bytes(hex))).toBe(verification);
});

test.each([
  ['an offline PIN without contact', '9F2701809F3403010002', 'device'],
  ['the bit of Visa’s card transaction qualifiers', '9F2701809F6C0200809F34031F0302', 'device'],
  ['that Visa’s card wants its PIN at the host', '9F2701809F6C028000', 'pin_online'],
  ['that Visa’s card wants a signature', '9F2701809F6C024000', 'signature'],
  ['no method', '9F2701809F34031F0302', 'none'],
  ['a terminal that asks for no holder', '9F2701809F660426804000', 'none'],
  ['a terminal that asks for one', '9F2701809F660426C04000', 'unknown'],
  ['a reader that says nothing of it', '9F270180', 'unknown'],
])('%s (%s) means that its owner was verified by: %s', (_says, hex, verification) => {
  expect(chipDataOf(objects(hex), { entryMode: 'contactless' })).toMatchObject({ verification });
});

test.each(['chip', 'contactless'] as const)(
  'a reader that keeps 9F34 of a %s to itself may say in words how its holder was verified',
  (entryMode) => {
    const context = { entryMode, verification: 'pin_online' } as const;
    expect(chipDataOf(objects('9F270180'), context)).toMatchObject({ verification: 'pin_online' });
    const told = chipDataOf(objects('9F2701809F34031E0300'), context);
    expect(told).toMatchObject({ verification: 'signature' });
  },
);

test.each([
  ['02', 'stripe', false],
  ['05', 'chip', false],
  ['07', 'contactless', false],
  ['80', 'stripe', true],
  ['91', 'contactless', false],
])('9F39 of %s is %s, as a fallback: %s', (hex, entryMode, isFallback) => {
  expect(entryModeOf(bytes(hex))).toEqual({ entryMode, isFallback });
});

test('9F39 of anything else is nothing', () => {
  expect(entryModeOf(bytes('FF'))).toBeUndefined();
  expect(entryModeOf(undefined)).toBeUndefined();
});

test('the bits of 95 and 9B are said in words', () => {
  expect(explainVerification(bytes('8000048000'))).toEqual([
    'offline data authentication was not performed',
    'a PIN was entered for the host',
    'the amount exceeds the floor limit',
  ]);
  expect(explainVerification(bytes('0000000000'))).toEqual([]);
  expect(explainStatus(bytes('E800'))).toEqual([
    'offline data authentication was performed',
    'the cardholder was to be verified',
    'the card checked its own risk',
    'the terminal checked its risk',
  ]);
});

describe('currencies', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const known = letters
    .flatMap((one) => letters.flatMap((two) => letters.map((three) => one + two + three)))
    .filter((code) => decimalsOf(code) !== undefined);

  test('of the contract all have a number', () => {
    expect(known.length).toBeGreaterThan(150);
    expect(known.filter((code) => currencyNumber(code) === undefined)).toEqual([]);
  });

  test('have each a number of their own, and are found by it', () => {
    expect(new Set(known.map(currencyNumber)).size).toBe(known.length);
    for (const code of known) expect(currencyOfNumber(currencyNumber(code) ?? '')).toBe(code);
  });

  test.each([
    ['USD', '0840'],
    ['EUR', '0978'],
    ['AUD', '0036'],
    ['ALL', '0008'],
  ])('%s is %s in tag 5F2A', (code, hex) => {
    expect(toHex(currencyValue(code) ?? new Uint8Array())).toBe(hex);
  });

  test('that nobody knows have none', () => {
    expect(currencyValue('QQQ')).toBeUndefined();
    expect(currencyOfNumber('999')).toBeUndefined();
  });
});

describe('data objects for people', () => {
  const decoded = (hex: string) => decodeCapture('emv-tlv', bytes(hex));

  test('have names and, where a log may have them, values and what their bits mean', () => {
    expect(decoded('9505000000800084 07A0000000031010'.replaceAll(' ', ''))).toEqual({
      ok: true,
      decoded: {
        objects: [
          {
            tag: '95',
            says: 'Terminal verification results',
            value: '0000008000',
            means: ['the amount exceeds the floor limit'],
          },
          { tag: '84', says: 'Dedicated file name', value: 'A0000000031010' },
        ],
      },
    });
  });

  test('say of a card only how long it is', () => {
    const result = decoded(
      '5A0841111111111111115713 4111111111111111D25121010000000000000F'.replace(' ', ''),
    );
    expect(result).toMatchObject({ decoded: { objects: [{ byteCount: 8 }, { byteCount: 19 }] } });
    expect(JSON.stringify(result)).not.toContain('41111111');
  });

  test('may be a chip’s answer, with its status word', () => {
    expect(decoded('8407A00000000310109000')).toMatchObject({ decoded: { statusWord: '9000' } });
  });

  test.each([[''], ['8407'], ['84079000']])('%j is refused in a sentence', (hex) => {
    const result = decoded(hex);
    expect(result.ok ? '' : result.why).toMatch(/\.$/);
  });
});
