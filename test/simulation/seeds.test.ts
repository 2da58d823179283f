/** A few days of the simulation in every run: fixed seeds, and fresh ones that are printed. */
import { expect, test } from 'vitest';
import { seed as freshSeed } from '../fixtures/seed.ts';
import { playDay } from './day.ts';

const fixedSeeds = Array.from({ length: 60 }, (_, i) => i + 1);
const freshSeeds = Array.from({ length: 20 }, (_, i) => (freshSeed >>> 0) + i);

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

// A single day may honestly sell nothing: a reader that is unplugged until the evening.
test('in those days sales were asked for', () => {
  expect(asked).toBeGreaterThan(10 * fixedSeeds.length);
});

test('a seed plays the same day twice, to the last line of its story', async () => {
  const [first, second] = [await playDay(7), await playDay(7)];
  expect(second.story).toEqual(first.story);
});
