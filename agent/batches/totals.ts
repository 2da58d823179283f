/**
 * The totals of a batch: its records, pages and sums by type and currency, and the digest both sides compare.
 *
 * Pure. Every value is in minor units, without a sign.
 */
import {
  batchLimits,
  transactionTypes,
  type BatchRecord,
  type FactBody,
  type RecordStanding,
  type Sha256,
  type Sum,
  type TransactionType,
} from '../../contract/index.ts';
import { standingOf, type State } from './standing.ts';

/**
 * A transaction of a batch: what was ordered, and (`charged`) what it stands for once it is approved. What
 * was given back of it at the portal is the portal's own transaction, and in no batch of this device.
 */
export interface Entered {
  readonly transactionId: string;
  readonly type: TransactionType;
  readonly currency: string;
  readonly state: State;
  readonly amount: number;
  readonly charged: number;
}

/** Transactions of a batch that are alike, added up. */
export type Portion = Omit<Entered, 'transactionId'> & { readonly count: number };

/** One total: a type in one currency. */
export type BatchTotal = FactBody<'batch.closed'>['totals'][number];

/** Which way the money goes; the other types move none of their own. */
const signs: Readonly<Partial<Record<TransactionType, 1 | -1>>> = {
  sale: 1,
  capture: 1,
  refund: -1,
};

const valueOf = ({ type, amount, charged }: Omit<Portion, 'count'>, standing: RecordStanding) => {
  if (signs[type] === undefined) return 0;
  return standing === 'approved' ? charged : amount;
};

/**
 * The records of a batch that is closed now, in the order they came. Only so many can be carried to the next
 * batch; those behind them stay, pending.
 */
export const recordsOf = (entries: readonly Entered[]): BatchRecord[] => {
  let carried = 0;
  return entries.flatMap((entry) => {
    const found = standingOf(entry.state);
    if (found === 'none' || found === 'under way') return [];
    if (found === 'carried') carried += 1;
    const standing = found === 'carried' && carried > batchLimits.carriedMost ? 'pending' : found;
    const { transactionId, type, currency } = entry;
    const amount = { value: valueOf(entry, standing), currency };
    return [{ transactionId, type, amount, standing }];
  });
};

/** Records as they travel: so many a page, none when there are none. */
export const pagesOf = (records: readonly BatchRecord[]): BatchRecord[][] => {
  const count = Math.ceil(records.length / batchLimits.recordsPerPage);
  return Array.from({ length: count }, (_, page) =>
    records.slice(page * batchLimits.recordsPerPage, (page + 1) * batchLimits.recordsPerPage),
  );
};

/** The totals of closed records. */
export const totalsOf = (records: readonly BatchRecord[]): BatchTotal[] =>
  summed(
    records.map(({ type, amount: { value, currency }, standing }) => ({
      ...{ type, currency, standing },
      ...{ count: 1, value },
    })),
  );

/** The totals as they would be if the batch were closed now. */
export const totalsSoFar = (portions: readonly Portion[]): BatchTotal[] =>
  summed(
    portions.flatMap((portion) => {
      const standing = standingOf(portion.state);
      if (standing === 'none' || standing === 'under way') return [];
      const { type, currency, count } = portion;
      return [{ type, currency, standing, count, value: valueOf(portion, standing) }];
    }),
  );

interface Addend extends Sum {
  readonly type: TransactionType;
  readonly currency: string;
  readonly standing: RecordStanding;
}

const summed = (addends: readonly Addend[]): BatchTotal[] => {
  const totals = new Map<string, BatchTotal>();
  for (const { type, currency, standing, count, value } of addends) {
    const total = totals.get(`${type} ${currency}`) ?? emptyTotal(type, currency);
    const sum = { count: total[standing].count + count, value: total[standing].value + value };
    totals.set(`${type} ${currency}`, { ...total, [standing]: sum });
  }
  return [...totals.values()].sort(byTypeAndCurrency);
};

const emptyTotal = (type: TransactionType, currency: string): BatchTotal => ({
  type,
  currency,
  approved: { count: 0, value: 0 },
  pending: { count: 0, value: 0 },
  carried: { count: 0, value: 0 },
});

const byTypeAndCurrency = (one: BatchTotal, other: BatchTotal): number =>
  transactionTypes.indexOf(one.type) - transactionTypes.indexOf(other.type) ||
  (one.currency < other.currency ? -1 : 1);

/** Transactions in all totals together. */
export const countOf = (totals: readonly BatchTotal[]): number =>
  totals.reduce(
    (sum, { approved, pending, carried }) => sum + approved.count + pending.count + carried.count,
    0,
  );

/** What a batch comes to, by currency: sales and captures less refunds, approved and pending. */
export const netOf = (totals: readonly BatchTotal[]): { value: number; currency: string }[] => {
  const net = new Map<string, number>();
  for (const { type, currency, approved, pending } of totals) {
    const value = (signs[type] ?? 0) * (approved.value + pending.value);
    net.set(currency, (net.get(currency) ?? 0) + value);
  }
  return [...net].map(([currency, value]) => ({ value, currency }));
};

/** SHA-256 over the sorted ids of what is approved or pending, each ended by a line feed. */
export const digestOf = (records: readonly BatchRecord[], sha256: Sha256): string => {
  const ids = records.flatMap(({ transactionId, standing }) =>
    standing === 'carried' ? [] : [`${transactionId}\n`],
  );
  return sha256(ids.sort().join(''));
};
