/**
 * The report of a batch: X while it is open, Z once it is closed.
 *
 * A Z report says first what was closed, which never changes, and how the portal settled it. Apart from that
 * it says, as an X report does, how the transactions of the batch stand now: the host may have decided what
 * was pending.
 */
import type { Actor, BatchId, BatchTotal, CloseTrigger } from '../../contract/index.ts';
import { outcomeOf, type Batch, type BatchOutcome } from '../batches/batch.ts';
import { netOf } from '../batches/totals.ts';
import type { Batches } from '../ledger/batches.ts';
import type { BatchRest, BatchTaking, Takings } from '../ledger/takings.ts';

/** How many, and what they add up to in minor units of the currency. */
export interface CurrencySum {
  readonly currency: string;
  readonly count: number;
  readonly value: number;
}

/** Minor units of a currency, whatever number of transactions they are; may be below 0. */
export type Net = Omit<CurrencySum, 'count'>;

/** What a batch was closed with. */
export interface ClosedWith {
  readonly trigger: CloseTrigger;
  readonly by?: Actor;
  readonly totals: readonly BatchTotal[];
  /** Sales and captures less refunds, approved and pending. */
  readonly net: readonly Net[];
  readonly carriedTo?: BatchId;
}

/** How the portal's comparison ended; without `settled` it has not ended yet. */
export interface Settled {
  readonly outcome: BatchOutcome;
  readonly settled?: readonly Net[];
  readonly differenceCount?: number;
  /** What the host declined after the close; at most so many are named (`batchLimits`). */
  readonly declinedAfterClose?: readonly CurrencySum[];
}

/** How the transactions that stand in a batch stand now. */
export interface BatchNow {
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
  /** Approved offline, then declined by the host: goods that are not paid. */
  readonly forwardDeclined: readonly CurrencySum[];
  /** Voided, reversed or cancelled: nothing was charged. */
  readonly undone: readonly CurrencySum[];
}

export interface BatchReport {
  readonly kind: 'X' | 'Z';
  readonly batch: BatchId;
  readonly state: 'open' | 'closing' | 'closed';
  /** Milliseconds of wall time. */
  readonly openedAt: number;
  readonly closedAt?: number;
  readonly closed?: ClosedWith;
  readonly settlement?: Settled;
  readonly now: BatchNow;
}

/** The report of a batch; `undefined` when there is no such batch. */
export const batchReport = (
  { takings, batches }: { readonly takings: Takings; readonly batches: Pick<Batches, 'find'> },
  batch: BatchId,
): BatchReport | undefined => {
  const kept = batches.find(batch);
  if (kept === undefined) return undefined;
  const { openedAt, closedAt } = kept;
  const state = kept.state.is === 'settled' ? 'closed' : kept.state.is;
  return {
    kind: state === 'closed' ? 'Z' : 'X',
    ...{ batch, state, openedAt, ...(closedAt === undefined ? {} : { closedAt }) },
    ...closedOf(kept.state),
    now: nowOf(takings, batch),
  };
};

const closedOf = (state: Batch): Pick<BatchReport, 'closed' | 'settlement'> => {
  const outcome = outcomeOf(state);
  if (!('closed' in state) || outcome === undefined) return {};
  const { trigger, by, totals, carriedTo } = state.closed;
  return {
    closed: {
      ...{ trigger, ...(by === undefined ? {} : { by }), totals, net: netOf(totals) },
      ...(carriedTo === undefined ? {} : { carriedTo }),
    },
    settlement: { outcome, ...(state.is === 'settled' ? settledOf(state) : {}) },
  };
};

const settledOf = ({ settlement }: Extract<Batch, { is: 'settled' }>): Omit<Settled, 'outcome'> => {
  const { settled, differenceCount, declinedAfterClose } = settlement;
  const declined = declinedAfterClose.map(({ amount }) => ({ ...amount, count: 1 }));
  return { settled, differenceCount, declinedAfterClose: byCurrency(declined) };
};

const nowOf = (takings: Takings, batch: BatchId): BatchNow => {
  const approved = takings.ofBatch(batch);
  const rest = takings.restOfBatch(batch);
  const ofKind = (kind: BatchRest['kind']): CurrencySum[] =>
    rest
      .filter((each) => each.kind === kind)
      .map(({ currency, count, value }) => ({ currency, count, value }));
  const parts = (partOf: (taking: BatchTaking) => Omit<CurrencySum, 'currency'>): CurrencySum[] =>
    byCurrency(approved.map((taking) => ({ currency: taking.currency, ...partOf(taking) })));
  return {
    approved,
    net: parts(({ type, count, value }) => ({ count, value: type === 'refund' ? -value : value })),
    tips: parts(({ tipsCount, tipsValue }) => ({ count: tipsCount, value: tipsValue })),
    surcharges: parts((each) => ({ count: each.surchargesCount, value: each.surchargesValue })),
    voids: ofKind('void'),
    adjustments: ofKind('adjustment'),
    holds: ofKind('hold'),
    exposure: ofKind('exposure'),
    pending: ofKind('pending'),
    declined: ofKind('declined'),
    forwardDeclined: ofKind('forwardDeclined'),
    undone: ofKind('undone'),
  };
};

/** Sums of one currency together, in the order of their names. */
const byCurrency = (parts: readonly CurrencySum[]): CurrencySum[] => {
  const sums = new Map<string, CurrencySum>();
  for (const { currency, count, value } of parts) {
    if (count === 0) continue;
    const before = sums.get(currency) ?? { currency, count: 0, value: 0 };
    sums.set(currency, { currency, count: before.count + count, value: before.value + value });
  }
  return [...sums.values()].sort((one, other) => (one.currency < other.currency ? -1 : 1));
};
