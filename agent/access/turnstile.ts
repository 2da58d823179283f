/** A turnstile: lets one piece of costly work through at a time, and only a few wait for it. */

export interface Turnstile {
  /** The result of the work once its turn has come; `undefined`, and nothing is done, when too many wait. */
  pass<R>(work: () => Promise<R>): Promise<R> | undefined;
}

export const turnstileOf = (waitingMost: number): Turnstile => {
  let before: Promise<unknown> = Promise.resolve();
  let inside = 0;
  return {
    pass: (work) => {
      // One is being served, the others wait.
      if (inside > waitingMost) return undefined;
      inside += 1;
      const mine = before.then(work).finally(() => (inside -= 1));
      before = mine.catch(() => undefined);
      return mine;
    },
  };
};
