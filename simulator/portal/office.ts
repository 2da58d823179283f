/** The office: everything of the portal that works on facts, words and the host's books, put together. */
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import { Batches } from './batches.ts';
import type { InspectCard } from './card.ts';
import { Changes } from './changes.ts';
import { Commands } from './commands.ts';
import type { Configurations } from './configurations.ts';
import { Decisions } from './decisions.ts';
import { Desk } from './desk.ts';
import { learnCorrection } from './device-views.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Faults } from './faults.ts';
import type { Host } from './host.ts';
import type { TakenFact } from './intake.ts';
import { learningOf } from './learning.ts';
import { Parking } from './parking.ts';
import { Queue } from './queue.ts';
import { Reversals } from './reversals.ts';
import { SaleKeys } from './sale-keys.ts';
import { Settlements } from './settlements.ts';
import { Withdrawals } from './withdrawals.ts';

export interface OfficeOptions {
  readonly db: Sqlite;
  readonly world: World;
  readonly host: Host;
  readonly inspect: InspectCard;
  readonly downLog: DownLog;
  readonly configurations: Configurations;
  readonly faults: Faults;
  readonly tell: Tell;
  readonly retryMs: number;
  readonly parkAfterTries: number;
}

export interface Office {
  readonly learn: (taken: TakenFact) => void;
  readonly desk: Desk;
  readonly keys: SaleKeys;
  readonly reversals: Reversals;
  readonly settlements: Settlements;
  readonly changes: Changes;
  readonly parking: Parking;
  readonly commands: Commands;
}

/** Puts an office together. */
export const openOffice = (options: OfficeOptions): Office => {
  const { db, host } = options;
  const keys = new SaleKeys(db, host);
  const [queue, decisions] = [new Queue(db), new Decisions(options)];
  const reversals = new Reversals(options);
  const withdrawals = new Withdrawals({ ...options, keys, queue, decisions });
  const parking = new Parking(options);
  const batches = new Batches(options);
  const [changes, commands] = [new Changes(options), new Commands(options)];
  const settlements = new Settlements({ ...options, batches, changes });
  const parts = {
    ...{ ...options, clock: options.world.clock, keys, queue, decisions, reversals, withdrawals },
    ...{ parking, batches, settlements, changes, commands, correct: learnCorrection(db) },
  };
  const desk = new Desk(parts);
  const learn = learningOf(parts);
  return { learn, desk, keys, reversals, settlements, changes, parking, commands };
};
