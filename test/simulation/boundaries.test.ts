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
const steps = 14;

test('every invariant holds wherever the power fails', async () => {
  const whole = await playDay(seed, { plan, steps });
  expect(whole.findings).toEqual([]);
  expect(whole.boundaries).toBeGreaterThan(60);
  for (let cutAt = 1; cutAt <= whole.boundaries; cutAt += 1) {
    const { findings, story } = await playDay(seed, { plan, steps, cutAt });
    expect(findings, `cut at ${cutAt}\n${story.slice(-60).join('\n')}`).toEqual([]);
  }
});
