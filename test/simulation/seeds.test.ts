/** A few days of the simulation in every run: fixed seeds, and fresh ones that are printed. */
import { expect, test } from 'vitest';
import { seed as freshSeed } from '../fixtures/seed.ts';
import { playDay } from './day.ts';

const fixedSeeds = Array.from({ length: 20 }, (_, i) => i + 1);
const freshSeeds = Array.from({ length: 10 }, (_, i) => (freshSeed >>> 0) + i);

let sold = 0;

test.each([...fixedSeeds, ...freshSeeds])(
  'every invariant holds at the end of day %i',
  async (seed) => {
    const { findings, story, sales } = await playDay(seed);
    expect(findings, `npm run simulate -- --seed ${seed}\n${story.slice(-60).join('\n')}`).toEqual(
      [],
    );
    sold += sales;
  },
);

// A single day may honestly sell nothing: a reader that is unplugged until the evening.
test('in those days something was sold', () => {
  expect(sold).toBeGreaterThan(fixedSeeds.length);
});
