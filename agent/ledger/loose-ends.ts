/**
 * Loose ends: what would be lost, of money or of records, if this ledger were never opened again. Each says
 * what ties it.
 */
import type { Ledger } from './ledger.ts';

/** One kind of it; `code` is stable, `says` is what to do about it. */
export interface LooseEnd {
  readonly code:
    | 'ledger_rolled_back'
    | 'transaction_under_way'
    | 'reversals_under_way'
    | 'queue_not_empty'
    | 'authorizations_open'
    | 'batch_open'
    | 'facts_unsent';
  readonly says: string;
}

const connect = 'start the agent and run `holdfast portal connect`';

/** All there are, in the order in which they are tied. */
export const looseEndsOf = (ledger: Ledger): readonly LooseEnd[] => {
  const { underWay, queued } = openIn(ledger);
  const batches = filledBatches(ledger);
  const unsent = unsentIn(ledger);
  const held = ledger.transactions.holdingSince(Number.MAX_SAFE_INTEGER, 1).length;
  const ends: readonly (LooseEnd & { readonly is: boolean })[] = [
    {
      is: ledger.meta.get('rolledBack') !== undefined,
      code: 'ledger_rolled_back',
      says: 'The portal has seen more than this ledger holds; have it open a new epoch, and connect',
    },
    {
      is: underWay > 0,
      code: 'transaction_under_way',
      says: `Transactions wait for a card or an answer (${underWay}); start the agent and let them end`,
    },
    {
      is: ledger.attempts.reversingCount() > 0,
      code: 'reversals_under_way',
      says: `Attempts are still to be reversed (${ledger.attempts.reversingCount()}); ${connect}`,
    },
    {
      is: queued > 0,
      code: 'queue_not_empty',
      says: `Transactions wait for the portal (${queued}); ${connect}, and see \`holdfast queue\``,
    },
    {
      is: held > 0,
      code: 'authorizations_open',
      says: 'Authorizations hold money; capture or void them',
    },
    {
      is: batches.length > 0,
      code: 'batch_open',
      says: `${batches.join(', ')} is not closed; start the agent and run \`holdfast batch close\``,
    },
    {
      is: unsent > 0,
      code: 'facts_unsent',
      says: `The portal has not acknowledged ${unsent} of the facts; ${connect}`,
    },
  ];
  return ends.filter(({ is }) => is).map(({ code, says }) => ({ code, says }));
};

const openIn = ({ transactions }: Ledger): { underWay: number; queued: number } => {
  const states = transactions.open().map(({ payment }) => payment.is);
  const underWay = transactions.underWay().length;
  const accepting = states.filter((is) => is === 'partially_approved').length;
  return { underWay: underWay + accepting, queued: states.length - underWay - accepting };
};

/** Batches that are open or closing and hold something, by their names. */
const filledBatches = ({ batches, holdings }: Ledger): string[] =>
  batches
    .unfinished()
    .filter(({ batch }) => holdings.portionsOf(batch).length > 0)
    .map(({ batch: { name, number } }) => `Batch ${name} ${number}`);

const unsentIn = ({ upLog, meta }: Ledger): number =>
  upLog.head().seq - Math.min(upLog.head().seq, meta.get('acknowledged') ?? 0);
