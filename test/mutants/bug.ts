/** A planted bug: a mistake this code could really make with money, how it is made, and its hunter. */

/** Replaces one passage of one file; it has to stand there exactly once. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface Bug {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Days of the simulation within which it has to show, or the tests that have to fail. */
  readonly caughtBy: { readonly seeds: number } | { readonly tests: readonly string[] };
}
