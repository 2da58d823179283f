/** A share of the seeds, played in a thread of its own; ends with the first day that goes wrong. */
import { parentPort, workerData } from 'node:worker_threads';
import { playDay } from './day.ts';

/** Seeds from one on, every so many, up to and without the end. */
export interface Share {
  readonly from: number;
  readonly step: number;
  readonly end: number;
}

/** What became of a share. */
export interface Shared {
  readonly reached: ReadonlyMap<string, number>;
  readonly sales: number;
  readonly wrong: readonly {
    readonly seed: number;
    readonly findings: readonly string[];
    readonly story: readonly string[];
  }[];
}

const play = async ({ from, step, end }: Share): Promise<Shared> => {
  const reached = new Map<string, number>();
  let sales = 0;
  for (let seed = from; seed < end; seed += step) {
    const day = await playDay(seed);
    for (const [what, times] of day.reached) reached.set(what, (reached.get(what) ?? 0) + times);
    sales += day.sales;
    const { findings, story } = day;
    if (findings.length > 0) return { reached, sales, wrong: [{ seed, findings, story }] };
  }
  return { reached, sales, wrong: [] };
};

parentPort?.postMessage(await play(workerData as Share));
