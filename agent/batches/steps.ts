/** Steps: takes a batch on in the ledger, inside a commit of the caller; gives what is to be told after. */
import type { Actor, CloseTrigger } from '../../contract/index.ts';
import { sha256 } from '../identity/digest.ts';
import type { KeptBatch } from '../ledger/batches.ts';
import type { Finished } from '../ledger/commands.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { next, type BatchStep, type Happening } from './batch.ts';
import type { BatchNews } from './news.ts';

/** Who or what wants a batch closed; `scheduledFor` is the local date of a schedule. */
export interface CloseWish {
  readonly trigger: CloseTrigger;
  readonly by?: Actor;
  readonly scheduledFor?: string;
}

/** A ledger, and the wall time of the commit, ms. */
export interface Desk {
  readonly ledger: Ledger;
  readonly wallMs: number;
}

/** From now on the next number takes new transactions; without effect on a batch that is not open. */
export const askClose = (desk: Desk, kept: KeptBatch, wish: CloseWish): BatchNews[] => {
  const { trigger, by, scheduledFor } = wish;
  const heard = { is: 'close asked', trigger, ...(by === undefined ? {} : { by }) } as const;
  const step = next(kept, kept.state, heard);
  if (step === undefined) return [];
  taken(desk, kept, step, scheduledFor);
  return [{ is: 'closing', batch: kept.batch, trigger }];
};

/** Draws up a batch nothing is in the way of: records, totals, what is carried, and who waited for it. */
export const drawUp = (desk: Desk, kept: KeptBatch): BatchNews[] => {
  const { ledger } = desk;
  const entries = ledger.holdings.of(kept.batch);
  const step = next(kept, kept.state, { is: 'drawn up', entries, sha256 });
  if (step?.then.is !== 'closed') return [];
  taken(desk, kept, step);
  const { name, number } = kept.batch;
  const detail = `${name} ${number} is closed.`;
  const finished = ledger.commands
    .awaiting(kept.batch)
    .map((commandId) => finish(ledger, { commandId, result: 'succeeded', detail }));
  return [{ is: 'closed', closed: step.then.closed }, ...finished];
};

/** Lays a settlement beside a batch; `undefined` when it has no meaning there. */
export const settle = (
  desk: Desk,
  kept: KeptBatch,
  heard: Extract<Happening, { is: 'settlement' }>,
): BatchNews | undefined => {
  const step = next(kept, kept.state, heard);
  if (step === undefined) return undefined;
  taken(desk, kept, step);
  return { is: 'settled', settlement: heard.settlement };
};

/** Ends a command, and tells the portal. */
export const finish = (ledger: Ledger, finished: Finished): BatchNews => {
  ledger.append({ type: 'command.finished', body: finished });
  ledger.commands.finish(finished);
  return { is: 'command finished', finished };
};

const taken = (
  { ledger, wallMs }: Desk,
  { batch }: KeptBatch,
  { then, facts, do: effects }: BatchStep,
  scheduledFor?: string,
): void => {
  for (const fact of facts) ledger.append(fact);
  for (const effect of effects) {
    if (effect.is !== 'carry') continue;
    ledger.batches.ensure(effect.to, wallMs);
    ledger.holdings.carry(effect.transactionIds, effect.to);
  }
  ledger.batches.move(batch, then, wallMs, scheduledFor);
};
