/** Answers: what a POS was told of each transaction, and may build on (invariant I7). */

/** What becomes of an outcome that is not final; whatever is not named here stays as it was told. */
const follows: Readonly<Record<string, readonly string[]>> = {
  approved_offline: ['approved', 'forward_declined'],
  unknown: ['reversed'],
};

/** A ledger that was restored hears from the portal what it had forgotten. */
const followsRestored: Readonly<Record<string, readonly string[]>> = {
  ...follows,
  unknown: ['reversed', 'approved'],
  reversed: ['approved'],
};

export class Answers {
  readonly #told = new Map<string, string>();
  readonly #forgotten = new Set<string>();

  /** Somebody is told an outcome, or that there is none yet; gives what is wrong about that. */
  tell(transactionId: string, outcome: string | undefined): string[] {
    const before = this.#told.get(transactionId);
    if (outcome !== undefined) this.#told.set(transactionId, outcome);
    if (before === undefined || before === outcome) return [];
    const isRight =
      outcome !== undefined && this.#following(transactionId)[before]?.includes(outcome) === true;
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

  #following(transactionId: string) {
    return this.#forgotten.has(transactionId) ? followsRestored : follows;
  }
}
