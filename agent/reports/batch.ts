/**
 * The report of a batch: X while it is open, Z once it is closed. What was sold and given back by type and
 * brand, what was voided and adjusted, and what is still at the merchant's risk.
 *
 * It is taken from the ledger as it stands: the host may still decide what a closed batch left pending.
 */
import type { BatchId } from '../../contract/index.ts';
import type { Batches } from '../ledger/batches.ts';
import type { BatchRest, BatchTaking, Takings } from '../ledger/takings.ts';

/** How many, and what they add up to in minor units of the currency. */
export interface CurrencySum {
  readonly currency: string;
  readonly count: number;
  readonly value: number;
}

export interface BatchReport {
  readonly kind: 'X' | 'Z';
  readonly batch: BatchId;
  readonly state: 'open' | 'closing' | 'closed';
  /** Milliseconds of wall time. */
  readonly openedAt: number;
  readonly closedAt?: number;
  /** Approved money by type, currency and brand; the value of a refund is what was given back. */
  readonly approved: readonly BatchTaking[];
  /** Sales and captures less refunds, by currency; may be below 0. */
  readonly net: readonly CurrencySum[];
  readonly tips: readonly CurrencySum[];
  readonly surcharges: readonly CurrencySum[];
  readonly voids: readonly CurrencySum[];
  readonly adjustments: readonly CurrencySum[];
  readonly holds: readonly CurrencySum[];
  /** Accepted offline or unknown, and not decided by the host. */
  readonly exposure: readonly CurrencySum[];
  /** Waits for a card, an answer or its original. */
  readonly pending: readonly CurrencySum[];
  readonly declined: readonly CurrencySum[];
  /** Voided, reversed or cancelled: nothing was charged. */
  readonly undone: readonly CurrencySum[];
}

/** The report of a batch as it stands; `undefined` when there is no such batch. */
export const batchReport = (
  { takings, batches }: { readonly takings: Takings; readonly batches: Pick<Batches, 'find'> },
  batch: BatchId,
): BatchReport | undefined => {
  const kept = batches.find(batch);
  if (kept === undefined) return undefined;
  const { openedAt, closedAt } = kept;
  const state = kept.state.is === 'settled' ? 'closed' : kept.state.is;
  const approved = takings.ofBatch(batch);
  const rest = takings.restOfBatch(batch);
  const ofKind = (kind: BatchRest['kind']): CurrencySum[] =>
    rest
      .filter((each) => each.kind === kind)
      .map(({ currency, count, value }) => ({ currency, count, value }));
  return {
    kind: state === 'closed' ? 'Z' : 'X',
    ...{ batch, state, openedAt, ...(closedAt === undefined ? {} : { closedAt }), approved },
    net: byCurrency(approved, ({ type, count, value }) => ({
      ...{ count, value: type === 'refund' ? -value : value },
    })),
    tips: byCurrency(approved, ({ tipsCount: count, tipsValue: value }) => ({ count, value })),
    surcharges: byCurrency(approved, ({ surchargesCount: count, surchargesValue: value }) => ({
      count,
      value,
    })),
    voids: ofKind('void'),
    adjustments: ofKind('adjustment'),
    holds: ofKind('hold'),
    exposure: ofKind('exposure'),
    pending: ofKind('pending'),
    declined: ofKind('declined'),
    undone: ofKind('undone'),
  };
};

const byCurrency = (
  takings: readonly BatchTaking[],
  partOf: (taking: BatchTaking) => { count: number; value: number },
): CurrencySum[] => {
  const sums = new Map<string, CurrencySum>();
  for (const taking of takings) {
    const { currency } = taking;
    const { count, value } = partOf(taking);
    if (count === 0) continue;
    const before = sums.get(currency) ?? { currency, count: 0, value: 0 };
    sums.set(currency, { currency, count: before.count + count, value: before.value + value });
  }
  return [...sums.values()].sort((one, other) => (one.currency < other.currency ? -1 : 1));
};
