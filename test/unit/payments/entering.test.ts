/** Entering an order: amounts that can be charged, what the settings allow, and the order it becomes. */
import { describe, expect, test } from 'vitest';
import { amountValueMax, batchLimits, check, facts } from '../../../contract/index.ts';
import type { Batch } from '../../../agent/batches/batch.ts';
import {
  needsCard,
  unfitAmounts,
  unfitForSettings,
  type TransactionRequest,
} from '../../../agent/payments/entering.ts';
import { openCurrenciesQuery } from '../../../agent/ledger/holdings.ts';
import { BusyTill } from '../../rigs/busy-till.ts';
import { containing } from '../../rigs/containing.ts';
import { settingsWith } from '../../rigs/linked-ledger.ts';
import { Till } from '../../rigs/till.ts';

const usd = (value: number) => ({ value, currency: 'USD' });
const sale = (differently: Partial<TransactionRequest> = {}): TransactionRequest => ({
  ...{ type: 'sale', amount: usd(1_000) },
  ...differently,
});
const originalTransactionId = 'txn_00000000000000000000000001';

const closedNow: Batch = {
  is: 'closed',
  closed: {
    ...{ batch: { name: 'System', number: 1 }, openedAt: 0, trigger: 'hand', totals: [] },
    ...{ carried: [], pages: 0, digest: '0'.repeat(64) },
  },
};

const codeOf = (request: TransactionRequest, settings: Readonly<Record<string, unknown>> = {}) =>
  (unfitAmounts(request) ?? unfitForSettings(request, settingsWith(settings)))?.code;

describe('what begins with a card', () => {
  test('is a sale, an authorization, and a refund that names no sale', () => {
    expect(needsCard(sale())).toBe(true);
    expect(needsCard({ type: 'authorization' })).toBe(true);
    expect(needsCard({ type: 'refund' })).toBe(true);
    expect(needsCard({ type: 'refund', originalTransactionId })).toBe(false);
    for (const type of ['capture', 'void', 'adjustment'] as const) {
      expect(needsCard({ type })).toBe(false);
    }
  });

  test('follows nothing', () => {
    for (const [type, begun] of [
      ['sale', 'A sale'],
      ['authorization', 'An authorization'],
    ] as const) {
      expect(unfitAmounts(sale({ type, originalTransactionId }))).toMatchObject({
        ...{ code: 'original_not_fit', detail: `${begun} follows nothing; it begins with a card.` },
      });
    }
  });
});

describe('what follows another transaction', () => {
  const follows = { originalTransactionId, amount: usd(1_000) };

  test.each(['refund', 'void', 'capture', 'adjustment'] as const)(
    'takes no surcharge, and says what does: a %s',
    (type) => {
      expect(unfitAmounts({ ...follows, type, surchargeAmount: usd(0) })).toEqual({
        ...{ is: 'refused', code: 'amount_invalid' },
        detail: 'surchargeAmount is sent with a sale or an authorization; leave it out here.',
      });
    },
  );

  test.each(['refund', 'void'] as const)('takes no tip as a %s, and says what does', (type) => {
    expect(unfitAmounts({ ...follows, type, tipAmount: usd(0) })).toEqual({
      ...{ is: 'refused', code: 'amount_invalid' },
      detail:
        'tipAmount is sent with a sale, an authorization, a capture or an adjustment; leave it out here.',
    });
  });

  test.each(['capture', 'adjustment'] as const)('takes a tip as %s', (type) => {
    expect(unfitAmounts({ ...follows, type, tipAmount: usd(0) })).toBeUndefined();
  });
});

describe('a batch', () => {
  // Thirty currencies with two decimals, and one more.
  const codes = [
    ...['AED', 'AFN', 'ALL', 'AMD', 'AUD', 'AZN', 'BAM', 'BBD', 'BGN', 'BMD', 'BND', 'BOB', 'BRL'],
    ...['BSD', 'BTN', 'BWP', 'BYN', 'BZD', 'CAD', 'CDF', 'CHF', 'CNY', 'COP', 'CRC', 'CUP', 'CVE'],
    ...['CZK', 'DKK', 'DOP', 'DZD', 'EGP'],
  ];
  const [last = '', ...most] = codes.reverse();

  const full = () => {
    const busy = new BusyTill();
    for (const currency of most) busy.approved({ amount: { value: 100, currency } });
    return busy;
  };

  test('holds thirty currencies, takes more of each, and no other one until it is closed', () => {
    expect(most).toHaveLength(batchLimits.currenciesMost);
    const busy = full();
    busy.approved({ amount: { value: 100, currency: 'AED' } });
    const strange = { amount: { value: 100, currency: last } };
    expect(busy.till.begin(strange)).toMatchObject({
      ...{ is: 'refused', code: 'currency_unsupported' },
      detail: containing('holds 30 currencies, the most there may be, and EGP is none of them'),
    });
    expect(busy.till.begin({ ...strange, batchName: 'Bar' }).is).toBe('begun');
    busy.till.cashier.cancel(busy.ledger.transactions.underWay()[0]?.order.transactionId ?? '');
    const { ledger } = busy;
    ledger.commit(() => ledger.batches.move({ name: 'System', number: 1 }, closedNow, 0));
    expect(busy.till.begin(strange).is).toBe('begun');
  });

  test('counts what a closing one may carry into it', () => {
    const { ledger, till } = full();
    ledger.commit(() =>
      ledger.batches.move({ name: 'System', number: 1 }, { is: 'closing', trigger: 'hand' }, 0),
    );
    expect(till.begin({ amount: { value: 100, currency: last } })).toMatchObject({
      code: 'currency_unsupported',
    });
    expect(till.begin({ amount: { value: 100, currency: 'AED' } }).is).toBe('begun');
  });

  test('is looked at for what follows another transaction too', () => {
    const busy = full();
    const sale = busy.approved({ amount: { value: 100, currency: last }, batchName: 'Bar' });
    expect(busy.try('refund', sale, { batchName: 'System' })).toMatchObject({
      code: 'currency_unsupported',
    });
    expect(busy.try('refund', sale).is).toBe('begun');
  });

  test('is looked at by its key, however many batches and transactions there are', () => {
    const { db } = full().till.opened;
    const plan = db
      .prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${openCurrenciesQuery}`)
      .all({ name: 'System' });
    expect(plan.map(({ detail }) => detail).filter((detail) => detail.startsWith('SCAN'))).toEqual(
      [],
    );
  });
});

describe('an amount', () => {
  test.each([
    ['one minor unit', usd(1), undefined],
    ['the most there is', usd(amountValueMax), undefined],
    ['yen, that have no decimals', { value: 1, currency: 'JPY' }, undefined],
    ['dinars, that have three', { value: 1_001, currency: 'KWD' }, undefined],
    ['nothing', usd(0), 'amount_invalid'],
    ['less than nothing', usd(-1), 'amount_invalid'],
    ['none at all', undefined, 'amount_invalid'],
    ['a currency nobody lists', { value: 1, currency: 'ABC' }, 'currency_unsupported'],
    ['gold', { value: 1, currency: 'XAU' }, 'currency_unsupported'],
  ])('of %s', (_what, amount, code) => {
    const { amount: _, ...rest } = sale();
    for (const type of ['sale', 'authorization', 'refund'] as const) {
      expect(codeOf({ ...rest, type, ...(amount === undefined ? {} : { amount }) })).toBe(code);
    }
  });

  test('and its parts are in one currency', () => {
    const euro = { value: 1, currency: 'EUR' };
    expect(unfitAmounts(sale({ tipAmount: euro }))).toMatchObject({
      ...{ code: 'amount_invalid', detail: 'Amount, tip and surcharge must be in one currency.' },
    });
    expect(codeOf(sale({ surchargeAmount: euro }))).toBe('amount_invalid');
    const strange = { value: 1, currency: 'ABC' };
    expect(codeOf(sale({ tipAmount: strange }))).toBe('currency_unsupported');
    expect(
      unfitAmounts({ type: 'adjustment', originalTransactionId, tipAmount: strange })?.code,
    ).toBe('currency_unsupported');
  });

  test('is the total, of which tip and surcharge are parts', () => {
    const settings = { 'tip.limitPercent': 1_000, 'surcharge.limitPercent': 100 };
    const parts = (tip: number, surcharge: number) =>
      codeOf(sale({ tipAmount: usd(tip), surchargeAmount: usd(surcharge) }), settings);
    expect(parts(600, 200)).toBeUndefined();
    expect(parts(700, 301)).toBe('amount_invalid');
    expect(parts(1_001, 0)).toBe('amount_invalid');
    // A tip for nothing.
    expect(parts(1_000, 0)).toBe('tip_exceeds_limit');
    expect(parts(0, 0)).toBeUndefined();
  });
});

describe('the settings', () => {
  test.each([
    [0, 0],
    [15, 130],
    [20, 166],
    [100, 500],
  ])('a tip limit of %i % lets a tip of %i of 10.00 pass, and not one more', (percent, most) => {
    const settings = { 'tip.limitPercent': percent };
    expect(codeOf(sale({ tipAmount: usd(most) }), settings)).toBeUndefined();
    expect(codeOf(sale({ tipAmount: usd(most + 1) }), settings)).toBe('tip_exceeds_limit');
  });

  test.each([
    [0, 0],
    [4, 38],
    [100, 500],
  ])('a surcharge limit of %i % lets a surcharge of %i of 10.00 pass', (percent, most) => {
    const settings = { 'surcharge.limitPercent': percent };
    expect(codeOf(sale({ surchargeAmount: usd(most) }), settings)).toBeUndefined();
    expect(codeOf(sale({ surchargeAmount: usd(most + 1) }), settings)).toBe(
      'surcharge_exceeds_limit',
    );
  });

  test('a ZIP code that is asked for has to be sent, or that it was not given', () => {
    const settings = { hasZipCodePrompt: true };
    expect(codeOf(sale(), settings)).toBe('prompt_missing');
    expect(codeOf(sale({ prompts: {} }), settings)).toBe('prompt_missing');
    expect(codeOf(sale({ prompts: { zipCode: '94107' } }), settings)).toBeUndefined();
    expect(codeOf(sale({ prompts: { zipCode: null } }), settings)).toBeUndefined();
    expect(codeOf(sale({ type: 'authorization' }), settings)).toBe('prompt_missing');
    expect(codeOf(sale({ type: 'refund' }), settings)).toBeUndefined();
  });

  test('a CVV that is asked for has to be answered for, and is never taken', () => {
    const settings = { hasCvvPrompt: true };
    expect(codeOf(sale(), settings)).toBe('prompt_missing');
    for (const cvv of ['bypassed', 'illegible', 'not_present'] as const) {
      expect(codeOf(sale({ prompts: { cvv } }), settings)).toBeUndefined();
    }
    const { prompts } = facts['transaction.created'].body.properties;
    expect(check(prompts, { cvv: '123' }).ok).toBe(false);
  });
});

describe('the order', () => {
  test('is told with all that was asked for, but what only comes back', () => {
    const till = new Till();
    const asked = {
      ...{ tipAmount: usd(500), surchargeAmount: usd(100), reference: 'table 4' },
      ...{ userDefinedFields: { clerk: '7' }, prompts: { zipCode: '94107' }, echo: 'back' },
    };
    const transactionId = till.sell(asked);
    const { echo, ...told } = asked;
    const [created] = till.opened.ledger.upLog.historyOf(transactionId);
    expect(created?.body).toMatchObject({ type: 'sale', amount: usd(4_250), ...told });
    expect(created?.body).not.toHaveProperty('echo');
    expect(till.opened.ledger.transactions.find(transactionId)?.order).toMatchObject({ echo });
  });

  test.each([
    ['with tip and surcharge', { tipAmount: usd(0), surchargeAmount: usd(0) }],
    ['with the most there is', { amount: usd(amountValueMax) }],
    ['of an authorization', { type: 'authorization' }],
    ['of a refund', { type: 'refund' }],
  ] as const)('%s fits the contract', (_what, differently) => {
    const till = new Till();
    const transactionId = till.swipe(undefined, differently);
    for (const { type, body } of till.opened.ledger.upLog.historyOf(transactionId)) {
      const { body: shape } = facts[type as 'transaction.created' | 'attempt.sent'];
      expect(check(shape, body)).toMatchObject({ ok: true });
    }
  });

  test('what is refused is in no ledger, and arms no reader', () => {
    const till = new Till();
    for (const refused of [
      { amount: usd(-1) },
      { tipAmount: usd(4_251) },
      { originalTransactionId },
    ]) {
      expect(till.begin(refused, 'one key').is).toBe('refused');
    }
    expect([till.reader().armed, till.opened.ledger.upLog.head().seq]).toEqual([0, 0]);
    expect(till.begin({}, 'one key').is).toBe('begun');
  });
});
