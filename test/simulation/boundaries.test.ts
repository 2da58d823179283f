/**
 * The power fails at every commit boundary of a short day, one after the other, and at every other durability
 * point, the first, a middle and the last time it is passed; every invariant holds.
 */
import { expect, test } from 'vitest';
import { durabilityPoints, type DurabilityPoint } from '../../agent/durability.ts';
import type { Plan } from './plan.ts';
import { playDay } from './day.ts';

/** Online and offline sales, lost answers, and reversals; nothing else gets in the way of the power cut. */
const plan: Plan = {
  faults: new Set(['line is cut', 'portal misbehaves']),
  ...{ latencyMsMax: 50, loses: 0, repeats: 0, driftPpm: 0, readers: 2, pauseMsMax: 20_000 },
  ...{ offline: { afterUnknown: true }, answerWithinMs: 5_000, expiryDays: 7 },
  batch: { closeAtCount: 3 },
};
const seed = 7;
const day = { plan, steps: 24 };
/** So many tests share the boundaries. */
const parts = 16;

const whole = await playDay(seed, day);

test('every invariant holds when the power does not fail', () => {
  expect(whole.findings).toEqual([]);
  expect(whole.boundaries).toBeGreaterThan(5 * parts);
});

test.each(Array.from({ length: parts }, (_, part) => part + 1))(
  'every invariant holds wherever the power fails (part %i)',
  async (part) => {
    for (let cutAt = part; cutAt <= whole.boundaries; cutAt += parts) {
      const { findings, story } = await playDay(seed, { ...day, cutAt });
      expect(findings, `cut at ${cutAt}\n${story.slice(-60).join('\n')}`).toEqual([]);
    }
  },
);

/** Passed on a day that is followed by more than a year. */
const ofPruning: readonly DurabilityPoint[] = ['before-prune', 'after-prune'];
/** Passed on a day on which an operator pushes settings. */
const ofSettings: readonly DurabilityPoint[] = [
  ...(['before-trial', 'after-trial', 'before-rollback', 'after-rollback'] as const),
  ...(['before-confirm', 'after-confirm', 'after-configured'] as const),
];
/** Commits have their boundaries above; an answer over HTTP is what a virtual shop does not give. */
const elsewhere: readonly DurabilityPoint[] = [
  ...(['before-commit', 'after-commit', 'after-answer'] as const),
  ...ofPruning,
  ...ofSettings,
];
const points = Object.keys(durabilityPoints) as DurabilityPoint[];

test.each(points.filter((point) => !elsewhere.includes(point)))(
  'every invariant holds when the power fails at %s',
  async (point) => {
    const times = whole.passed.get(point) ?? 0;
    expect(times).toBeGreaterThan(0);
    for (const time of new Set([1, Math.ceil(times / 2), times])) {
      const { findings, story, reached } = await playDay(seed, { ...day, fatal: { point, time } });
      expect(reached.get(`fault: power is cut at ${point}`)).toBe(1);
      expect(findings, `${point}:${time}\n${story.slice(-60).join('\n')}`).toEqual([]);
    }
  },
);

test.each(ofPruning)(
  'every invariant holds when the power fails at %s, years later',
  async (point) => {
    const years = {
      plan: { ...plan, faults: new Set([...plan.faults, 'a year goes by'] as const) },
    };
    const times = (await playDay(40, years)).passed.get(point) ?? 0;
    expect(times).toBeGreaterThan(1);
    for (let time = 1; time <= times; time += 1) {
      const { findings, story, reached } = await playDay(40, { ...years, fatal: { point, time } });
      expect(reached.get(`fault: power is cut at ${point}`)).toBe(1);
      expect(findings, `${point}:${time}\n${story.slice(-60).join('\n')}`).toEqual([]);
    }
  },
);

test.each(ofSettings)('every invariant holds when the power fails at %s', async (point) => {
  const pushed = {
    plan: { ...plan, faults: new Set([...plan.faults, 'settings are pushed'] as const) },
    steps: 40,
  };
  const times = (await playDay(3, pushed)).passed.get(point) ?? 0;
  expect(times).toBeGreaterThan(0);
  for (let time = 1; time <= times; time += 1) {
    const { findings, story, reached } = await playDay(3, { ...pushed, fatal: { point, time } });
    expect(reached.get(`fault: power is cut at ${point}`)).toBe(1);
    expect(findings, `${point}:${time}\n${story.slice(-60).join('\n')}`).toEqual([]);
  }
});
