/**
 * The summary: what a period came to, in rows by day, type, brand, entry mode, user, batch or outcome, and in
 * all. A transaction belongs to the day it was entered, at what it charges now; each currency has rows of its
 * own.
 */
import type { Grouping, PrunedTaking, Taking, Takings } from '../ledger/takings.ts';
import { isoTime } from '../payments/view.ts';
import { clockChangesIn, type Period } from './period.ts';

/** How many, and what they add up to in minor units. */
export interface Sum {
  readonly count: number;
  readonly value: number;
}

/** What one group came to in one currency. Every transaction is in one of the counts down to `other`. */
export interface SummaryLine {
  readonly currency: string;
  readonly transactions: number;
  readonly sales: Sum;
  readonly refunds: Sum;
  readonly voids: { readonly count: number };
  readonly declined: { readonly count: number };
  readonly forwardDeclined: Sum;
  readonly offline: Sum;
  readonly unknown: Sum;
  readonly other: { readonly count: number };
  /** Sales less refunds in minor units; may be below 0. */
  readonly net: number;
  readonly tips: Sum;
  readonly surcharges: Sum;
  readonly timeNotConfirmed: { readonly count: number };
}

export interface SummaryRow extends SummaryLine {
  /** The date, type, brand … of the row; `none` where a transaction has none. */
  readonly group: string;
}

export interface Summary {
  readonly by: Grouping;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  /** Days of the period that have not 24 hours. */
  readonly clockChanges: readonly { readonly date: string; readonly hours: number }[];
  readonly rows: readonly SummaryRow[];
  /** All rows together, one a currency. */
  readonly totals: readonly SummaryLine[];
  /** What began in months (UTC) of the period, is not kept one by one any more, and is in no row. */
  readonly pruned: readonly PrunedTaking[];
}

/** Transactions that are added up before others get their turn. */
const atATime = 2_000;

/** Adds up a period day by day; `pause` lets others have their turn in a long one. */
export const summaryOf = async (
  takings: Pick<Takings, 'between' | 'prunedIn'>,
  { period, by }: { readonly period: Period; readonly by: Grouping },
  pause: () => Promise<void>,
): Promise<Summary> => {
  const sums = new Map<string, Taking>();
  let sinceThen = 0;
  for (const { date, beginsAt, endsAt } of period.days) {
    for (const taking of takings.between(beginsAt, endsAt, by)) {
      const group = by === 'day' ? date : taking.group;
      add(sums, { ...taking, group }, `${taking.currency} ${group}`);
      sinceThen += taking.transactions;
    }
    if (sinceThen >= atATime) {
      sinceThen = 0;
      await pause();
    }
  }
  const takes = [...sums.values()].sort(inOrder);
  const totals = new Map<string, Taking>();
  for (const taking of takes) add(totals, taking, taking.currency);
  const { from, to, timeZone } = period;
  return {
    ...{ by, from, to, timeZone, clockChanges: clockChangesIn(period) },
    rows: takes.map((taking) => ({ group: taking.group, ...lineOf(taking) })),
    totals: [...totals.values()].sort(inOrder).map(lineOf),
    pruned: takings.prunedIn(
      monthOf(period.days[0]?.beginsAt),
      monthOf(period.days.at(-1)?.endsAt),
    ),
  };
};

// As the ledger does for what it lets go of.
const monthOf = (wallMs = 0): string => isoTime(wallMs).slice(0, 7);

const add = (sums: Map<string, Taking>, taking: Taking, key: string): void => {
  const before = sums.get(key);
  sums.set(key, before === undefined ? taking : added(before, taking));
};

const added = (one: Taking, other: Taking): Taking => {
  const sum = Object.entries(one).map(([name, value]: [string, string | number]) => {
    const more = other[name as keyof Taking];
    return [name, typeof value === 'number' && typeof more === 'number' ? value + more : value];
  });
  return Object.fromEntries(sum) as Taking;
};

// Batches by their numbers: `System 9` before `System 10`.
const inOrder = (one: Taking, other: Taking): number =>
  one.group.localeCompare(other.group, 'en', { numeric: true }) ||
  (one.currency < other.currency ? -1 : 1);

const lineOf = (taking: Taking): SummaryLine => ({
  currency: taking.currency,
  transactions: taking.transactions,
  sales: { count: taking.salesCount, value: taking.salesValue },
  refunds: { count: taking.refundsCount, value: taking.refundsValue },
  voids: { count: taking.voidsCount },
  declined: { count: taking.declinedCount },
  forwardDeclined: { count: taking.forwardDeclinedCount, value: taking.forwardDeclinedValue },
  offline: { count: taking.offlineCount, value: taking.offlineValue },
  unknown: { count: taking.unknownCount, value: taking.unknownValue },
  other: { count: taking.otherCount },
  net: taking.salesValue - taking.refundsValue,
  tips: { count: taking.tipsCount, value: taking.tipsValue },
  surcharges: { count: taking.surchargesCount, value: taking.surchargesValue },
  timeNotConfirmed: { count: taking.timeNotConfirmedCount },
});
