/**
 * A batch: where it stands between its first transaction and the portal's settlement, as a pure machine.
 *
 *   open ─ close asked ─▶ closing ─ nothing in the way, drawn up ─▶ closed ─ settlement ─▶ settled
 *
 * `closing` takes no new transactions; those go to the next number. It waits for what is under way however
 * long that takes, and for what the portal is about to decide only while somebody is patient. Once it is
 * `closed` its totals never change: a settlement stands beside them.
 */
import {
  canonical,
  type Actor,
  type BatchId,
  type CloseTrigger,
  type Fact,
  type FactBody,
  type Settlement,
  type Sha256,
} from '../../contract/index.ts';
import { standingOf } from './standing.ts';
import { digestOf, pagesOf, recordsOf, totalsOf, type Entered } from './totals.ts';

/** What a batch was closed with; it never changes. */
export type Closed = FactBody<'batch.closed'>;

export type Batch =
  | { readonly is: 'open' }
  | { readonly is: 'closing'; readonly trigger: CloseTrigger; readonly by?: Actor }
  | { readonly is: 'closed'; readonly closed: Closed }
  | { readonly is: 'settled'; readonly closed: Closed; readonly settlement: Settlement };

export type Happening =
  | { readonly is: 'close asked'; readonly trigger: CloseTrigger; readonly by?: Actor }
  /** `undecided` counts reversals to do and transactions the portal is to decide. */
  | {
      readonly is: 'looked over';
      readonly underWay: number;
      readonly undecided: number;
      readonly patient: boolean;
    }
  /** Everything in it, oldest first. */
  | { readonly is: 'drawn up'; readonly entries: readonly Entered[]; readonly sha256: Sha256 }
  | { readonly is: 'settlement'; readonly settlement: Settlement };

/** What belongs into the same commit, or is to be done next. */
export type Effect =
  | { readonly is: 'draw up' }
  | {
      readonly is: 'carry';
      readonly transactionIds: readonly string[];
      readonly to: BatchId;
    };

export interface BatchStep {
  readonly then: Batch;
  readonly facts: readonly Fact[];
  readonly do: readonly Effect[];
}

/** What is written on a batch and never changes; `openedAt` is wall time, ms. */
export interface Cover {
  readonly batch: BatchId;
  readonly openedAt: number;
}

/** The step that follows what was heard, or `undefined` when it has no meaning here. */
export const next = (cover: Cover, now: Batch, heard: Happening): BatchStep | undefined => {
  switch (now.is) {
    case 'open':
      return whileOpen(heard);
    case 'closing':
      return whileClosing(cover, now, heard);
    case 'closed':
      return heard.is === 'settlement' ? settled(now.closed, heard.settlement) : undefined;
    case 'settled':
      return onceSettled(now, heard);
  }
};

const stay = (now: Batch): BatchStep => ({ then: now, facts: [], do: [] });

const whileOpen = (heard: Happening): BatchStep | undefined => {
  if (heard.is !== 'close asked') return undefined;
  const { trigger, by } = heard;
  return stay({ is: 'closing', trigger, ...(by === undefined ? {} : { by }) });
};

type Closing = Extract<Batch, { is: 'closing' }>;

const whileClosing = (cover: Cover, now: Closing, heard: Happening): BatchStep | undefined => {
  switch (heard.is) {
    case 'looked over': {
      const waits = heard.underWay > 0 || (heard.patient && heard.undecided > 0);
      return waits ? undefined : { ...stay(now), do: [{ is: 'draw up' }] };
    }
    case 'drawn up':
      return drawnUp(cover, now, heard);
    case 'close asked':
    case 'settlement':
      return undefined;
  }
};

const drawnUp = (
  { batch, openedAt }: Cover,
  { trigger, by }: Closing,
  { entries, sha256 }: Extract<Happening, { is: 'drawn up' }>,
): BatchStep | undefined => {
  if (entries.some(({ state }) => standingOf(state) === 'under way')) return undefined;
  const records = recordsOf(entries);
  const pages = pagesOf(records);
  const carried = records
    .filter(({ standing }) => standing === 'carried')
    .map(({ transactionId }) => transactionId);
  const carriedTo = { name: batch.name, number: batch.number + 1 };
  const closed: Closed = {
    batch,
    openedAt,
    trigger,
    ...(by === undefined ? {} : { by }),
    totals: totalsOf(records),
    carried,
    ...(carried.length === 0 ? {} : { carriedTo }),
    pages: pages.length,
    digest: digestOf(records, sha256),
  };
  const told = pages.map((page, place): Fact => {
    const body = { batch, page: place + 1, pages: pages.length, records: page };
    return { type: 'batch.records', body };
  });
  return {
    then: { is: 'closed', closed },
    facts: [...told, { type: 'batch.closed', body: closed }],
    do: carried.length === 0 ? [] : [{ is: 'carry', transactionIds: carried, to: carriedTo }],
  };
};

const settled = (closed: Closed, settlement: Settlement): BatchStep =>
  stay({ is: 'settled', closed, settlement });

// The same settlement told again is harmless; another one is not believed.
const onceSettled = (
  now: Extract<Batch, { is: 'settled' }>,
  heard: Happening,
): BatchStep | undefined =>
  heard.is === 'settlement' && canonical(heard.settlement) === canonical(now.settlement)
    ? stay(now)
    : undefined;

export const batchOutcomes = ['unconfirmed', 'agreed', 'not_agreed'] as const;
export type BatchOutcome = (typeof batchOutcomes)[number];

/** How a batch ended, as far as is known; `undefined` while it is not closed. */
export const outcomeOf = (batch: Batch): BatchOutcome | undefined => {
  switch (batch.is) {
    case 'open':
    case 'closing':
      return undefined;
    case 'closed':
      return 'unconfirmed';
    case 'settled':
      return batch.settlement.outcome;
  }
};
