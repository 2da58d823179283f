/** Batches as both sides see them: records, totals and how a settlement ended. */
import { Type, type Static } from 'typebox';
import { Amount } from './money.ts';
import { Actor, BatchId, Id, TransactionType, transactionTypes, Whole } from './payment.ts';

/** Limits of a batch on the link, each in its unit. */
export const batchLimits = {
  /** Records in one `batch.records`. */
  recordsPerPage: 300,
  /** Transactions one close may carry to the next batch; more stay pending in this one. */
  carriedMost: 300,
  /** Differences a settlement names; there may be more, `differenceCount` counts them all. */
  differencesMost: 200,
  /** Currencies of one batch. */
  currenciesMost: 30,
} as const;

/** How a record stood when its batch was closed. Carried ones are in none of its totals but `carried`. */
export const recordStandings = ['approved', 'pending', 'carried'] as const;
export const RecordStanding = Type.Enum([...recordStandings]);
export type RecordStanding = (typeof recordStandings)[number];

/** A transaction of a batch: what it charged or would charge, in minor units. */
export const BatchRecord = Type.Object({
  transactionId: Id,
  type: TransactionType,
  amount: Amount,
  standing: RecordStanding,
});
export type BatchRecord = Static<typeof BatchRecord>;

const Sum = Type.Object({ count: Whole(0), value: Whole(0) });
export type Sum = Static<typeof Sum>;

/**
 * Counts and amounts (minor units) of one type in one currency. Authorizations, voids and adjustments move no
 * money of their own: they are counted, with an amount of 0, and what they did is in the others.
 */
export const BatchTotal = Type.Object({
  type: TransactionType,
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  approved: Sum,
  pending: Sum,
  carried: Sum,
});
export type BatchTotal = Static<typeof BatchTotal>;

/** What closed a batch. */
export const closeTriggers = ['hand', 'schedule', 'count', 'amount', 'portal'] as const;
export const CloseTrigger = Type.Enum([...closeTriggers]);
export type CloseTrigger = (typeof closeTriggers)[number];

export const BatchRecords = Type.Object({
  batch: BatchId,
  page: Whole(1),
  pages: Whole(1),
  records: Type.Array(BatchRecord, { maxItems: batchLimits.recordsPerPage }),
});

export const BatchClosed = Type.Object({
  batch: BatchId,
  openedAt: Whole(0),
  trigger: CloseTrigger,
  by: Type.Optional(Actor),
  totals: Type.Array(BatchTotal, {
    maxItems: batchLimits.currenciesMost * transactionTypes.length,
  }),
  carried: Type.Array(Id, { maxItems: batchLimits.carriedMost }),
  carriedTo: Type.Optional(BatchId),
  /** Pages of `batch.records` that came before. */
  pages: Whole(0),
  /** SHA-256 over the sorted ids of all approved and pending transactions, each ended by a line feed. */
  digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});

/** Something the two sides do not agree about. */
export const Difference = Type.Object({
  transactionId: Id,
  is: Type.Enum(['missing_at_portal', 'missing_at_device', 'amount_differs']),
  device: Type.Optional(Amount),
  portal: Type.Optional(Amount),
});
export type Difference = Static<typeof Difference>;

/** How a settlement ended; later declines are no difference. */
export const Settlement = Type.Object({
  batch: BatchId,
  outcome: Type.Enum(['agreed', 'not_agreed']),
  /** What the portal settles, by currency, in minor units: less what the host declined after the close. */
  settled: Type.Array(
    Type.Object({
      currency: Type.String({ pattern: '^[A-Z]{3}$' }),
      /** Sales and captures less refunds; may be below 0. */
      value: Type.Integer({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
    }),
    { maxItems: batchLimits.currenciesMost },
  ),
  differences: Type.Array(Difference, { maxItems: batchLimits.differencesMost }),
  differenceCount: Whole(0),
  declinedAfterClose: Type.Array(Type.Object({ transactionId: Id, amount: Amount }), {
    maxItems: batchLimits.differencesMost,
  }),
});
export type Settlement = Static<typeof Settlement>;
