/** The figures of a run: every measurement, one after the other, in a directory that goes away with it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startBenchBroker } from './broker.ts';
import { measureDrain } from './drain.ts';
import { measureGrowth } from './growth.ts';
import { measureFlushes, type Flushes } from './flushes.ts';
import { thisMachine, type Machine } from './machine.ts';
import { measureMemory, type MemoryMeasured } from './memory.ts';
import { measureOnline, type OnlineMeasured } from './online.ts';
import { portalIsUp } from './portal.ts';
import { commandOf, roleDone, startRole } from './roles.ts';
import { measurePruning, type PruningMeasured } from './pruning.ts';
import { measureSales } from './sales.ts';
import { scratchDirectory } from './scratch.ts';
import { measureSeal } from './seal.ts';
import { measureStart } from './start.ts';

type Sales = Awaited<ReturnType<typeof measureSales>>;
type Drain = Awaited<ReturnType<typeof measureDrain>>;
type Start = Awaited<ReturnType<typeof measureStart>>;
type Growth = Awaited<ReturnType<typeof measureGrowth>>;

/** Everything that was measured; the keys of `ratios`, `flushes` and the top level are kept. */
export interface Figures extends MemoryMeasured, OnlineMeasured {
  readonly date: string;
  readonly machine: Machine;
  readonly broker: 'mosquitto' | 'aedes';
  readonly seconds: number;
  readonly ratios: Sales['ratios'] & Drain['ratios'] & Start['ratios'] & Growth['ratios'];
  /** `null` where there is no strace to count them. */
  readonly flushes: Flushes | null;
  readonly sealMicroseconds: number;
  readonly sales: Omit<Sales, 'ratios'>;
  readonly drain: Omit<Drain, 'ratios'>;
  readonly start: Omit<Start, 'ratios'>;
  readonly growth: Omit<Growth, 'ratios'>;
  readonly pruning: PruningMeasured;
}

/** How long the portal may take to be there, ms. */
const portalWithinMs = 20_000;

/** Takes all figures; `say` hears what is being measured. */
export const takeFigures = async (say: (line: string) => void): Promise<Figures> => {
  const [machine, began] = [thisMachine(), performance.now()];
  const scratch = scratchDirectory();
  try {
    const alone = await measuredAlone(scratch.path, say);
    const linked = await measuredLinked(scratch.path, say);
    const { ratios: ofSales, ...sales } = alone.sales;
    const { ratios: ofStart, ...start } = alone.start;
    const { ratios: ofGrowth, ...growth } = alone.growth;
    const { ratios: ofDrain, ...drain } = linked.drain;
    return {
      date: new Date().toISOString(),
      ...{ machine, broker: linked.broker },
      seconds: Math.round((performance.now() - began) / 1000),
      ratios: { ...ofSales, ...ofDrain, ...ofStart, ...ofGrowth },
      flushes: linked.flushes,
      ...alone.memory,
      sealMicroseconds: alone.seal,
      ...linked.online,
      ...{ sales, drain, start, growth, pruning: alone.pruning },
    };
  } finally {
    scratch.remove();
  }
};

const measuredAlone = async (directory: string, say: (line: string) => void) => {
  say('a sealing');
  const seal = await measureSeal();
  say('offline sales');
  const sales = await measureSales(directory);
  say('what grows with a ledger of a hundred thousand transactions');
  const growth = await measureGrowth(directory);
  say('pruning ten thousand sales');
  const pruning = measurePruning(directory);
  say('starting, with an empty and a long ledger');
  const start = await measureStart(directory);
  say('memory after a thousand sales');
  const memory = await measureMemory(directory);
  return { seal, sales, growth, pruning, start, memory };
};

const measuredLinked = async (directory: string, say: (line: string) => void) => {
  const place = join(directory, 'linked');
  mkdirSync(place);
  const broker = await startBenchBroker(place);
  const portal = startRole(commandOf('portal', broker.url, place));
  try {
    await portal.says(portalIsUp, portalWithinMs);
    say('draining the log');
    const drain = await measureDrain(place, broker.url);
    say('online sales');
    const online = await measureOnline(place, broker.url);
    say('flushes');
    const flushes = await countedFlushes(place, broker.url, say);
    return { broker: broker.name, drain, online, flushes };
  } finally {
    portal.kill('SIGTERM');
    await roleDone(portal);
    await broker.close();
  }
};

// Without strace all else is still worth knowing.
const countedFlushes = async (
  place: string,
  brokerUrl: string,
  say: (line: string) => void,
): Promise<Flushes | null> => {
  try {
    return await measureFlushes(place, brokerUrl);
  } catch (error) {
    say(`Flushes were not counted. ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
};
