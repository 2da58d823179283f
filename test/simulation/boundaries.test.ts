/** The power fails at every commit boundary of a short day, one after the other; every invariant holds. */
import { expect, test } from 'vitest';
import type { Plan } from './plan.ts';
import { playDay } from './day.ts';

/** Online and offline sales, lost answers, and reversals; nothing else gets in the way of the power cut. */
const plan: Plan = {
  faults: new Set(['line is cut', 'portal misbehaves']),
  ...{ latencyMsMax: 50, loses: 0, repeats: 0, driftPpm: 0, readers: 2, pauseMsMax: 20_000 },
  ...{ offline: { afterUnknown: true }, answerWithinMs: 5_000 },
};
const seed = 4;
const steps = 24;
/** So many tests share the boundaries. */
const parts = 16;

test.each(Array.from({ length: parts }, (_, part) => part + 1))(
  'every invariant holds wherever the power fails (part %i)',
  async (part) => {
    const whole = await playDay(seed, { plan, steps });
    expect(whole.findings).toEqual([]);
    expect(whole.boundaries).toBeGreaterThan(5 * parts);
    for (let cutAt = part; cutAt <= whole.boundaries; cutAt += parts) {
      const { findings, story } = await playDay(seed, { plan, steps, cutAt });
      expect(findings, `cut at ${cutAt}\n${story.slice(-60).join('\n')}`).toEqual([]);
    }
  },
);
