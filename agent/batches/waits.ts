/** What a close waits for: how many transactions of its batch are under way, and how many undecided. */
import type { BatchId } from '../../contract/index.ts';
import type { Holdings } from '../ledger/holdings.ts';
import { isUndecided, standingOf, type State } from './standing.ts';

export interface Waits {
  /** Waiting for a card, a point of sale or a host: the close waits for these however long it takes. */
  readonly underWay: number;
  /** Attempts to be reversed, and transactions the portal is to decide: it waits a while for these. */
  readonly reversals: number;
  readonly undecided: number;
}

export const waitsOf = (holdings: Holdings, batch: BatchId): Waits => {
  const portions = holdings.portionsOf(batch);
  const count = (counts: (state: State) => boolean) =>
    portions.reduce((sum, { state, count: found }) => sum + (counts(state) ? found : 0), 0);
  return {
    underWay: count((state) => standingOf(state) === 'under way'),
    reversals: holdings.reversingIn(batch),
    undecided: count(isUndecided),
  };
};
