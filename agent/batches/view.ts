/** A batch as people and programs see it: what it holds or held, and how it ended. */
import type { BatchId, Settlement } from '../../contract/index.ts';
import type { KeptBatch } from '../ledger/batches.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isoTime } from '../payments/view.ts';
import { outcomeOf, type Batch, type Closed } from './batch.ts';
import { countOf, netOf, totalsSoFar } from './totals.ts';
import { waitsOf } from './waits.ts';

/** A batch by its name and number in one word: `System-3`. */
export const batchIdOf = ({ name, number }: BatchId): string => `${name}-${number}`;

/** The batch an id means; a name may have hyphens of its own. */
export const batchOfId = (id: string): BatchId | undefined => {
  const [, name = '', number = ''] = /^(.+)-([1-9]\d{0,14})$/.exec(id) ?? [];
  return name === '' ? undefined : { name, number: Number(number) };
};

/**
 * The batch as the local API answers it. Totals of one that is not closed are as they would be if it were
 * closed now; those of a closed one are as they were told, for ever.
 */
export const batchView = (kept: KeptBatch, { holdings }: Ledger) => {
  const { batch, state, openedAt, closedAt, scheduledFor } = kept;
  const totals = 'closed' in state ? state.closed.totals : totalsSoFar(holdings.portionsOf(batch));
  return {
    batchId: batchIdOf(batch),
    batchName: batch.name,
    batchNumber: batch.number,
    state: state.is === 'settled' ? ('closed' as const) : state.is,
    outcome: outcomeOf(state) ?? null,
    count: countOf(totals),
    net: netOf(totals),
    totals,
    openedAt: isoTime(openedAt),
    ...(closedAt === undefined ? {} : { closedAt: isoTime(closedAt) }),
    ...(scheduledFor === undefined ? {} : { scheduledFor }),
    ...(state.is === 'closing' ? { waitsFor: waitsOf(holdings, batch) } : {}),
    ...askedOf(state),
    ...closedOf(state),
  };
};

const askedOf = (state: Batch) => {
  const asked = 'closed' in state ? state.closed : state;
  if (!('trigger' in asked)) return {};
  return { trigger: asked.trigger, ...(asked.by === undefined ? {} : { by: asked.by }) };
};

type Ended = Pick<Closed, 'carried' | 'carriedTo' | 'digest'> &
  Pick<Settlement, 'settled' | 'differences' | 'differenceCount' | 'declinedAfterClose'>;

const closedOf = (state: Batch): Partial<Ended> => {
  if (!('closed' in state)) return {};
  const { carried, carriedTo, digest } = state.closed;
  return {
    carried,
    ...(carriedTo === undefined ? {} : { carriedTo }),
    digest,
    ...(state.is === 'settled' ? settledOf(state) : {}),
  };
};

const settledOf = ({ settlement }: Extract<Batch, { is: 'settled' }>) => {
  const { settled, differences, differenceCount, declinedAfterClose } = settlement;
  return { settled, differences, differenceCount, declinedAfterClose };
};
