/**
 * Settlements: once everything a device called pending in a closed batch is decided, both sides are compared,
 * and the device hears how that ended. A batch has one settlement, said again whenever it is closed again.
 */
import {
  deliberateReasons,
  type BatchId,
  type BatchRecord,
  type FactBody,
  type Settlement,
  type TransactionType,
} from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Batches, ClosedBatch } from './batches.ts';
import type { Changes } from './changes.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Faults } from './faults.ts';
import type { Host } from './host.ts';
import type { Place } from './queue.ts';
import { areSameTotals, countedValue, reckon, type Standing } from './reckoning.ts';

export interface SettlementsOptions {
  readonly db: Sqlite;
  readonly host: Host;
  readonly batches: Batches;
  readonly changes: Changes;
  readonly downLog: DownLog;
  readonly faults: Faults;
  readonly tell: Tell;
}

/** A closed batch as people see it. */
export interface BatchView {
  readonly device: string;
  readonly closed: FactBody<'batch.closed'> | null;
  readonly settlement: Settlement | null;
  /** What stands of it at the portal by now, by type and currency; values in minor units. */
  readonly own: readonly OwnSum[];
}

export interface OwnSum {
  readonly type: TransactionType;
  readonly currency: string;
  readonly count: number;
  readonly value: number;
}

interface Row extends BatchId {
  readonly device: string;
  readonly closed: string | null;
  readonly settlement: string | null;
}

const deliberate = deliberateReasons.map((reason) => `'${reason}'`).join(', ');

export class Settlements {
  readonly #options: SettlementsOptions;

  constructor(options: SettlementsOptions) {
    this.#options = options;
  }

  /** A restored portal hears here how a settlement had ended. */
  learn(device: string, body: Settlement): void {
    this.#write(device, body);
  }

  /** Settles all that can be settled, and says again what was asked for again. */
  work(): void {
    const { db, batches, downLog, faults } = this.#options;
    if (faults.isArmed('hold_settlements')) return;
    for (const batch of batches.unsettled()) this.#settle(batch);
    const again = db
      .prepare<[], { place: number; device: string; settlement: string }>(
        'select place, device, settlement from batch where again = 1 and settlement is not null',
      )
      .all();
    for (const { place, device, settlement } of again) {
      db.transaction(() => {
        db.prepare('update batch set again = 0 where place = ?').run(place);
        const body = JSON.parse(settlement) as Settlement;
        downLog.write(device, { type: 'settlement', body });
      })();
    }
  }

  /** The newest closed batches first, at most `limit` of them. */
  all(limit: number): readonly BatchView[] {
    return this.#options.db
      .prepare<[number], Row>(
        'select device, name, number, closed, settlement from batch order by place desc limit ?',
      )
      .all(limit)
      .map(({ device, closed, settlement, ...batch }) => ({
        device,
        closed: parsed<FactBody<'batch.closed'>>(closed),
        settlement: parsed<Settlement>(settlement),
        own: this.#sumsOf(device, batch),
      }));
  }

  #sumsOf(device: string, batch: BatchId): OwnSum[] {
    const sums = new Map<string, OwnSum>();
    const members = this.#options.batches.membersOf(device, batch);
    for (const { type, amount } of this.#ownView(device, members).values()) {
      const { value, currency } = amount;
      const sum = sums.get(`${type} ${currency}`) ?? { type, currency, count: 0, value: 0 };
      const added = { count: sum.count + 1, value: sum.value + value };
      sums.set(`${type} ${currency}`, { ...sum, ...added });
    }
    return [...sums.values()];
  }

  #settle({ device, ...where }: ClosedBatch): void {
    const { db, batches, downLog, tell } = this.#options;
    const { closed } = where;
    const { batch } = closed;
    const records = batches.recordsOf(device, closed);
    const pending = records.filter(({ standing }) => standing === 'pending');
    if (!pending.every(({ transactionId }) => this.#hasEnded(device, transactionId))) return;
    const own = this.#ownView(device, batches.membersOf(device, batch));
    this.#loseOne(device, own, records);
    const isSound = areSameTotals(records, closed.totals) && digestOf(records) === closed.digest;
    if (!isSound) tell({ is: 'batch.unsound', device, ...batch });
    const knew = new Set(
      records.filter(({ standing }) => standing === 'approved').map((one) => one.transactionId),
    );
    const place = { device, epoch: where.epoch, seq: where.seq };
    const changedSince = (id: string) => this.#hasChanged(place, id, knew);
    const body = reckon({ batch, records, own, changedSince, isSound });
    db.transaction(() => {
      this.#write(device, body);
      downLog.write(device, { type: 'settlement', body });
    })();
    const { outcome, differenceCount } = body;
    tell({ is: 'batch.settled', device, ...batch, outcome, differenceCount });
  }

  // Stored and advised ones are decided or withdrawn; live ones are reversed, or finished by the device.
  #hasEnded(device: string, transactionId: string): boolean {
    const row = this.#options.db
      .prepare<[{ device: string; transactionId: string }], { open: 0 | 1; ended: 0 | 1 }>(
        `select
           exists (select 1 from undecided
             where device = @device and transaction_id = @transactionId)
           or exists (select 1 from reversal where device = @device
             and transaction_id = @transactionId and host_result is null) as open,
           exists (select 1 from queued
             where device = @device and transaction_id = @transactionId)
           or exists (select 1 from reversal
             where device = @device and transaction_id = @transactionId)
           or exists (select 1 from entry where device = @device
             and type = 'transaction.finished'
             and body ->> '$.transactionId' = @transactionId) as ended`,
      )
      .get({ device, transactionId });
    return row?.open === 0 && row.ended === 1;
  }

  #ownView(device: string, members: readonly string[]): Map<string, Standing> {
    const own = new Map<string, Standing>();
    for (const transactionId of members) {
      const standing = this.#standingOf(device, transactionId);
      if (standing !== undefined) own.set(transactionId, standing);
    }
    return own;
  }

  // A void of what was never sent is approved, and the host never heard of it.
  #standingOf(device: string, transactionId: string): Standing | undefined {
    const row = this.#options.host.standing(device, transactionId);
    if (row !== undefined) {
      const { type, currency } = row;
      return { type, amount: { value: countedValue(type, row.standingValue), currency } };
    }
    const voided = this.#options.db
      .prepare<[string, string], { currency: string }>(
        `select currency from withdrawal join queued using (device, transaction_id)
         where device = ? and void_transaction_id = ? and host_result is not null`,
      )
      .get(device, transactionId);
    if (voided === undefined) return undefined;
    return { type: 'void', amount: { value: 0, currency: voided.currency } };
  }

  // What undid or changed it without the device knowing when it closed the batch.
  #hasChanged(close: Place, transactionId: string, knew: ReadonlySet<string>): boolean {
    const { device } = close;
    const isGivenUp = this.#options.db
      .prepare(
        `select 1 from reversal where device = ? and transaction_id = ?
           and reason in (${deliberate})`,
      )
      .get(device, transactionId);
    if (isGivenUp !== undefined) return true;
    return this.#options.host
      .followUpsOf(device, transactionId)
      .filter(({ type }) => type === 'void' || type === 'adjustment')
      .some((row) =>
        row.way === 'portal'
          ? !this.#options.changes.wasKnownAt(close, row)
          : !knew.has(row.transactionId),
      );
  }

  #loseOne(device: string, own: Map<string, Standing>, records: readonly BatchRecord[]): void {
    const { faults, tell } = this.#options;
    const lost = records.find(
      ({ transactionId, standing }) => standing === 'approved' && own.has(transactionId),
    );
    if (lost === undefined || faults.take('lose_record') === undefined) return;
    own.delete(lost.transactionId);
    tell({ is: 'fault.applied', device, fault: 'lose_record' });
  }

  #write(device: string, body: Settlement): void {
    const { name, number } = body.batch;
    this.#options.db
      .prepare(
        `insert into batch (device, name, number, epoch, seq, settlement)
         values (?, ?, ?, 0, 0, ?)
         on conflict (device, name, number) do update set settlement = excluded.settlement
           where settlement is null`,
      )
      .run(device, name, number, JSON.stringify(body));
  }
}

const digestOf = (records: readonly BatchRecord[]): string => {
  const ids = records
    .filter(({ standing }) => standing !== 'carried')
    .map(({ transactionId }) => transactionId);
  return sha256(
    ids
      .sort()
      .map((id) => `${id}\n`)
      .join(''),
  );
};

const parsed = <T>(text: string | null): T | null =>
  text === null ? null : (JSON.parse(text) as T);
