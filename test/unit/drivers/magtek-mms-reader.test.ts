/** The MMS driver against the simulated device, on a serial wire and as a HID device, clock in hand. */
import { describe, expect, test } from 'vitest';
import { bytesOf, toHex } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import type { SimulatedMms } from '../../../simulator/readers/magtek-mms.ts';
import { purchase } from '../../fixtures/purchase.ts';
import {
  approved,
  armed,
  cardIn,
  declined,
  kinds,
  lineKinds,
  ready,
  setUp,
  unable,
  visa,
} from './magtek-mms-bench.ts';

describe.each(lineKinds)('the MMS driver on %s', (kind) => {
  test('ends what was left running, asks who the device is, and is ready', () => {
    const { said, device } = setUp(kind);
    expect(said()).toEqual([
      {
        is: 'ready',
        identity: {
          serialNumber: 'B571AF2',
          firmware: '1000007393-A6-PRD',
          securityLevel: 'encrypted',
        },
      },
    ]);
    expect(device.heard.map((request) => toHex(request.subarray(6, 8)))).toEqual([
      '1008',
      'D101',
      'D101',
    ]);
  });

  test('reads a chip, hands it the issuer’s answer, and tells what became of it', () => {
    const { said, reader, device } = armed(kind);
    device.insert(visa());
    const events = said();
    expect(kinds(events)).toEqual(['processing', 'card']);
    expect(cardIn(events)).toMatchObject({
      card: {
        maskedPan: '4111********1111',
        expiry: '4912',
        brand: 'visa',
        entryMode: 'chip',
      },
      entryMode: 'chip',
      securityLevel: 'encrypted',
      chip: { cryptogramType: 'ARQC', verification: 'unknown', awaitsAnswer: true },
    });
    reader.answer(approved);
    expect(kinds(said())).toEqual(['completed approved']);
    device.remove();
    expect(said()).toEqual([]);
  });

  test.each([
    ['approved', approved, {}, 'approved'],
    ['declined by its issuer', declined, {}, 'declined'],
    ['not to be had an answer for', unable, {}, 'declined'],
    ['declined by the chip after all', approved, { declinesAfterApproval: true }, 'declined'],
    ['gone before the answer came', approved, { leavesBeforeAnswer: true }, 'card_removed'],
  ] as const)('tells of a chip that is %s', (_says, answer, habits, verdict) => {
    const { said, reader, device } = armed(kind);
    device.insert(visa(habits));
    said();
    reader.answer(answer);
    expect(kinds(said())).toContain(`completed ${verdict}`);
  });

  test('tells that the card was taken out while its issuer was asked', () => {
    const { said, reader, device } = armed(kind);
    device.insert(visa());
    said();
    device.remove();
    expect(kinds(said())).toEqual(['completed card_removed']);
    reader.answer(approved);
    expect(said(60_000)).toEqual([]);
  });

  test.each([
    ['approves', 'TC'],
    ['declines', 'AAC'],
  ] as const)('reads a chip that %s by itself, and waits for nobody', (_says, decides) => {
    const { said, device } = armed(kind);
    device.insert(visa({ decides }));
    expect(cardIn(said())).toMatchObject({
      entryMode: 'chip',
      chip: { cryptogramType: decides, awaitsAnswer: false },
    });
  });

  test('reads a card that is held to it', () => {
    const { said, reader, device } = armed(kind);
    device.tap(visa({ verification: 'device' }));
    expect(cardIn(said())).toMatchObject({
      entryMode: 'contactless',
      chip: { cryptogramType: 'ARQC', awaitsAnswer: true },
    });
    reader.answer(approved);
    expect(kinds(said())).toEqual(['completed approved']);
  });

  test('reads a stripe, which waits for no answer, and lets the device go', () => {
    const { said, reader, device } = armed(kind);
    device.swipe(testCards.amex);
    const read = cardIn(said());
    expect(read).toMatchObject({
      card: { maskedPan: '3782*******0005', expiry: '4912', brand: 'amex', entryMode: 'stripe' },
      entryMode: 'stripe',
    });
    expect(read.chip).toBeUndefined();
    reader.arm(purchase);
    said();
    device.swipe(testCards.mastercard);
    expect(cardIn(said())).toMatchObject({ card: { brand: 'mastercard' } });
  });

  test('lets the card go at once with the quick flow', () => {
    const { said, device } = armed(kind, { settings: { quickChip: true } });
    device.insert(visa());
    expect(cardIn(said())).toMatchObject({ chip: { cryptogramType: 'ARQC', awaitsAnswer: false } });
  });

  test('says that a chip cannot be read, and takes the stripe instead', () => {
    const { said, device } = armed(kind);
    device.insert(visa({ unreadable: true }));
    expect(kinds(said())).toEqual(['processing', 'chip_unreadable']);
    device.remove();
    said(1_000);
    device.swipe(testCards.visa);
    expect(kinds(said())).toContain('card');
  });

  test('tells the texts of a device without a display', () => {
    const { said, reader, device } = ready(kind, { options: { hasDisplay: false } });
    reader.arm(purchase);
    expect(kinds(said())).toEqual(['present_card']);
    device.insert(visa());
    expect(kinds(said())).toEqual(['processing', 'card', 'processing']);
    reader.answer(approved);
    expect(kinds(said())).toEqual(['completed approved']);
  });

  test('starts the device again when nobody came', () => {
    const { said, device } = armed(kind, { settings: { transactionSeconds: 30 } });
    expect(said(30_000)).toEqual([]);
    device.insert(visa());
    expect(kinds(said())).toContain('card');
  });

  test('takes no card once it is disarmed, and another purchase after that', () => {
    const { said, reader, device } = armed(kind);
    reader.disarm();
    said();
    device.swipe(testCards.visa);
    expect(said()).toEqual([]);
    reader.arm(purchase);
    said();
    device.swipe(testCards.visa);
    expect(kinds(said())).toContain('card');
  });

  test('lets a waiting chip go when it is disarmed, and no answer reaches it any more', () => {
    const { said, reader, device } = armed(kind);
    device.insert(visa());
    said();
    reader.disarm();
    reader.answer(approved);
    expect(said(60_000)).toEqual([]);
    device.remove();
    reader.arm(purchase);
    said();
    device.tap(visa());
    expect(kinds(said())).toContain('card');
  });

  test('takes another purchase in place of the one it was armed for', () => {
    const { said, reader, device } = armed(kind);
    reader.arm({ ...purchase, amount: { value: 99, currency: 'EUR' } });
    said();
    const last = device.heard.at(-1) ?? new Uint8Array();
    expect(toHex(last)).toContain('9F0206000000000099');
    expect(toHex(last)).toContain('5F2A020978');
  });

  test('is tested between two cards, and while one is awaited when that is over', () => {
    const { said, reader, device } = ready(kind);
    reader.test();
    expect(said()).toMatchObject([
      { is: 'tested', passed: true, detail: '2 of 2 questions answered.' },
    ]);
    reader.arm(purchase);
    said();
    reader.test();
    expect(said()).toEqual([]);
    device.swipe(testCards.visa);
    expect(kinds(said())).toEqual(['processing', 'card', 'tested']);
  });

  test('puts ciphertext and key serial number into the account data, and no number', () => {
    const { said, device } = armed(kind);
    device.insert(visa());
    const text = cardIn(said()).accountData.use((bytes) => Buffer.from(bytes).toString('latin1'));
    expect(JSON.parse(text)).toMatchObject({
      scheme: 'magtek-mms',
      ksn: 'FFFF9876543210E00001',
      encryptionType: '80',
    });
    expect(text).not.toContain(testCards.visa.pan);
    expect(text).not.toContain(toHex(bytesOf(testCards.visa.pan)));
  });

  test('says nothing of a number or a track in anything else', () => {
    const { said, reader, device } = armed(kind, { options: { hasDisplay: false } });
    const shown: string[] = [];
    const keep = () => void shown.push(JSON.stringify(said()));
    device.insert(visa());
    keep();
    reader.answer(approved);
    keep();
    reader.arm(purchase);
    keep();
    device.swipe(testCards.visa);
    keep();
    expect(shown.join('')).not.toMatch(/4111111111111111|34313131313131|TEST/);
  });

  test('gives the same card the same likeness in every way, and another card another', () => {
    const likeness = (way: (device: SimulatedMms) => void) => {
      const { said, device } = armed(kind);
      way(device);
      return cardIn(said()).likeness.use((text) => text);
    };
    const first = likeness((device) => device.insert(visa()));
    expect(likeness((device) => device.tap(visa()))).toBe(first);
    expect(likeness((device) => device.swipe(testCards.visa))).toBe(first);
    expect(likeness((device) => device.swipe(testCards.mastercard))).not.toBe(first);
  });

  test('agrees to no purchase in a currency no chip knows', () => {
    const { said, reader } = ready(kind);
    reader.arm({ ...purchase, amount: { value: 1, currency: 'ZZZ' } });
    expect(kinds(said())).toEqual(['not_accepted']);
  });

  test('is lost when the device is unplugged, in whatever it was doing', () => {
    for (const until of ['armed', 'deciding', 'answering'] as const) {
      const { said, reader, device, wire } = armed(kind);
      if (until !== 'armed') device.insert(visa());
      said();
      if (until === 'answering') reader.answer(approved);
      wire.unplug();
      expect(kinds(said()).at(-1)).toBe('lost');
      reader.answer(approved);
      reader.disarm();
      expect(said(100_000)).toEqual([]);
    }
  });

  test('closes its line', () => {
    const { said, reader } = armed(kind);
    reader.close();
    expect(said()).toMatchObject([{ is: 'lost', why: 'closed' }]);
  });

  test('refuses settings it does not know, in a sentence', () => {
    const { said } = setUp(kind, { settings: { transactionSeconds: 0 } });
    expect(said()).toEqual([
      {
        is: 'lost',
        why: 'failed',
        detail: 'The setting transactionSeconds takes a whole number from 1 to 255.',
      },
    ]);
  });
});
