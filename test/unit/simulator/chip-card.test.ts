/** The chip card played by code: its cryptograms, its habits, and what it does with its issuer's answer. */
import { describe, expect, test } from 'vitest';
import { chipDataOf, dataObject, fromHex, joined, readObjects } from '../../../drivers/index.ts';
import type { IssuerAnswer } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import {
  chipCard,
  issuerDataFor,
  type ChipHabits,
  type ChipTags,
} from '../../../simulator/readers/chip-card.ts';
import { cardMasterKey, cryptogram, sessionKey } from '../../../simulator/readers/cryptogram.ts';
import { purchase as plain } from '../../fixtures/purchase.ts';

const purchase = { ...plain, unpredictable: Uint8Array.of(1, 2, 3, 4) };
const approved: IssuerAnswer = { result: 'approved', responseCode: '00' };
const declined: IssuerAnswer = { result: 'declined', responseCode: '05' };

const started = (
  habits: Partial<ChipHabits> = {},
  entry: 'contact' | 'contactless' = 'contact',
) => {
  const card = chipCard(testCards.visa, habits);
  const tags = card.start(purchase, entry);
  if (tags === undefined) throw new Error('The card cannot be read.');
  return { card, tags };
};

const kindOf = (tags: ChipTags | undefined): string | undefined => tags?.get('9F27');

describe('a chip card', () => {
  test('asks its issuer about the purchase it was shown', () => {
    const { tags } = started();
    expect(Object.fromEntries(tags)).toMatchObject({
      '9F02': '000000004250',
      '5F2A': '0840',
      '9A': '260921',
      '9C': '00',
      '9F27': '80',
      '9F36': '0001',
      '9F37': '01020304',
      '9F39': '05',
      '57': '4111111111111111D491220100000000000F',
    });
    expect(tags.get('9F26')).toMatch(/^[0-9A-F]{16}$/);
  });

  test('tells nothing in clear that the tag table keeps back', () => {
    const { tags } = started();
    const whole = [...tags].map(([tag, value]) =>
      dataObject(tag, fromHex(value) ?? new Uint8Array()),
    );
    const read = readObjects(joined(...whole));
    const chip = chipDataOf(read.ok ? read.objects : [], { entryMode: 'chip' });
    expect(chip).toMatchObject({ cryptogramType: 'ARQC', verification: 'none' });
    expect(Object.keys(chip?.tags ?? {})).not.toContain('5A');
    expect(JSON.stringify(chip)).not.toContain(testCards.visa.pan);
  });

  test('puts its cryptogram to amount, date, number and count: another of any is another cryptogram', () => {
    const first = started().tags.get('9F26');
    const other = (change: object) =>
      chipCard(testCards.visa)
        .start({ ...purchase, ...change }, 'contact')
        ?.get('9F26');
    expect(other({})).toBe(first);
    expect(other({ amount: { value: 4_251, currency: 'USD' } })).not.toBe(first);
    expect(other({ amount: { value: 4_250, currency: 'EUR' } })).not.toBe(first);
    expect(other({ at: purchase.at + 86_400 })).not.toBe(first);
    expect(other({ unpredictable: Uint8Array.of(1, 2, 3, 5) })).not.toBe(first);
    const { card } = started();
    expect(card.start(purchase, 'contact')?.get('9F26')).not.toBe(first);
    expect(card.start(purchase, 'contact')?.get('9F36')).toBe('0003');
  });

  test('has a key of its own', () => {
    const values = new Uint8Array(8);
    const key = { sequence: '01', counter: Uint8Array.of(0, 1) };
    const of = (pan: string) => cryptogram({ ...key, pan }, values).toString('hex');
    expect(of('4111111111111111')).toHaveLength(16);
    expect(of('4111111111111111')).not.toBe(of('5555555555554444'));
  });

  // Known answers of pyemv 1.5 for the same master key; the lowest bit of each byte is only parity.
  test('derives its keys as others do', () => {
    const key = { pan: '99012345678901234', sequence: '45', counter: Uint8Array.of(0, 1) };
    const withoutParity = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte & 0xfe);
    expect(withoutParity(cardMasterKey(key))).toEqual(
      withoutParity(Buffer.from('67F8292358083E5EA7AB7FDA58D53B6B', 'hex')),
    );
    expect(sessionKey(key).toString('hex').toUpperCase()).toBe('68533955B11DEC088A36B4871DEAF9CF');
  });

  test.each([
    ['approves when its issuer does', approved, {}, '40'],
    ['declines when its issuer does', declined, {}, '00'],
    ['declines when nobody could be asked', { ...approved, result: 'unable' }, {}, '00'],
    ['may decline what its issuer approved', approved, { declinesAfterApproval: true }, '00'],
  ] as const)('%s', (_says, answer, habits, kind) => {
    expect(kindOf(started(habits).card.finish(answer))).toBe(kind);
  });

  test('believes its issuer’s proof, and no other’s', () => {
    const { card, tags } = started();
    const issuerData = issuerDataFor(testCards.visa, tags, '00');
    expect(kindOf(card.finish({ ...approved, issuerData }))).toBe('40');
    const again = started();
    const wrong = issuerDataFor(testCards.mastercard, again.tags, '00');
    expect(kindOf(again.card.finish({ ...approved, issuerData: wrong }))).toBe('00');
  });

  test.each([
    ['TC', '40'],
    ['AAC', '00'],
  ] as const)('may answer %s by itself, and then waits for nobody', (decides, kind) => {
    const { card, tags } = started({ decides });
    expect(kindOf(tags)).toBe(kind);
    expect(card.finish(approved)).toBeUndefined();
  });

  test('gives no second cryptogram once it is gone, or without contact, or without a first', () => {
    expect(started({ leavesBeforeAnswer: true }).card.finish(approved)).toBeUndefined();
    expect(started({}, 'contactless').card.finish(approved)).toBeUndefined();
    expect(chipCard(testCards.visa).finish(approved)).toBeUndefined();
  });

  test('decides once about each purchase', () => {
    const { card } = started();
    expect(card.finish(approved)).toBeDefined();
    expect(card.finish(approved)).toBeUndefined();
  });

  test('may be unreadable', () => {
    const broken = chipCard(testCards.visa, { unreadable: true });
    expect(broken.start(purchase, 'contact')).toBeUndefined();
  });

  test.each([
    ['signature', 'contact', 'signature'],
    ['pin_offline', 'contact', 'pin_offline'],
    ['pin_online', 'contact', 'pin_online'],
    ['failed', 'contact', 'failed'],
    ['device', 'contactless', 'device'],
  ] as const)('tells that its holder was verified by %s', (verification, entry, told) => {
    const { tags } = started({ verification }, entry);
    const value = dataObject('9F34', fromHex(tags.get('9F34') ?? '') ?? new Uint8Array());
    const read = readObjects(value);
    const entryMode = entry === 'contact' ? 'chip' : 'contactless';
    const context = { entryMode, cryptogramType: 'ARQC' } as const;
    expect(chipDataOf(read.ok ? read.objects : [], context)).toMatchObject({ verification: told });
  });

  test('may keep to itself how its holder was verified', () => {
    expect(started({ verification: 'unknown' }, 'contact').tags.has('9F34')).toBe(false);
  });
});
