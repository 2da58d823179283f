/** Striking the set: what was put up is taken down in reverse, and what fails keeps nothing else standing. */

export class Strike {
  readonly #standing: (() => void | Promise<void>)[] = [];

  /** Notes how what was just put up is taken down, and gives it back. */
  later<What>(what: What, takeDown: (what: What) => void | Promise<void>): What {
    this.#standing.push(() => takeDown(what));
    return what;
  }

  /** Takes everything down; fails with the first that failed, once all was tried. */
  async now(): Promise<void> {
    const failures: unknown[] = [];
    for (const takeDown of this.#standing.splice(0).reverse()) {
      try {
        await takeDown();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
