/**
 * Rounds: what is compared takes turns within one run, so that a busy machine slows all of it alike. A
 * figure is the median of its rounds, a ratio the median of the rounds' own ratios.
 */

/** Does its share of a round; gives what it took, or how much it was. */
export type Turn = () => number | Promise<number>;

/** Lets everybody take a turn in every round; the first round warms up and is forgotten. */
export const inTurn = async <N extends string>(
  rounds: number,
  turns: Readonly<Record<N, Turn>>,
): Promise<Record<N, number[]>> => {
  const names = Object.keys(turns) as N[];
  const taken = new Map<N, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, values] of taken) {
      const value = await turns[name]();
      if (round > 0) values.push(value);
    }
  }
  return Object.fromEntries(taken) as Record<N, number[]>;
};

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** The least value that so many in a hundred do not exceed. */
export const percentile = (values: readonly number[], percent: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1] ?? NaN;

/** How much of `whole` `part` was, round by round. */
export const ratioOf = (part: readonly number[], whole: readonly number[]): number =>
  median(part.map((each, round) => each / (whole[round] ?? NaN)));

/** What some work took, in milliseconds. */
export const timed = async (work: () => void | Promise<void>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

export const rounded = (value: number, places: number): number => Number(value.toFixed(places));
