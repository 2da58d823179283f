/** The tally: counts of what happened since the agent started, for the counters among its metrics. */
import { reading, type CounterName, type LabelsOf, type Reading } from './metrics.ts';

/** Names of readers that are told apart; readers that find themselves may be more, over the years. */
export const readerNamesMost = 64;
/** What every further one is counted under. */
export const otherReaders = 'others';

export interface Tally {
  /** Counts once, or as often as is said; 0 lets a counter be seen before anything happened. */
  count<N extends CounterName>(metric: N, labels: LabelsOf<N>, times?: number): void;
  readings(): Reading[];
}

/** A tally of nothing yet. */
export const tallyOf = (): Tally => {
  const counts = new Map<string, Reading>();
  const readers = new Set<string>();
  const told = (reader: string): string => {
    if (readers.size < readerNamesMost) readers.add(reader);
    return readers.has(reader) ? reader : otherReaders;
  };
  return {
    count: (metric, labels, times = 1) => {
      const named = { ...labels, reader: told(labels.reader) };
      const key = JSON.stringify([metric, Object.entries(named).sort()]);
      const value = (counts.get(key)?.value ?? 0) + times;
      counts.set(key, reading(metric, named, value));
    },
    readings: () => [...counts.values()],
  };
};
