/**
 * Taking in the word `settlement`: what the portal found when it compared a closed batch with its own books.
 * Told twice it is harmless; another one for the same batch is refused, and somebody has to look.
 */
import type { Settlement } from '../../contract/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TakenWord } from './news.ts';
import { settle } from './steps.ts';

/** Applies a settlement, inside the commit that takes its word in. */
export const takeSettlement = (ledger: Ledger, settlement: Settlement): TakenWord => {
  const { batch } = settlement;
  const kept = ledger.batches.find(batch);
  if (kept === undefined) return refused(settlement, 'no such batch here');
  const before = kept.state.is;
  if (before === 'open' || before === 'closing') {
    return refused(settlement, `the batch is ${before} here`);
  }
  // The wall time of a batch is that of its close; a settlement leaves it alone.
  const desk = { ledger, wallMs: kept.closedAt ?? 0 };
  const news = settle(desk, kept, { is: 'settlement', settlement });
  if (news === undefined) return refused(settlement, 'the batch was settled otherwise before');
  return before === 'settled' ? {} : { news };
};

const refused = ({ batch }: Settlement, why: string): TakenWord => ({
  note: why,
  news: { is: 'settlement refused', batch, why },
});
