/** Slips: what they say of every kind of transaction, and that they fit the paper. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarOf } from '../../../agent/calendar.ts';
import { paperWidths, type PaperWidth } from '../../../agent/receipts/paper.ts';
import {
  receiptOf,
  type Receipt,
  type Receipted,
  type ReceiptPlan,
} from '../../../agent/receipts/receipt.ts';
import { slipOf } from '../../../agent/receipts/slip.ts';
import type { Payment } from '../../../agent/payments/states.ts';
import { formatAmount, transactionTypes, type Amount } from '../../../contract/index.ts';
import { idOf, orderOf, visa } from '../../fixtures/payments.ts';
import { seed } from '../../fixtures/seed.ts';

const plan: ReceiptPlan = {
  copy: 'merchant',
  duplicate: false,
  deviceId: 'till-1',
  calendar: calendarOf('Europe/Berlin'),
  header: ['The Corner Shop', '1 High Street'],
  footer: ['Thank you!'],
  batchIsOpen: true,
  hasTipLine: false,
  tipPercents: [],
};

const approval = {
  ...{ is: 'approved', card: visa, attemptId: idOf('att', 1) },
  ...{ responseCode: '00', approvalCode: 'A1B2C3', hostReference: 'ref-1' },
} as const;

/** A sale of 42.50 USD that was approved, but for what is said otherwise. */
const sold = (differently: {
  order?: object;
  payment?: object;
  clock?: Receipted['clock'];
}): Receipted => ({
  order: { ...orderOf(1, { reference: 'table 4' }), ...differently.order },
  payment: { ...approval, ...differently.payment } as Payment,
  createdAt: Date.parse('2026-11-22T14:26:03Z'),
  clock: differently.clock ?? 'trusted',
});

const receipt = (differently = {}, otherwise: Partial<ReceiptPlan> = {}): Receipt =>
  receiptOf(sold(differently), { ...plan, ...otherwise });

const lines = (differently = {}, otherwise = {}, width: PaperWidth = 42): readonly string[] =>
  slipOf(receipt(differently, otherwise), width);

const slip = (differently = {}, otherwise = {}): string => lines(differently, otherwise).join('\n');

test('a merchant’s slip of an approved sale, in full', () => {
  expect(slip()).toBe(
    [
      '             The Corner Shop',
      '              1 High Street',
      '',
      '                   SALE',
      '2026-11-22                 15:26:03 +01:00',
      'Device                              till-1',
      'Batch                             System 1',
      'txn_00000000000000000000000001',
      'Reference                          table 4',
      '',
      'VISA                      411111******1111',
      'Entry                          CONTACTLESS',
      '',
      'TOTAL                            42.50 USD',
      '',
      '                 APPROVED',
      '',
      'Approval                            A1B2C3',
      'Response                                00',
      'Host ref.                            ref-1',
      '',
      '',
      'Signature ________________________________',
      '',
      '                Thank you!',
      '',
      '              MERCHANT COPY',
    ].join('\n'),
  );
});

describe('the customer’s copy', () => {
  const customer = { copy: 'customer' } as const;

  test('has the last four digits of the card and no others, nor its expiry', () => {
    const text = slip({}, customer);
    expect(text).toMatch(/^VISA +\*{12}1111$/m);
    expect(text).not.toContain('411111');
    expect(JSON.stringify(receipt({}, customer))).not.toContain('4912');
    expect(JSON.stringify(receipt())).not.toContain('4912');
  });

  test('has neither a signature nor a tip line', () => {
    const text = slip({}, { ...customer, hasTipLine: true });
    expect(text).not.toMatch(/Signature|Tip/);
    expect(text).toContain('CUSTOMER COPY');
  });

  test('of a card that shows fewer digits shows no more of it', () => {
    const card = { ...visa, maskedPan: '4111***************' };
    expect(slip({ payment: { card } }, customer)).toMatch(/^VISA +\*{19}$/m);
  });
});

describe('amounts', () => {
  const usd = (value: number): Amount => ({ value, currency: 'USD' });

  test('tell the parts before the total', () => {
    const order = { tipAmount: usd(600), surchargeAmount: usd(50) };
    expect(slip({ order })).toMatch(
      /Amount +36\.00 USD\nTip +6\.00 USD\nSurcharge +0\.50 USD\nTOTAL +42\.50 USD/,
    );
  });

  test('of an adjusted sale are the new ones', () => {
    const payment = { amount: usd(5_000), tipAmount: usd(750) };
    const text = slip({ payment });
    expect(text).toMatch(/Amount +42\.50 USD\nTip +7\.50 USD\nTOTAL +50\.00 USD/);
    expect(text).not.toMatch(/requested/i);
  });

  test('approved in part tell what was asked for, and say so', () => {
    const payment = { amount: usd(2_125), responseCode: '10' };
    const order = { tipAmount: usd(250) };
    const text = slip({ order, payment });
    expect(text).toMatch(
      /Amount +40\.00 USD\nTip +2\.50 USD\nRequested +42\.50 USD\nTOTAL +21\.25/,
    );
    expect(text).toMatch(/^ +PARTIALLY APPROVED$/m);
    const hold = slip({ order: { ...order, type: 'authorization' }, payment });
    expect(hold).toContain('PARTIALLY AUTHORISED - NOTHING CHARGED YET');
  });

  test('that moved nothing are only what was asked for', () => {
    const payment = { is: 'declined', by: 'host', reason: 'host_declined' };
    expect(slip({ payment })).toMatch(/REQUESTED +42\.50 USD/);
    expect(slip({ payment })).not.toMatch(/TOTAL/);
  });

  test('given back at the portal are told below the total', () => {
    const changes = [
      { kind: 'refund', amount: usd(1_000) },
      { kind: 'adjustment', amount: usd(4_250) },
      { kind: 'refund', amount: usd(250) },
    ];
    expect(slip({ payment: { changes } })).toMatch(/TOTAL +42\.50 USD\nGiven back +12\.50 USD/);
  });
});

describe('the tip line', () => {
  const asked = { hasTipLine: true, tipPercents: [15, 18, 20] };

  test('stands on the merchant’s copy, with what each suggestion comes to', () => {
    const text = slip({}, asked);
    for (const line of [
      '15% 6\\.38 USD +48\\.88',
      '18% 7\\.65 USD +50\\.15',
      '20% 8\\.50 USD +51\\.00',
    ]) {
      expect(text).toMatch(new RegExp(`^${line} USD$`, 'm'));
    }
    expect(text).toMatch(/\n\nTip _{38}\n\nTotal _{36}\n/);
  });

  test('suggests nothing unless that is wanted, and nothing of the surcharge', () => {
    expect(receipt({}, { ...asked, tipPercents: [] }).tipLine).toEqual({ suggested: [] });
    const order = { surchargeAmount: { value: 250, currency: 'USD' } };
    expect(receipt({ order }, asked).tipLine?.suggested[2]).toEqual({
      percent: 20,
      tipAmount: { value: 800, currency: 'USD' },
      totalAmount: { value: 5_050, currency: 'USD' },
    });
  });

  test.each<[string, object, object]>([
    ['nobody asked for it', {}, { hasTipLine: false }],
    ['its batch is closed', {}, { batchIsOpen: false }],
    ['it has a tip', { order: { tipAmount: { value: 1, currency: 'USD' } } }, {}],
    ['it was adjusted', { payment: { tipAmount: { value: 1, currency: 'USD' } } }, {}],
    ['it is no sale', { order: { type: 'refund' } }, {}],
    ['it was declined', { payment: { is: 'declined', by: 'host', reason: 'host_declined' } }, {}],
    ['its outcome is unknown', { payment: { is: 'unknown' } }, {}],
  ])('is not there when %s', (_why, differently, otherwise) => {
    expect(receipt(differently, { ...asked, ...otherwise }).tipLine).toBeUndefined();
  });
});

test('a time the clock could not vouch for is told as such', () => {
  expect(slip({ clock: 'untrusted' })).toContain('(time not confirmed)');
  for (const clock of ['bounded', 'trusted']) {
    expect(slip({ clock })).not.toContain('not confirmed');
  }
});

test('a duplicate says so at its head and at its foot', () => {
  const text = slip({}, { duplicate: true });
  expect(text.match(/\*\*\* DUPLICATE COPY \*\*\*/g)).toHaveLength(2);
  expect(slip()).not.toContain('DUPLICATE');
});

test('what a chip says of itself is told where it is known', () => {
  const tags = {
    ...{ '50': '566973612044E9626974', '84': 'A0000000031010', '95': '0000008000' },
    ...{ '9B': 'E800', '9F26': '1F2E3D4C5B6A7988' },
  };
  const chip = { cryptogramType: 'TC', verification: 'pin_offline', tags };
  const text = slip({ payment: { card: { ...visa, entryMode: 'chip', chip } } });
  expect(text).not.toContain('Signature');
  for (const line of [/Application +Visa Debit/, /AID +A0000000031010/, /TVR +0{6}8000/]) {
    expect(text).toMatch(line);
  }
  expect(text).toMatch(/TSI +E800\nTC +1F2E3D4C5B6A7988/);
});

test.each([
  ['chip', 'signature', true],
  ['chip', 'unknown', true],
  ['chip', 'none', false],
  ['chip', 'pin_online', false],
  ['chip', 'device', false],
  ['contactless', 'signature', true],
  ['contactless', 'unknown', false],
])(
  'of a card read by %s whose holder was verified by %s, a signature is asked for: %s',
  (entryMode, verification, is) => {
    const chip = { cryptogramType: 'TC', verification, tags: {} };
    const text = slip({ payment: { card: { ...visa, entryMode, chip } } });
    expect(text.includes('Signature')).toBe(is);
  },
);

test('a decline says why, in a sentence', () => {
  const payment = { is: 'declined', by: 'agent', reason: 'offline_forbidden' };
  const said = slip({ payment }).replaceAll('\n', ' ');
  expect(said).toContain('The request forbade an offline approval');
});

test(`no line is longer than the paper or anything but ASCII, whatever is on it (seed ${seed})`, () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 64 });
  const anyAmount = fc.record({
    value: fc.integer({ min: 0, max: 9_999_999_999 }),
    currency: fc.constantFrom('USD', 'JPY', 'KWD'),
  });
  const anything = fc.record({
    order: fc.record({
      type: fc.constantFrom(...transactionTypes),
      ...{ amount: anyAmount, tipAmount: anyAmount, surchargeAmount: anyAmount },
      ...{ reference: anyText, batch: fc.record({ name: anyText, number: fc.nat() }) },
    }),
    payment: fc.record({
      is: fc.constantFrom('approved', 'unknown', 'stored', 'awaiting_card', 'forward_declined'),
      ...{ amount: anyAmount, hostReference: anyText, approvalCode: anyText, reason: anyText },
      responseCode: fc.constantFrom('00', '10'),
    }),
  });
  const anyPlan = fc.record({
    copy: fc.constantFrom('customer', 'merchant'),
    ...{ duplicate: fc.boolean(), deviceId: anyText, hasTipLine: fc.boolean() },
    ...{ header: fc.array(anyText, { maxLength: 6 }), footer: fc.array(anyText, { maxLength: 6 }) },
  });
  fc.assert(
    fc.property(anything, anyPlan, fc.constantFrom(...paperWidths), (what, how, width) => {
      const found = lines(what, how, width);
      for (const line of found) expect(line).toMatch(new RegExp(`^[\\x20-\\x7e]{0,${width}}$`));
      const total = formatAmount(
        what.payment.is === 'approved' ? what.payment.amount : what.order.amount,
      );
      const priced = found.filter((line) => line.endsWith(` ${total}`) || line === total);
      if (what.payment.is !== 'approved') return;
      expect(priced.map((line) => line.length)).toContain(width);
    }),
    { seed, numRuns: 300 },
  );
});
