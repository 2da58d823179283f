/**
 * Takings: what the transactions of a stretch of time, or of a batch, come to. Everything reports ask of the
 * ledger is asked here, each of an index, so that it costs in what is reported, not in what is kept.
 *
 * Amounts are minor units of the row's currency; nothing is ever added across currencies.
 */
import type { BatchId, TransactionType } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

/** What the rows of a report can stand for, and where the ledger has it. */
const groupings = {
  day: "''",
  type: 'type',
  brand: "coalesce(brand, 'none')",
  entryMode: "coalesce(entry_mode, 'none')",
  user: 'application',
  batch: "batch_name || ' ' || batch_number",
  outcome: "coalesce(outcome, 'open')",
} as const;
export type Grouping = keyof typeof groupings;
export const groupingNames = Object.keys(groupings) as readonly Grouping[];

/** Sums over the transactions of one group in one currency. Every transaction is in exactly one count. */
export interface Taking {
  readonly group: string;
  readonly currency: string;
  readonly transactions: number;
  /** Approved sales and captures, at what they charge now. */
  readonly salesCount: number;
  readonly salesValue: number;
  /** Approved refunds; the value is what was given back. */
  readonly refundsCount: number;
  readonly refundsValue: number;
  readonly voidsCount: number;
  readonly declinedCount: number;
  /** Approved offline, and then declined by the host: goods that are not paid. */
  readonly forwardDeclinedCount: number;
  readonly forwardDeclinedValue: number;
  /** Accepted here, and not decided by the host yet. */
  readonly offlineCount: number;
  readonly offlineValue: number;
  readonly unknownCount: number;
  readonly unknownValue: number;
  /** Whatever is left: holds, adjustments, cancelled, reversed, voided, under way. */
  readonly otherCount: number;
  /** Parts of the sales. */
  readonly tipsCount: number;
  readonly tipsValue: number;
  readonly surchargesCount: number;
  readonly surchargesValue: number;
  /** Entered while the clock was not trusted: their day may be wrong. */
  readonly timeNotConfirmedCount: number;
}

/** Approved money of a batch, by type, currency and brand; a refund's value is what was given back. */
export interface BatchTaking {
  readonly type: TransactionType;
  readonly currency: string;
  readonly brand: string;
  readonly count: number;
  readonly value: number;
  readonly tipsCount: number;
  readonly tipsValue: number;
  readonly surchargesCount: number;
  readonly surchargesValue: number;
}

/** What stands in a batch and is no approved money: its `kind`, how many, and what they add up to. */
export interface BatchRest {
  readonly kind:
    | 'void'
    | 'adjustment'
    | 'hold'
    | 'exposure'
    | 'pending'
    | 'declined'
    | 'forwardDeclined'
    | 'undone';
  readonly currency: string;
  readonly count: number;
  readonly value: number;
}

/** What of a month is no longer kept one by one: how many, and what they added to the merchant's net. */
export interface PrunedTaking {
  readonly month: string;
  readonly currency: string;
  readonly transactions: number;
  readonly net: number;
}

export interface Takings {
  /** Of what was entered at `fromMs` of wall time or later, and before `toMs`. */
  between(fromMs: number, toMs: number, by: Grouping): Taking[];
  /** Approved sales, captures and refunds that stand in a batch. */
  ofBatch(batch: BatchId): BatchTaking[];
  /** Everything else that stands in it. */
  restOfBatch(batch: BatchId): BatchRest[];
  /** What is no longer kept one by one of the months from one to the other, both like `2026-11` (UTC). */
  prunedIn(fromMonth: string, toMonth: string): PrunedTaking[];
}

// Parts of an amount stand in the order, unless an adjustment gave them another value.
const partOf = (name: 'tipAmount' | 'surchargeAmount') =>
  `coalesce(state ->> '$.${name}.value', ordered ->> '$.${name}.value', 0)`;

/** Transactions, with what each is to a report; they exclude each other. */
const judged = `
  SELECT *,
    outcome = 'approved' AND type IN ('sale', 'capture') AS sold,
    outcome = 'approved' AND type = 'refund' AS refunded,
    outcome = 'approved' AND type = 'void' AS voids,
    outcome IN ('approved_offline', 'void_pending', 'held') AS offline,
    CASE WHEN type IN ('sale', 'capture', 'refund') THEN amount ELSE 0 END AS moving
  FROM transactions`;

const counted = (name: string, condition: string): string =>
  `count(*) FILTER (WHERE ${condition}) AS ${name}Count`;
const summed = (name: string, what: string, condition: string): string =>
  `coalesce(sum(${what}) FILTER (WHERE ${condition}), 0) AS ${name}Value`;

const classes = {
  sales: ['sold', 'charged'],
  refunds: ['refunded', '-charged'],
  voids: ['voids'],
  declined: ["outcome = 'declined'"],
  forwardDeclined: ["outcome = 'forward_declined'", 'moving'],
  offline: ['offline', 'moving'],
  unknown: ["outcome = 'unknown'", 'moving'],
} as const satisfies Record<string, readonly [condition: string, value?: string]>;

const columns = Object.entries(classes).flatMap(
  ([name, [condition, value]]: readonly [string, readonly [string, string?]]) => [
    counted(name, condition),
    ...(value === undefined ? [] : [summed(name, value, condition)]),
  ],
);

const tip = partOf('tipAmount');
const surcharge = partOf('surchargeAmount');
const parts = [
  counted('tips', `sold AND ${tip} > 0`),
  summed('tips', tip, 'sold'),
  counted('surcharges', `sold AND ${surcharge} > 0`),
  summed('surcharges', surcharge, 'sold'),
].join(', ');
const anyClass = Object.values(classes).map(([condition]) => `coalesce(${condition}, 0)`);

/** The query for the takings of a stretch of time. */
export const takingsQuery = (by: Grouping): string => `
  SELECT ${groupings[by]} AS "group", currency, count(*) AS transactions,
    ${columns.join(',\n    ')},
    ${counted('other', `NOT (${anyClass.join(' OR ')})`)},
    ${parts},
    ${counted('timeNotConfirmed', "clock = 'untrusted'")}
  FROM (${judged} WHERE created_at >= @fromMs AND created_at < @toMs)
  GROUP BY "group", currency`;

// What was given back of it at the portal is the portal's own, and in no batch, as in a batch's totals.
const standing = "coalesce(state ->> '$.amount.value', amount)";

/** The queries for what stands in a batch. */
export const batchQueries = {
  approved: `
    SELECT type, currency, coalesce(brand, 'none') AS brand, count(*) AS count,
      sum(${standing}) AS value,
      ${parts}
    FROM (${judged} WHERE batch_name = @name AND batch_number = @number)
    WHERE sold OR refunded GROUP BY type, currency, brand ORDER BY type, currency, brand`,
  rest: `
    SELECT kind, currency, count(*) AS count,
      sum(iif(counted > 0, counted, amount)) AS value FROM (
      SELECT *, CASE
        WHEN counted > 0 THEN 'exposure'
        WHEN final = 0 THEN 'pending'
        WHEN voids THEN 'void'
        WHEN outcome = 'approved' AND type = 'adjustment' THEN 'adjustment'
        WHEN outcome = 'approved' THEN 'hold'
        WHEN outcome = 'declined' THEN 'declined'
        WHEN outcome = 'forward_declined' THEN 'forwardDeclined'
        ELSE 'undone' END AS kind
      FROM (${judged} WHERE batch_name = @name AND batch_number = @number)
      WHERE NOT coalesce(sold OR refunded, 0))
    GROUP BY kind, currency ORDER BY kind, currency`,
} as const;

export const takingsOf = (db: Sqlite): Takings => {
  // Compiled when it is first asked for: a till that reports nothing carries no statements for it.
  const compiled = new Map<string, ReturnType<Sqlite['prepare']>>();
  const statement = <P extends unknown[], R>(sql: string) => {
    const found = compiled.get(sql) ?? db.prepare(sql);
    compiled.set(sql, found);
    return found as ReturnType<typeof db.prepare<P, R>>;
  };
  return {
    between: (fromMs, toMs, by) =>
      statement<[object], Taking>(takingsQuery(by)).all({ fromMs, toMs }),
    ofBatch: (batch) => statement<[object], BatchTaking>(batchQueries.approved).all(batch),
    restOfBatch: (batch) => statement<[object], BatchRest>(batchQueries.rest).all(batch),
    prunedIn: (fromMonth, toMonth) =>
      statement<[string, string], PrunedTaking>(
        `SELECT month, currency, sum(count) AS transactions, sum(net) AS net FROM pruned
         WHERE month BETWEEN ? AND ? GROUP BY month, currency ORDER BY month, currency`,
      ).all(fromMonth, toMonth),
  };
};
