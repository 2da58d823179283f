/** A few days of the simulation in every run: fixed seeds, and fresh ones that are printed. */
import { expect, test, vi } from 'vitest';
import { seed as freshSeed } from '../fixtures/seed.ts';
import { playDay } from './day.ts';
import type { Plan, WorldFault } from './plan.ts';

const fixedSeeds = Array.from({ length: 60 }, (_, i) => i + 1);
const freshSeeds = Array.from({ length: 20 }, (_, i) => (freshSeed >>> 0) + i);

// Now and then a day is followed by a year.
vi.setConfig({ testTimeout: 60_000 });

let asked = 0;

test.each([...fixedSeeds, ...freshSeeds])(
  'every invariant holds all through day %i',
  async (seed) => {
    const { findings, story, sales } = await playDay(seed);
    expect(findings, `npm run simulate -- --seed ${seed}\n${story.slice(-60).join('\n')}`).toEqual(
      [],
    );
    asked += sales;
  },
);

/** Nothing but what a restore is worst for: lost answers, sales that were stored after them, and kills. */
const restores = (faults: readonly WorldFault[]): Plan => ({
  faults: new Set<WorldFault>(['line is cut', 'portal misbehaves', 'process is killed', ...faults]),
  ...{ latencyMsMax: 50, loses: 0, repeats: 0, driftPpm: 0, readers: 2, pauseMsMax: 20_000 },
  ...{ offline: { afterUnknown: true }, answerWithinMs: 5_000, expiryDays: 7 },
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'restored ledgers cost nothing the portal knows of, day %i',
  async (seed) => {
    const { findings } = await playDay(seed, { plan: restores(['ledger is restored']) });
    expect(findings).toEqual([]);
  },
);

test.each([1, 2, 3, 4])('restored portals learn what they had forgotten, day %i', async (seed) => {
  const { findings } = await playDay(seed, { plan: restores(['portal is restored']) });
  expect(findings).toEqual([]);
});

/** What waits for an answer is common, and so are deaths. */
const interruptions: Plan = {
  ...restores(['answers stay out']),
  ...{ offline: { duplicateWindowSeconds: 3_600 }, pauseMsMax: 60_000 },
};
const waiting = ['challenged', 'partially_approved', 'advised', 'void_pending', 'held'];
const daysMost = 40;

test('a start finds whatever waited for the POS, the host or the portal', async () => {
  const missed = new Set(waiting.map((state) => `recovery: found ${state}`));
  for (let seed = 1; seed <= daysMost && missed.size > 0; seed += 1) {
    const { findings, reached } = await playDay(seed, { plan: interruptions });
    expect(findings, `day ${seed}`).toEqual([]);
    for (const what of reached.keys()) missed.delete(what);
  }
  expect([...missed]).toEqual([]);
});

// A single day may honestly sell nothing: a reader that is unplugged until the evening.
test('in those days sales were asked for', () => {
  expect(asked).toBeGreaterThan(10 * fixedSeeds.length);
});

test('a seed plays the same day twice, to the last line of its story', async () => {
  const [first, second] = [await playDay(7), await playDay(7)];
  expect(second.story).toEqual(first.story);
});
