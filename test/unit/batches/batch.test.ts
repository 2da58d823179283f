/** The batch machine: every state with everything that can be heard in it. */
import { describe, expect, test } from 'vitest';
import { check, facts, type FactBody, type Settlement } from '../../../contract/index.ts';
import {
  next,
  outcomeOf,
  type Batch,
  type BatchStep,
  type Closed,
  type Happening,
} from '../../../agent/batches/batch.ts';
import type { State } from '../../../agent/batches/standing.ts';
import type { Entered } from '../../../agent/batches/totals.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { idOf } from '../../fixtures/payments.ts';

const batch = { name: 'System', number: 3 };
const cover = { batch, openedAt: 1_796_000_000_000 };

const entered = (number: number, state: State, differently: Partial<Entered> = {}): Entered => ({
  ...{ transactionId: idOf('txn', number), type: 'sale', currency: 'USD', state },
  ...{ amount: 1_000, charged: state === 'approved' ? 1_000 : 0 },
  ...differently,
});

const closed: Closed = {
  ...{ batch, openedAt: cover.openedAt, trigger: 'hand', totals: [], carried: [], pages: 0 },
  digest: sha256(''),
};
const settlement = (outcome: Settlement['outcome']): Settlement => ({
  ...{ batch, outcome, settled: [{ currency: 'USD', value: 1_000 }] },
  ...{ differences: [], differenceCount: 0, declinedAfterClose: [] },
});

const states = {
  open: { is: 'open' },
  clsg: { is: 'closing', trigger: 'hand' },
  clsd: { is: 'closed', closed },
  agrd: { is: 'settled', closed, settlement: settlement('agreed') },
  noag: { is: 'settled', closed, settlement: settlement('not_agreed') },
} as const satisfies Record<string, Batch>;
type Name = keyof typeof states;

const looked = { is: 'looked over', underWay: 0, undecided: 0, patient: true } as const;
const happenings = {
  'close asked': { is: 'close asked', trigger: 'schedule' },
  'looked over, nothing in it waits': looked,
  'looked over, one under way': { ...looked, underWay: 1 },
  'looked over, one under way, patience over': { ...looked, underWay: 1, patient: false },
  'looked over, one undecided': { ...looked, undecided: 1 },
  'looked over, one undecided, patience over': { ...looked, undecided: 1, patient: false },
  'drawn up': { is: 'drawn up', entries: [entered(1, 'approved')], sha256 },
  'drawn up with one under way': { is: 'drawn up', entries: [entered(1, 'sent')], sha256 },
  agreement: { is: 'settlement', settlement: settlement('agreed') },
  disagreement: { is: 'settlement', settlement: settlement('not_agreed') },
} as const satisfies Record<string, Happening>;
type Heard = keyof typeof happenings;

// A dot: without meaning. `draw`: stays, and may be drawn up. `stay`: stays, and nothing is to be done.
const grid = `
                                            open clsg clsd agrd noag
  close asked                               clsg ·    ·    ·    ·
  looked over, nothing in it waits          ·    draw ·    ·    ·
  looked over, one under way                ·    ·    ·    ·    ·
  looked over, one under way, patience over ·    ·    ·    ·    ·
  looked over, one undecided                ·    ·    ·    ·    ·
  looked over, one undecided, patience over ·    draw ·    ·    ·
  drawn up                                  ·    clsd ·    ·    ·
  drawn up with one under way               ·    ·    ·    ·    ·
  agreement                                 ·    ·    agrd stay ·
  disagreement                              ·    ·    noag ·    stay
`;

const [head = '', ...lines] = grid.split('\n').filter((line) => line.trim() !== '');
const columns = head.trim().split(/\s+/) as Name[];
const rows = lines.map((line) => {
  const cells = line.trim().split(/\s+/);
  return { heard: cells.slice(0, -columns.length).join(' '), cells: cells.slice(-columns.length) };
});
const pairs = rows.flatMap(({ heard, cells }) =>
  columns.map((state, place) => [state, heard as Heard, cells[place] ?? ''] as const),
);

const stepOf = (state: Name, heard: Heard): BatchStep | undefined =>
  next(cover, states[state], happenings[heard]);

test('the table has a row for everything that is heard and a column for every state', () => {
  expect(rows.map(({ heard }) => heard)).toEqual(Object.keys(happenings));
  expect(columns).toEqual(Object.keys(states));
  const kinds: Record<Batch['is'], true> = {
    open: true,
    closing: true,
    closed: true,
    settled: true,
  };
  const sounds: Record<Happening['is'], true> = {
    ...{ 'close asked': true, 'looked over': true, 'drawn up': true, settlement: true },
  };
  expect(new Set(Object.values(states).map(({ is }) => is))).toEqual(new Set(Object.keys(kinds)));
  expect(new Set(Object.values(happenings).map(({ is }) => is))).toEqual(
    new Set(Object.keys(sounds)),
  );
});

test.each(pairs)('%s, hearing "%s": %s', (state, heard, expected) => {
  const step = stepOf(state, heard);
  if (expected === '·') {
    expect(step).toBeUndefined();
  } else if (expected === 'stay' || expected === 'draw') {
    expect(step).toEqual({
      ...{ then: states[state], facts: [] },
      do: expected === 'draw' ? [{ is: 'draw up' }] : [],
    });
  } else {
    expect(step?.then.is).toBe(states[expected as Name].is);
    if (step !== undefined) expect(outcomeOf(step.then)).toBe(outcomeOf(states[expected as Name]));
    expect(step?.facts.map(({ type }) => type)).toEqual(
      expected === 'clsd' ? ['batch.records', 'batch.closed'] : [],
    );
  }
});

test.each([
  ['open', undefined],
  ['clsg', undefined],
  ['clsd', 'unconfirmed'],
  ['agrd', 'agreed'],
  ['noag', 'not_agreed'],
] as const)('the outcome of %s is %s', (state, outcome) => {
  expect(outcomeOf(states[state])).toBe(outcome);
});

test('a close that was asked for keeps who asked and why, and a second asking changes neither', () => {
  const by = { userId: 'ann', role: 'supervisor' };
  const then = next(cover, states.open, { is: 'close asked', trigger: 'portal', by })?.then;
  expect(then).toEqual({ is: 'closing', trigger: 'portal', by });
  expect(next(cover, then ?? states.open, { is: 'close asked', trigger: 'hand' })).toBeUndefined();
});

describe('drawn up', () => {
  const draw = (entries: readonly Entered[]) => {
    const step = next(cover, states.clsg, { is: 'drawn up', entries, sha256 });
    if (step?.then.is !== 'closed') throw new Error('It was not closed.');
    return { ...step, closed: step.then.closed };
  };

  test('what is told fits the contract, the pages first, and ends with what is kept', () => {
    const entries = [entered(1, 'approved'), entered(2, 'stored'), entered(3, 'unknown')];
    const { facts: told, closed: kept } = draw(entries);
    expect(told.map(({ type }) => type)).toEqual(['batch.records', 'batch.closed']);
    for (const { type, body } of told) expect(check(facts[type].body, body).ok).toBe(true);
    expect(told.at(-1)?.body).toEqual(kept);
  });

  test('an unknown and a held transaction are carried to the next number, and named', () => {
    const entries = [entered(1, 'unknown'), entered(2, 'approved'), entered(3, 'held')];
    const { do: effects, closed: kept } = draw(entries);
    const transactionIds = [idOf('txn', 1), idOf('txn', 3)];
    const to = { name: 'System', number: 4 };
    expect(effects).toEqual([{ is: 'carry', transactionIds, to }]);
    expect(kept).toMatchObject({ carried: transactionIds, carriedTo: to, pages: 1 });
    expect(kept.totals).toMatchObject([{ approved: { count: 1 }, carried: { count: 2 } }]);
  });

  test('no more are carried than one close may carry; the rest stays, pending', () => {
    const entries = Array.from({ length: 302 }, (_, place) => entered(place + 1, 'unknown'));
    const { do: effects, closed: kept } = draw(entries);
    expect(effects).toMatchObject([{ transactionIds: { length: 300 } }]);
    expect(kept.carried.at(-1)).toBe(idOf('txn', 300));
    expect(kept.totals).toMatchObject([
      { pending: { count: 2, value: 2_000 }, carried: { count: 300, value: 300_000 } },
    ]);
  });

  test('a batch nothing came of is closed with nothing', () => {
    const { facts: told, closed: kept } = draw([
      ...[entered(1, 'declined'), entered(2, 'cancelled'), entered(3, 'reversed')],
    ]);
    expect(told).toHaveLength(1);
    expect(kept).toEqual(closed);
  });

  test('records travel in pages of three hundred, each named and counted', () => {
    const entries = Array.from({ length: 601 }, (_, place) => entered(place + 1, 'approved'));
    const { facts: told } = draw(entries);
    const pages = told.slice(0, -1).map(({ body }) => body as FactBody<'batch.records'>);
    expect(pages.map(({ page, pages: of, records }) => [page, of, records.length])).toEqual([
      ...[
        [1, 3, 300],
        [2, 3, 300],
        [3, 3, 1],
      ],
    ]);
    // The largest page there can be still fits into one frame.
    expect(JSON.stringify(pages[0]).length).toBeLessThan(60_000);
  });
});
