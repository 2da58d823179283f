/** Waiting for what must happen: as long as it takes, up to a bound, and never a moment more. */

const lookEveryMs = 5;
export const untilMs = 5_000;

/** Resolves once `holds` does; fails with `what` when it does not in time. */
export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs: number = untilMs,
): Promise<void> => {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}.`);
    await pause(lookEveryMs);
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
