/**
 * Batches: which batch each transaction belongs to, and what devices said of those they closed.
 *
 * The latest fact about a transaction says where it belongs; what a close carries goes on to the next batch,
 * whatever an earlier or a repeated fact says.
 */
import type { BatchId, BatchRecord, FactBody } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Tell } from './events.ts';
import type { Place } from './queue.ts';

/** The most often a transaction is carried on; a chain that is longer is none. */
const carriesMost = 1_000;

/** A batch that a device closed, with its place in the log. */
export interface ClosedBatch extends Place {
  readonly closed: FactBody<'batch.closed'>;
}

export interface BatchesOptions {
  readonly db: Sqlite;
  readonly tell: Tell;
}

interface Member {
  readonly transactionId: string;
  readonly batch: BatchId;
}

export class Batches {
  readonly #options: BatchesOptions;
  readonly #belong;
  readonly #carried;

  constructor(options: BatchesOptions) {
    this.#options = options;
    const { db } = options;
    this.#belong = db.prepare(
      `insert into membership (device, transaction_id, name, number) values (?, ?, ?, ?)
       on conflict do update set name = excluded.name, number = excluded.number`,
    );
    this.#carried = db.prepare<[string, string, string, number], BatchId>(
      `select to_name as name, to_number as number from carry
       where device = ? and transaction_id = ? and name = ? and number = ?`,
    );
  }

  /** A fact about money names the batch of its transaction; within the commit that takes it in. */
  learnMember(device: string, { transactionId, batch }: Member): void {
    let { name, number } = batch;
    for (let steps = 0; steps < carriesMost; steps += 1) {
      const next = this.#carried.get(device, transactionId, name, number);
      if (next === undefined) break;
      ({ name, number } = next);
    }
    this.#belong.run(device, transactionId, name, number);
  }

  /** A page of what a batch holds; what was said of a batch that is closed is not said otherwise. */
  learnRecords({ device }: Place, { batch, page, records }: FactBody<'batch.records'>): void {
    if (this.#isClosed(device, batch)) return;
    this.#options.db
      .prepare(
        `insert or replace into batch_page (device, name, number, page, records)
         values (?, ?, ?, ?, ?)`,
      )
      .run(device, batch.name, batch.number, page, JSON.stringify(records));
  }

  /** A batch is closed; closed again it is the same batch, and its settlement is said again. */
  learnClosed({ device, epoch, seq }: Place, body: FactBody<'batch.closed'>): void {
    const { db, tell } = this.#options;
    const { batch, carried } = body;
    const { name, number } = batch;
    const to = body.carriedTo ?? { name, number: number + 1 };
    const carry = db.prepare('insert or ignore into carry values (?, ?, ?, ?, ?, ?)');
    for (const transactionId of carried) {
      carry.run(device, transactionId, name, number, to.name, to.number);
      this.learnMember(device, { transactionId, batch });
    }
    const { changes } = db
      .prepare(
        `insert into batch (device, name, number, epoch, seq, closed) values (?, ?, ?, ?, ?, ?)
         on conflict (device, name, number) do update
           set epoch = excluded.epoch, seq = excluded.seq, closed = excluded.closed
           where closed is null`,
      )
      .run(device, name, number, epoch, seq, JSON.stringify(body));
    if (changes > 0) tell({ is: 'batch.closed', device, name, number });
    else {
      db.prepare('update batch set again = 1 where device = ? and name = ? and number = ?').run(
        ...[device, name, number],
      );
    }
  }

  /** Closed batches whose settlement is not known yet, of devices that have told all there is, in order. */
  unsettled(): ClosedBatch[] {
    return this.#options.db
      .prepare<[], { device: string; epoch: number; seq: number; closed: string }>(
        `select device, epoch, seq, closed from batch join caught_up using (device)
         where settlement is null and closed is not null order by place`,
      )
      .all()
      .map(({ closed, ...place }) => ({
        ...{ ...place, closed: JSON.parse(closed) as FactBody<'batch.closed'> },
      }));
  }

  /** What a device said a batch holds. */
  recordsOf(device: string, { batch, pages }: FactBody<'batch.closed'>): BatchRecord[] {
    return this.#options.db
      .prepare<[string, string, number, number], { records: string }>(
        `select records from batch_page
         where device = ? and name = ? and number = ? and page <= ? order by page`,
      )
      .all(device, batch.name, batch.number, pages)
      .flatMap(({ records }) => JSON.parse(records) as BatchRecord[]);
  }

  /** The transactions that belong to a batch by now. */
  membersOf(device: string, { name, number }: BatchId): string[] {
    return this.#options.db
      .prepare<[string, string, number], { transactionId: string }>(
        `select transaction_id as transactionId from membership
         where device = ? and name = ? and number = ? order by transaction_id`,
      )
      .all(device, name, number)
      .map(({ transactionId }) => transactionId);
  }

  #isClosed(device: string, { name, number }: BatchId): boolean {
    const row = this.#options.db
      .prepare<[string, string, number], { closed: string | null }>(
        'select closed from batch where device = ? and name = ? and number = ?',
      )
      .get(device, name, number);
    return row !== undefined && row.closed !== null;
  }
}
