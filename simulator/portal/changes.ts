/**
 * Changes: what people do to an approved transaction at the portal. The host carries it out, and the device
 * hears of it by a word.
 *
 * The host remembers each change with the name of its word, so that a portal that was restored from a backup
 * says by the same name what its device has not heard.
 */
import type { Actor, Amount, WordBody } from '../../contract/index.ts';
import { newId } from '../../agent/identity/identifiers.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import type { AttemptRow, ChangeRow } from './books.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Host, HostRequest } from './host.ts';
import type { Place } from './queue.ts';

export type ChangeKind = WordBody<'transaction.changed'>['kind'];

/** What somebody wants changed; without an amount, all that is left of it. */
export interface ChangeOrder {
  readonly device: string;
  readonly transactionId: string;
  readonly kind: ChangeKind;
  readonly amount?: Amount;
  readonly by: Actor;
}

export type Changed =
  | { readonly is: 'changed'; readonly amount: Amount; readonly changeId: string }
  | {
      readonly is: 'refused';
      readonly code: 'not_found' | 'conflict' | 'declined';
      readonly why: string;
    };

export interface ChangesOptions {
  readonly db: Sqlite;
  readonly world: World;
  readonly host: Host;
  readonly downLog: DownLog;
  readonly tell: Tell;
}

export class Changes {
  readonly #options: ChangesOptions;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** Carries a change out, or says why not. */
  make(order: ChangeOrder): Changed {
    const { device, transactionId, kind, by } = order;
    const { host, world, downLog } = this.#options;
    const on = host.standing(device, transactionId);
    const why = this.#whyNot(order, on);
    if (why !== undefined) return { is: 'refused', code: 'conflict', why };
    if (on === undefined) {
      const isKnown = host.devicesOf(transactionId).includes(device);
      return isKnown
        ? { is: 'refused', code: 'conflict', why: 'nothing of it stands' }
        : { is: 'refused', code: 'not_found', why: 'the host knows no such transaction' };
    }
    const amount = order.amount ?? this.#whatIsLeft(on);
    const request: HostRequest = {
      ...{ device, transactionId: newId('txn', world), attemptId: newId('att', world) },
      ...{ type: kind, originalTransactionId: transactionId, amount },
      ...{ way: 'portal', partialApproval: false },
    };
    const wordId = newId('word', world);
    const verdict = host.change(request, { wordId, by });
    if (verdict.is !== 'approved') {
      const code = verdict.is === 'undone' ? '' : ` with code ${verdict.responseCode}`;
      return { is: 'refused', code: 'declined', why: `the host declined${code}` };
    }
    this.#say({ ...request, originalTransactionId: transactionId, kind, wordId, by });
    downLog.sendWritten();
    return { is: 'changed', amount, changeId: request.transactionId };
  }

  /** Says what was changed at the host and is neither written here nor known to the device. */
  sayAll(): void {
    for (const change of this.#options.host.changes()) {
      if (this.#isCaughtUp(change.device) && !this.#isSaid(change)) this.#say(change);
    }
  }

  /** Whether a device had told that it knows of a change before a place in its log. */
  wasKnownAt({ device, epoch, seq }: Place, { attemptId }: AttemptRow): boolean {
    const change = this.#options.host
      .changes()
      .find((one) => one.device === device && one.attemptId === attemptId);
    const row = this.#options.db
      .prepare(
        `select 1 from entry where device = ? and type = 'word.taken' and body ->> '$.id' = ?
           and (epoch < ? or (epoch = ? and seq < ?))`,
      )
      .get(device, change?.wordId ?? '', epoch, epoch, seq);
    return row !== undefined;
  }

  // A batch that is closed is closed: then the money is given back instead.
  #whyNot(
    { device, transactionId, kind, amount }: ChangeOrder,
    on?: AttemptRow,
  ): string | undefined {
    if (this.#isUndecided(device, transactionId)) return 'it is not decided yet';
    if (kind !== 'refund' && this.#isClosed(device, transactionId)) {
      return 'its batch is closed; refund it';
    }
    if (kind === 'adjustment' && amount === undefined) return 'an adjustment needs its new total';
    if (amount !== undefined && on !== undefined && amount.currency !== on.currency) {
      return `it is in ${on.currency}`;
    }
    return undefined;
  }

  #whatIsLeft({ device, transactionId, standingValue, currency }: AttemptRow): Amount {
    const refunded = this.#options.host
      .followUpsOf(device, transactionId)
      .filter(({ type }) => type === 'refund')
      .reduce((sum, refund) => sum + refund.standingValue, 0);
    return { value: standingValue - refunded, currency };
  }

  #say(change: Omit<ChangeRow, 'attemptId'>): void {
    const { db, downLog, tell } = this.#options;
    const { device, originalTransactionId: transactionId, kind, amount, by, wordId } = change;
    const body = { transactionId, kind, amount, by };
    db.transaction(() => downLog.write(device, { type: 'transaction.changed', body }, wordId))();
    tell({ is: 'transaction.changed', device, transactionId, kind });
  }

  #isSaid({ device, wordId }: ChangeRow): boolean {
    const row = this.#options.db
      .prepare(
        `select 1 from word where device = @device and id = @wordId
         union select 1 from entry
           where device = @device and type = 'word.taken' and body ->> '$.id' = @wordId`,
      )
      .get({ device, wordId });
    return row !== undefined;
  }

  #isCaughtUp(device: string): boolean {
    const row = this.#options.db.prepare('select 1 from caught_up where device = ?').get(device);
    return row !== undefined;
  }

  #isUndecided(device: string, transactionId: string): boolean {
    const row = this.#options.db
      .prepare(
        `select 1 from undecided where device = @device and transaction_id = @transactionId
         union select 1 from reversal where device = @device
           and transaction_id = @transactionId and host_result is null`,
      )
      .get({ device, transactionId });
    return row !== undefined;
  }

  #isClosed(device: string, transactionId: string): boolean {
    const row = this.#options.db
      .prepare(
        `select 1 from membership join batch using (device, name, number)
         where device = ? and transaction_id = ? and closed is not null`,
      )
      .get(device, transactionId);
    return row !== undefined;
  }
}
