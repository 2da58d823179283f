/** The batch of the day, as the agent closed it and as the portal has it. */
import type { BatchAnswer } from '../../agent/local-api/batches.ts';
import { transactionTypes } from '../../contract/index.ts';
import type { BatchView } from '../portal/settlements.ts';

/** A batch from one side. */
export interface BatchTally {
  readonly outcome: string | null;
  readonly number: number;
  /** How many of each type stand. */
  readonly counts: Readonly<Record<string, number>>;
  /** Sales and captures less refunds, in minor units by currency. */
  readonly amounts: Readonly<Record<string, number>>;
}

interface TypeCount {
  readonly type: string;
  readonly count: number;
}

interface Net {
  readonly currency: string;
  readonly value: number;
}

const tallied = (types: readonly TypeCount[], nets: readonly Net[]) => {
  const countOf = (wanted: string) =>
    types.reduce((sum, { type, count }) => (type === wanted ? sum + count : sum), 0);
  const counts = transactionTypes.map((type) => [type, countOf(type)] as const);
  return {
    counts: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    amounts: Object.fromEntries(nets.map(({ currency, value }) => [currency, value])),
  };
};

/** As the agent closed it; what was carried to the next one is not in it. */
export const batchOfAgent = (batch: BatchAnswer): BatchTally => {
  const types = batch.totals.map(({ type, approved, pending }) => ({
    ...{ type, count: approved.count + pending.count },
  }));
  const { outcome, batchNumber: number } = batch;
  return { outcome, number, ...tallied(types, batch.net) };
};

/** As the portal has it: how its own comparison ended, what stands there, what it settles. */
export const batchOfPortal = (view: BatchView | undefined): BatchTally => {
  const settlement = view?.settlement;
  return {
    outcome: settlement?.outcome ?? null,
    number: settlement?.batch.number ?? 0,
    ...tallied(view?.own ?? [], settlement?.settled ?? []),
  };
};

/** What the two sides say differently, a sentence each. */
export const batchDifferences = (agent: BatchTally, portal: BatchTally): string[] => {
  const parts = ['outcome', 'number', 'counts', 'amounts'] as const;
  const unequal = parts.filter((part) => told(agent[part]) !== told(portal[part]));
  return [
    ...unequal.map(
      (part) => `batch ${part}: agent ${told(agent[part])}, portal ${told(portal[part])}`,
    ),
    ...(agent.outcome === 'agreed' ? [] : [`the batch is ${agent.outcome ?? 'not closed'}`]),
  ];
};

const told = (part: BatchTally[keyof BatchTally]): string =>
  typeof part === 'object' && part !== null
    ? JSON.stringify(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    : String(part);
