/**
 * Parking: what the host could not decide in so many tries, or what somebody at the device wants to look at
 * first. It is not tried before it is released, and nobody else waits for it.
 */
import type { FactBody, WordBody } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Queued } from './queue.ts';

/** A transaction somebody at the portal parks, or lets go on. */
export interface ParkingOrder {
  readonly device: string;
  readonly transactionId: string;
  readonly do: 'hold' | 'release';
}

export type Parked =
  | { readonly is: 'parked' | 'released' }
  | {
      readonly is: 'refused';
      readonly code: 'not_found' | 'conflict';
      readonly why: string;
    };

export interface ParkingOptions {
  readonly db: Sqlite;
  readonly downLog: DownLog;
  readonly tell: Tell;
  /** How often the host may say `try again` before something is parked. */
  readonly parkAfterTries: number;
}

export class Parking {
  readonly #options: ParkingOptions;
  readonly #park;
  readonly #release;

  constructor(options: ParkingOptions) {
    this.#options = options;
    this.#park = options.db.prepare(
      'update queued set parked = 1, tries = ? where device = ? and transaction_id = ?',
    );
    this.#release = options.db.prepare(
      `update queued set parked = 0, tries = 0, released = 1
       where device = ? and transaction_id = ?`,
    );
  }

  /** Somebody at the device parked it; within the commit that takes the fact in. */
  hold(device: string, { transactionId }: FactBody<'transaction.held'>): void {
    this.#park.run(0, device, transactionId);
  }

  /** Somebody at the device released it, whoever had parked it; its tries count anew. */
  release(device: string, { transactionId }: FactBody<'transaction.released'>): void {
    this.#release.run(device, transactionId);
  }

  /** Somebody at the portal parks it or releases it, whoever had parked it; or why that cannot be. */
  order({ device, transactionId, do: doing }: ParkingOrder): Parked {
    const waiting = this.#options.db
      .prepare<[string, string], { parked: 0 | 1 | null }>(
        `select undecided.parked from queued left join undecided using (place)
         where queued.device = ? and queued.transaction_id = ?`,
      )
      .get(device, transactionId);
    if (waiting === undefined) {
      return refused('not_found', 'no such transaction of this device was stored or advised');
    }
    const { parked } = waiting;
    if (parked === null) return refused('conflict', 'it is decided already');
    if (parked === (doing === 'hold' ? 1 : 0)) {
      return refused('conflict', `it is ${parked === 1 ? 'parked already' : 'not parked'}`);
    }
    if (doing === 'hold') this.#park.run(0, device, transactionId);
    else this.#release.run(device, transactionId);
    const is = doing === 'hold' ? 'parked' : 'released';
    this.#options.tell({ is: `transaction.${is}_here`, device, transactionId });
    return { is };
  }

  /** A restored portal hears here what it had parked. */
  learn(device: string, { transactionId, tries }: WordBody<'transaction.parked'>): void {
    this.#park.run(tries, device, transactionId);
  }

  /** Counts a try the host could not decide; says whether it is parked now, and the device that it is. */
  tried({ device, transactionId, attemptId, ...queued }: Queued, responseCode: string): boolean {
    const { db, downLog, tell, parkAfterTries } = this.#options;
    const tries = queued.tries + 1;
    if (tries <= parkAfterTries) {
      db.prepare('update queued set tries = ? where place = ?').run(tries, queued.place);
      return false;
    }
    const body = { transactionId, attemptId, responseCode, tries };
    db.transaction(() => {
      this.#park.run(tries, device, transactionId);
      downLog.write(device, { type: 'transaction.parked', body });
    })();
    tell({ is: 'transaction.parked', device, ...body });
    return true;
  }
}

const refused = (code: 'not_found' | 'conflict', why: string): Parked => ({
  ...{ is: 'refused', code, why },
});
