/**
 * The reckoning of a batch: what a device says it holds, laid beside what stands at the host. Pure.
 *
 * What was pending and did not come to stand is no difference, nor is what changed after the close; both only
 * make the settled amount another than the closed totals.
 */
import {
  batchLimits,
  type Amount,
  type BatchId,
  type BatchRecord,
  type BatchTotal,
  type Difference,
  type Settlement,
  type TransactionType,
} from '../../contract/index.ts';

/** Differences that are named; with the declines of a large batch they have to fit a frame. */
const differencesNamed = Math.min(100, batchLimits.differencesMost);

/** What stands of a transaction at the host. */
export interface Standing {
  readonly type: TransactionType;
  readonly amount: Amount;
}

export interface Sides {
  readonly batch: BatchId;
  readonly records: readonly BatchRecord[];
  /** What the portal has of the batch, by transaction. */
  readonly own: ReadonlyMap<string, Standing>;
  /** Whether somebody voided, adjusted or gave up a transaction without the device knowing at the close. */
  readonly changedSince: (transactionId: string) => boolean;
  /** Whether totals and digest of the close are those of its records. */
  readonly isSound: boolean;
}

/** What a type does to the merchant's money. */
const signs: Readonly<Record<TransactionType, -1 | 0 | 1>> = {
  ...{ sale: 1, capture: 1, refund: -1 },
  ...{ authorization: 0, void: 0, adjustment: 0 },
};

/** What a record of a type counts for: holds, voids and adjustments move no money of their own. */
export const countedValue = (type: TransactionType, value: number): number =>
  signs[type] === 0 ? 0 : value;

/** Lays both sides beside each other. */
export const reckon = (sides: Sides): Settlement => {
  const { batch, records, own, isSound } = sides;
  const open = records.filter(({ standing }) => standing !== 'carried');
  const known = new Set(records.map(({ transactionId }) => transactionId));
  const missingHere = [...own]
    .filter(([transactionId]) => !known.has(transactionId))
    .map(([transactionId, { amount: portal }]): Difference => {
      return { transactionId, is: 'missing_at_device', portal };
    });
  const differences = [...open.flatMap((record) => differenceOf(record, sides)), ...missingHere];
  const declined = open.filter(
    ({ transactionId, standing }) => standing === 'pending' && !own.has(transactionId),
  );
  return {
    batch,
    outcome: differences.length === 0 && isSound ? 'agreed' : 'not_agreed',
    settled: settledOf(own),
    differences: differences.sort(byTransaction).slice(0, differencesNamed),
    differenceCount: differences.length,
    declinedAfterClose: declined
      .map(({ transactionId, amount }) => ({ transactionId, amount }))
      .sort(byTransaction)
      .slice(0, batchLimits.differencesMost),
  };
};

const differenceOf = (record: BatchRecord, { own, changedSince }: Sides): Difference[] => {
  const { transactionId, type, amount: device, standing } = record;
  const portal = own.get(transactionId)?.amount;
  if (changedSince(transactionId)) return [];
  if (portal === undefined) {
    return standing === 'pending' ? [] : [{ transactionId, is: 'missing_at_portal', device }];
  }
  const isSame =
    portal.currency === device.currency && portal.value === countedValue(type, device.value);
  return isSame ? [] : [{ transactionId, is: 'amount_differs', device, portal }];
};

const settledOf = (own: ReadonlyMap<string, Standing>): Settlement['settled'] => {
  const sums = new Map<string, number>();
  for (const { type, amount } of own.values()) {
    if (signs[type] === 0) continue;
    const { value, currency } = amount;
    sums.set(currency, (sums.get(currency) ?? 0) + signs[type] * value);
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, value]) => ({ currency, value }));
};

/** The totals that follow from records, those of nothing left out. */
export const totalsOf = (records: readonly BatchRecord[]): Map<string, BatchTotal> => {
  const totals = new Map<string, BatchTotal>();
  for (const { type, amount, standing } of records) {
    const { currency } = amount;
    const none = { count: 0, value: 0 };
    const total = totals.get(`${type} ${currency}`) ?? {
      ...{ type, currency, approved: none, pending: none, carried: none },
    };
    const { count, value } = total[standing];
    const sum = { count: count + 1, value: value + countedValue(type, amount.value) };
    totals.set(`${type} ${currency}`, { ...total, [standing]: sum });
  }
  return totals;
};

/** Whether two sets of totals say the same. */
export const areSameTotals = (
  records: readonly BatchRecord[],
  told: readonly BatchTotal[],
): boolean => {
  const own = totalsOf(records);
  const withSomething = told.filter((total) =>
    (['approved', 'pending', 'carried'] as const).some((standing) => total[standing].count > 0),
  );
  return (
    own.size === withSomething.length &&
    withSomething.every((total) => isSame(own.get(`${total.type} ${total.currency}`), total))
  );
};

const isSame = (one: BatchTotal | undefined, other: BatchTotal): boolean =>
  (['approved', 'pending', 'carried'] as const).every(
    (standing) =>
      one?.[standing].count === other[standing].count &&
      one[standing].value === other[standing].value,
  );

const byTransaction = (a: { transactionId: string }, b: { transactionId: string }): number =>
  a.transactionId < b.transactionId ? -1 : 1;
