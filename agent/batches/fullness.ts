/** Fullness: whether an open batch has reached the count or the amount at which it is to be closed. Pure. */
import type { Settings } from '../../config/index.ts';
import { limitIn } from '../payments/gates.ts';
import { netOf, totalsSoFar, type Portion } from './totals.ts';

/** The limits of a batch; a count of 0, an amount of 0 and a currency that is not named have none. */
export type FullAt = Pick<Settings, 'batch.closeAtCount' | 'batch.closeAtAmount'>;

/**
 * Which limit a batch has reached, if any. Limits are inclusive. What would be carried does not count: it
 * would fill the next batch as soon as that is opened.
 */
export const fullBy = (
  portions: readonly Portion[],
  { 'batch.closeAtCount': most, 'batch.closeAtAmount': limits }: FullAt,
): 'count' | 'amount' | undefined => {
  const totals = totalsSoFar(portions);
  const count = totals.reduce((sum, each) => sum + each.approved.count + each.pending.count, 0);
  if (most > 0 && count >= most) return 'count';
  const isOver = netOf(totals).some(({ value, currency }) => {
    const limit = limitIn(limits, currency);
    return limit > 0 && value >= limit;
  });
  return isOver ? 'amount' : undefined;
};
