/**
 * The parts of a run, in their order: what each measures, for whoever waits, and the figures it gives.
 */
import type { Figures } from './figures.ts';
import { measureCardToRequest } from './card-to-request.ts';
import { measureDrain } from './drain.ts';
import { measureFlushes } from './flushes.ts';
import { measureGrowth } from './growth.ts';
import { measureMemory } from './memory.ts';
import { measureOnline } from './online.ts';
import { measurePruning } from './pruning.ts';
import { measureReaders } from './readers.ts';
import { measureSales } from './sales.ts';
import { measureSeal } from './seal.ts';
import { measureStart } from './start.ts';

/** What a part has to tell. */
export type Taken = Partial<Omit<Figures, 'date' | 'machine' | 'seconds'>>;

/** Where a part may write, and the broker its portal is behind. */
export interface Place {
  readonly directory: string;
}
export interface LinkedPlace extends Place {
  readonly brokerUrl: string;
}

export interface Part<P extends Place> {
  readonly says: string;
  readonly take: (place: P) => Promise<Taken>;
}

/** Each by the word it is asked for alone. */
export const alone: Readonly<Record<string, Part<Place>>> = {
  seal: {
    says: 'a sealing',
    take: async () => ({ sealMicroseconds: await measureSeal() }),
  },
  readers: {
    says: 'the frames of every reader',
    take: async () => ({ readers: await measureReaders() }),
  },
  sales: {
    says: 'offline sales',
    take: async ({ directory }) => {
      const { ratios, ...sales } = await measureSales(directory);
      return { ratios, sales };
    },
  },
  growth: {
    says: 'what grows with a ledger of a hundred thousand transactions',
    take: async ({ directory }) => {
      const { ratios, ...growth } = await measureGrowth(directory);
      return { ratios, growth };
    },
  },
  pruning: {
    says: 'pruning ten thousand sales',
    take: ({ directory }) => Promise.resolve({ pruning: measurePruning(directory) }),
  },
  start: {
    says: 'starting, with an empty and a long ledger',
    take: async ({ directory }) => {
      const { ratios, ...start } = await measureStart(directory);
      return { ratios, start };
    },
  },
  memory: {
    says: 'memory after a thousand sales',
    take: ({ directory }) => measureMemory(directory),
  },
};

/** The same of those with a portal. */
export const linked: Readonly<Record<string, Part<LinkedPlace>>> = {
  drain: {
    says: 'draining the log',
    take: async ({ directory, brokerUrl }) => {
      const { ratios, ...drain } = await measureDrain(directory, brokerUrl);
      return { ratios, drain };
    },
  },
  online: {
    says: 'online sales',
    take: ({ directory, brokerUrl }) => measureOnline(directory, brokerUrl),
  },
  card: {
    says: 'from a card to its request',
    take: async ({ directory, brokerUrl }) => ({
      cardToRequest: await measureCardToRequest(directory, brokerUrl),
    }),
  },
  flushes: {
    says: 'flushes',
    take: async ({ directory, brokerUrl }) => ({
      flushes: await measureFlushes(directory, brokerUrl),
    }),
  },
};
