/** The figures of a run: what there is to know, part by part. */
import type { CardToRequest } from './card-to-request.ts';
import type { DrainMeasured } from './drain.ts';
import type { Flushes } from './flushes.ts';
import type { GrowthMeasured } from './growth.ts';
import type { Machine } from './machine.ts';
import type { MemoryMeasured } from './memory.ts';
import type { OnlineMeasured } from './online.ts';
import type { PruningMeasured } from './pruning.ts';
import type { ReadersMeasured } from './readers.ts';
import type { SalesMeasured } from './sales.ts';
import type { StartMeasured } from './start.ts';

type Ratios = SalesMeasured['ratios'] &
  DrainMeasured['ratios'] &
  StartMeasured['ratios'] &
  GrowthMeasured['ratios'];

/**
 * Everything that was measured; of a run of one part, what that one gives. The keys of `ratios`, `flushes`
 * and the top level are kept.
 */
export interface Figures extends Partial<MemoryMeasured>, Partial<OnlineMeasured> {
  readonly date: string;
  readonly machine: Machine;
  readonly broker?: 'mosquitto' | 'aedes';
  readonly seconds: number;
  readonly ratios: Partial<Ratios>;
  /** `null` where there is no strace to count them. */
  readonly flushes?: Flushes | null;
  readonly sealMicroseconds?: number;
  readonly readers?: ReadersMeasured;
  readonly cardToRequest?: CardToRequest;
  readonly sales?: Omit<SalesMeasured, 'ratios'>;
  readonly drain?: Omit<DrainMeasured, 'ratios'>;
  readonly start?: Omit<StartMeasured, 'ratios'>;
  readonly growth?: Omit<GrowthMeasured, 'ratios'>;
  readonly pruning?: PruningMeasured;
}
