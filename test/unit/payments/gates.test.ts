/** The gates of an offline approval: each at its limit and one past it, and the order they stand in. */
import { describe, expect, test } from 'vitest';
import { effective, type Settings } from '../../../config/index.ts';
import { gateRefusals, type GateRefusal } from '../../../contract/index.ts';
import {
  firstClosedGate,
  limitIn,
  type Ask,
  type Standing,
} from '../../../agent/payments/gates.ts';
import { visa } from '../../fixtures/payments.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const now = 1_000 * dayMs;

const settingsWith = (differently: Record<string, unknown> = {}): Settings => {
  const file = new Map(Object.entries({ 'offline.enabled': true, ...differently }));
  const outcome = effective({ file });
  if (!outcome.ok) throw new Error(outcome.why);
  return outcome.settings;
};

const ask: Ask = {
  type: 'sale',
  amount: { value: 5_000, currency: 'USD' },
  card: visa,
  offline: 'allow',
  onlinePin: false,
  approvedByCard: false,
  repetitionMeant: false,
};

const standing: Standing = {
  now,
  rolledBack: false,
  clockDoubtful: false,
  countedCount: 0,
  countedTotal: 0,
  cardUses: 0,
  portalReachedAt: now,
  storageAvailable: true,
  year: 2026,
  month: 12,
};

interface Case {
  readonly ask?: Partial<Ask>;
  readonly standing?: Partial<Standing>;
  readonly settings?: Record<string, unknown>;
}

const closed = (each: Case): GateRefusal | undefined =>
  firstClosedGate(
    { ...ask, ...each.ask },
    { ...standing, ...each.standing },
    settingsWith(each.settings),
  );

test('an ordinary contactless sale passes every gate', () => {
  expect(closed({})).toBeUndefined();
});

const brand = { 'offline.brandAmountLimit': { visa: { USD: '50.00' } } };
const expiring = (expiry: string): Case => ({ ask: { card: { ...visa, expiry } } });

/** One row a gate: the last case that passes, and the first that does not. */
const limits: Record<GateRefusal, { passes: Case; fails: Case }> = {
  offline_disabled: { passes: {}, fails: { settings: { 'offline.enabled': false } } },
  offline_forbidden: { passes: {}, fails: { ask: { offline: 'forbid' } } },
  offline_refund_not_allowed: { passes: {}, fails: { ask: { type: 'refund' } } },
  ledger_rolled_back: { passes: {}, fails: { standing: { rolledBack: true } } },
  clock_untrusted: { passes: {}, fails: { standing: { clockDoubtful: true } } },
  offline_window_expired: {
    passes: { standing: { oldestStoredAt: now - 24 * hourMs } },
    fails: { standing: { oldestStoredAt: now - 24 * hourMs - 1 } },
  },
  offline_count_exceeded: {
    passes: { standing: { countedCount: 99 } },
    fails: { standing: { countedCount: 100 } },
  },
  offline_amount_exceeded: {
    passes: { ask: { amount: { value: 10_000, currency: 'USD' } } },
    fails: { ask: { amount: { value: 10_001, currency: 'USD' } } },
  },
  offline_brand_amount_exceeded: {
    passes: { settings: brand },
    fails: { settings: brand, ask: { amount: { value: 5_001, currency: 'USD' } } },
  },
  offline_total_exceeded: {
    passes: { standing: { countedTotal: 95_000 } },
    fails: { standing: { countedTotal: 95_001 } },
  },
  offline_card_velocity_exceeded: {
    passes: { standing: { cardUses: 1 } },
    fails: { standing: { cardUses: 2 } },
  },
  entry_mode_not_allowed: {
    passes: { ask: { card: { ...visa, entryMode: 'chip' } } },
    fails: { ask: { card: { ...visa, entryMode: 'stripe' } } },
  },
  cvm_not_allowed: { passes: {}, fails: { ask: { onlinePin: true } } },
  card_expired: { passes: expiring('2612'), fails: expiring('2611') },
  bin_excluded: {
    passes: { settings: { 'offline.excludedBins': ['411112', '42', '5'] } },
    fails: { settings: { 'offline.excludedBins': ['5', '411111'] } },
  },
  duplicate_suspected: {
    passes: { standing: { sameSaleAt: now - 300_001 } },
    fails: { standing: { sameSaleAt: now - 300_000 } },
  },
  storage_unavailable: { passes: {}, fails: { standing: { storageAvailable: false } } },
  reader_stale: {
    passes: { standing: { portalReachedAt: now - 30 * dayMs } },
    fails: { standing: { portalReachedAt: now - 30 * dayMs - 1 } },
  },
};

const gates = Object.keys(gateRefusals) as GateRefusal[];

test.each(gates)('%s opens up to its limit, and closes one past it', (gate) => {
  expect(closed(limits[gate].passes)).toBeUndefined();
  expect(closed(limits[gate].fails)).toBe(gate);
});

test('with everything wrong, mending one by one shows the gates in the order of the contract', () => {
  const merged = (wrong: readonly GateRefusal[]): Case => ({
    ask: {
      ...Object.assign({}, ...wrong.map((gate) => limits[gate].fails.ask)),
      amount: {
        value: wrong.includes('offline_amount_exceeded')
          ? 10_001
          : wrong.includes('offline_brand_amount_exceeded')
            ? 5_001
            : 5_000,
        currency: 'USD',
      },
      card: {
        ...visa,
        entryMode: wrong.includes('entry_mode_not_allowed') ? 'stripe' : 'chip',
        expiry: wrong.includes('card_expired') ? '2611' : '2612',
      },
    },
    standing: Object.assign({}, ...wrong.map((gate) => limits[gate].fails.standing)),
    settings: Object.assign({}, ...wrong.map((gate) => limits[gate].fails.settings)),
  });
  const named: (GateRefusal | undefined)[] = [];
  for (let mended = 0; mended <= gates.length; mended += 1) {
    named.push(closed(merged(gates.slice(mended))));
  }
  expect(named).toEqual([...gates, undefined]);
});

describe('money limits', () => {
  test.each([
    ['100.00', 'USD', 10_000],
    ['100', 'USD', 10_000],
    ['100.5', 'USD', 10_050],
    ['100.999', 'USD', 10_099],
    ['100.00', 'JPY', 100],
    ['100.99', 'JPY', 100],
    ['100.00', 'KWD', 100_000],
    ['100.125', 'KWD', 100_125],
    ['0', 'USD', 0],
  ])('%s %s is %i minor units', (written, currency, expected) => {
    expect(limitIn({ default: written }, currency)).toBe(expected);
  });

  test('a currency that is named has its own limit, and one that is not has the default', () => {
    const named = { JPY: '12000', default: '100.00' };
    expect(limitIn(named, 'JPY')).toBe(12_000);
    expect(limitIn(named, 'EUR')).toBe(10_000);
  });

  test('without a default, a currency that is not named may pay nothing', () => {
    expect(limitIn({ USD: '100.00' }, 'EUR')).toBe(0);
  });

  test.each([
    ['JPY', 100, 101],
    ['KWD', 100_000, 100_001],
  ])('in %s the gate opens at %i and closes at %i', (currency, most, more) => {
    expect(closed({ ask: { amount: { value: most, currency } } })).toBeUndefined();
    expect(closed({ ask: { amount: { value: more, currency } } })).toBe('offline_amount_exceeded');
  });
});

describe('cards', () => {
  test.each([
    ['a prefix of one digit', '4', '411111******1111', true],
    ['a whole prefix', '411111', '411111******1111', true],
    ['a neighbour', '411112', '411111******1111', false],
    ['a longer prefix than the reader shows', '411111', '4111********1111', true],
    ['a longer prefix that begins differently', '421111', '4111********1111', false],
  ])('%s: %s of %s', (_what, bin, maskedPan, excluded) => {
    const outcome = closed({
      settings: { 'offline.excludedBins': [bin] },
      ask: { card: { ...visa, maskedPan } },
    });
    expect(outcome).toBe(excluded ? 'bin_excluded' : undefined);
  });

  test.each([
    ['in the last month it is good for', { year: 2026, month: 12 }, '2612', undefined],
    ['a month later', { year: 2027, month: 1 }, '2612', 'card_expired'],
    ['a year with a later month', { year: 2027, month: 6 }, '2612', 'card_expired'],
    ['when it says nothing', { year: 2099, month: 12 }, undefined, undefined],
  ] as const)('a card %s', (_when, date, expiry, expected) => {
    const { maskedPan, entryMode } = visa;
    const card = { maskedPan, brand: 'visa', entryMode, ...(expiry && { expiry }) } as const;
    expect(closed({ ask: { card }, standing: date })).toBe(expected);
  });
});

describe('settings that switch a gate off or shut', () => {
  test('a refund without its sale is given offline only where the settings say so', () => {
    const allowed = { 'offline.unreferencedRefunds': true };
    expect(closed({ settings: allowed, ask: { type: 'refund' } })).toBeUndefined();
  });

  test('a repetition the POS means passes, and nothing else is let through by it', () => {
    const meant = { ask: { repetitionMeant: true } };
    expect(closed({ ...meant, standing: { sameSaleAt: now } })).toBeUndefined();
    expect(closed({ ...meant, standing: { sameSaleAt: now, cardUses: 2 } })).toBe(
      'offline_card_velocity_exceeded',
    );
  });

  test('a duplicate window of 0 lets even a repeat in the same moment pass', () => {
    const off = { 'offline.duplicateWindowSeconds': 0 };
    expect(closed({ settings: off, standing: { sameSaleAt: now } })).toBeUndefined();
  });

  test('a count limit of 0 lets nothing pass', () => {
    expect(closed({ settings: { 'offline.countLimit': 0 } })).toBe('offline_count_exceeded');
  });

  test('without a stored sale there is no window to expire', () => {
    expect(closed({ standing: { now: 10 ** 12, portalReachedAt: 10 ** 12 } })).toBeUndefined();
  });

  test('a brand that is not named has no limit of its own', () => {
    const others = { 'offline.brandAmountLimit': { amex: { default: '1.00' } } };
    expect(closed({ settings: others })).toBeUndefined();
  });
});
