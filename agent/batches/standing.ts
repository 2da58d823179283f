/**
 * How a transaction stands in its batch, by the state of its payment: whether a close waits for it, and which
 * of the batch's totals it is in.
 */
import type { RecordStanding } from '../../contract/index.ts';
import type { Payment } from '../payments/states.ts';

/** `under way`: nothing can be said of it yet, so no close is possible. `none`: it is in no total. */
export type Standing = RecordStanding | 'under way' | 'none';

const standings = {
  created: 'under way',
  awaiting_card: 'under way',
  challenged: 'under way',
  sent: 'under way',
  completing: 'under way',
  partially_approved: 'under way',
  stored: 'pending',
  advised: 'pending',
  void_pending: 'pending',
  unknown: 'carried',
  held: 'carried',
  approved: 'approved',
  declined: 'none',
  reversed: 'none',
  voided: 'none',
  cancelled: 'none',
  forward_declined: 'none',
} as const satisfies Record<State, Standing>;

/** A state as it stands in the ledger. */
export type State = Payment['is'];

/** A close should wait a while for these: the portal is about to decide them. Nobody waits for a held one. */
const undecided: ReadonlySet<string> = new Set(['stored', 'advised', 'void_pending', 'unknown']);

export const standingOf = (state: State): Standing => standings[state];

export const isUndecided = (state: State): boolean => undecided.has(state);
