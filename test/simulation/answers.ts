/** Answers: what a POS was told of each transaction, and may build on (invariant I7). */

import type { TransactionType } from '../../contract/index.ts';

type Follows = Readonly<Record<string, readonly string[]>>;

/** What becomes of an outcome; whatever is not named here stays as it was told. */
const follows: Follows = {
  approved: ['voided'],
  // Rejected, and undone at the host before anybody looked again.
  partially_approved: ['approved', 'unknown', 'reversed'],
  approved_offline: ['approved', 'forward_declined', 'voided', 'void_pending', 'held'],
  void_pending: ['voided', 'forward_declined', 'approved', 'approved_offline'],
  held: ['approved_offline', 'approved', 'forward_declined', 'void_pending', 'voided'],
  unknown: ['reversed'],
};

/** Advice is repeated until the host answers it, and never reversed. */
const followsAdvice: Follows = {
  ...follows,
  held: [...(follows['held'] ?? []), 'unknown', 'declined'],
  unknown: ['approved', 'declined', 'held'],
};

const followsOf = (type: TransactionType): Follows => {
  switch (type) {
    case 'void':
    case 'capture':
    case 'adjustment':
      return followsAdvice;
    // Nobody captured it in time, so it is given back.
    case 'authorization':
      return { ...follows, approved: ['voided', 'unknown', 'reversed'] };
    case 'sale':
    case 'refund':
      return follows;
  }
};

/** A ledger that was restored hears from the portal what it had forgotten. */
const followsRestored: Follows = {
  unknown: ['reversed', 'approved', 'declined', 'held'],
  reversed: ['approved'],
  approved: ['voided', 'reversed', 'unknown'],
};

export class Answers {
  readonly #told = new Map<string, string>();
  readonly #forgotten = new Set<string>();

  /** Somebody is told an outcome, or that there is none yet; gives what is wrong about that. */
  tell(transactionId: string, type: TransactionType, outcome: string | undefined): string[] {
    const before = this.#told.get(transactionId);
    if (outcome !== undefined) this.#told.set(transactionId, outcome);
    if (before === undefined || before === outcome) return [];
    const isRight =
      outcome !== undefined &&
      this.#following(transactionId, type)[before]?.includes(outcome) === true;
    return isRight
      ? []
      : [`I7: ${transactionId} was answered ${before} and is ${outcome ?? 'open'}`];
  }

  /** The transactions somebody was told something of. */
  all(): string[] {
    return [...this.#told.keys()];
  }

  /** The ledger forgot this transaction, or what became of it: it is older than the answer. */
  forget(transactionId: string): void {
    this.#told.delete(transactionId);
    this.#forgotten.add(transactionId);
  }

  #following(transactionId: string, type: TransactionType): Follows {
    const usual = followsOf(type);
    return this.#forgotten.has(transactionId) ? { ...usual, ...followsRestored } : usual;
  }
}
