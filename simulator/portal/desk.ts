/**
 * The desk: undoes what has to be undone, decides what was stored or advised, and writes the words about it.
 *
 * Reversals come first. Taking in is not deciding: a host that cannot answer yet holds up nobody else.
 */
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import type { InspectCard } from './card.ts';
import type { Changes } from './changes.ts';
import type { Decisions } from './decisions.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Faults } from './faults.ts';
import { hostAnswer } from './host-answer.ts';
import type { Host, HostRequest, HostVerdict } from './host.ts';
import type { Parking } from './parking.ts';
import type { Queue, Queued } from './queue.ts';
import type { Reversals } from './reversals.ts';
import type { SaleKeys } from './sale-keys.ts';
import type { Settlements } from './settlements.ts';
import type { Withdrawals } from './withdrawals.ts';

/** Decisions made in one go; the rest follows after others had their turn. */
const decisionsInOneGo = 64;

export interface DeskOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly host: Host;
  readonly downLog: DownLog;
  readonly inspect: InspectCard;
  readonly keys: SaleKeys;
  readonly reversals: Reversals;
  readonly withdrawals: Withdrawals;
  readonly parking: Parking;
  readonly settlements: Settlements;
  readonly changes: Changes;
  readonly queue: Queue;
  readonly decisions: Decisions;
  readonly faults: Faults;
  readonly tell: Tell;
  /** How long something rests after the host could not decide it. */
  readonly retryMs: number;
}

export class Desk {
  readonly #options: DeskOptions;
  /** Places in the queue of what the host could not decide a moment ago. */
  readonly #resting = new Set<number>();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Does all that can be done now. */
  work(): void {
    if (this.#options.faults.isArmed('hold_decisions')) return;
    this.#options.reversals.finishAll();
    this.#options.withdrawals.finishAll();
    this.#decideReady();
    this.#options.changes.sayAll();
    this.#options.settlements.work();
    this.#options.downLog.sendWritten();
  }

  /** Forgets what was only in memory, as when the store was turned back. */
  forget(): void {
    this.#resting.clear();
  }

  // What is decided may let something else be decided that waited for it.
  #decideReady(): void {
    for (let room = decisionsInOneGo; room > 0;) {
      const ready = this.#options.queue
        .ready()
        .filter((one) => !this.#resting.has(one.place) && this.#earlierIsFinished(one))
        .slice(0, room);
      if (ready.length === 0) return;
      for (const one of ready) this.#decide(one);
      room -= ready.length;
    }
    this.#options.clock.after(0, () => this.work());
  }

  // It names the live attempt it follows; that one's money must not be there when it is decided.
  #earlierIsFinished({ device, afterAttemptId }: Queued): boolean {
    if (afterAttemptId === null) return true;
    const state = this.#options.host.stateOf(device, afterAttemptId);
    return state !== undefined && state !== 'approved';
  }

  #decide(queued: Queued): void {
    const { db, tell } = this.#options;
    const { device, transactionId, attemptId } = queued;
    const verdict = this.#askHost(queued);
    const named = { device, transactionId, attemptId };
    if (verdict.is === 'try again') {
      const { responseCode } = verdict;
      tell({ is: 'transaction.try_again', ...named, responseCode });
      if (!this.#options.parking.tried(queued, responseCode)) this.#rest(queued);
      return;
    }
    const answer = hostAnswer({ ...queued, amount: amountOf(queued) }, verdict);
    db.transaction(() => {
      const undoes = queued.type === 'void' && verdict.is === 'approved';
      if (undoes) this.#options.withdrawals.noteUndone(queued);
      this.#options.decisions.say(device, answer);
    })();
    const { result, responseCode } = answer;
    tell({ is: 'transaction.decided', ...named, result, responseCode });
  }

  #rest({ place }: Queued): void {
    const { clock, retryMs } = this.#options;
    this.#resting.add(place);
    clock.after(retryMs, () => {
      this.#resting.delete(place);
      this.work();
    });
  }

  #askHost(queued: Queued): HostVerdict {
    const { device, transactionId, attemptId, maskedPan, keyId } = queued;
    const { host, inspect, keys, tell } = this.#options;
    const request = requestOf(queued);
    // ISO 8583 code 94, duplicate transmission: the key is charged as another transaction already.
    if (!keys.claimOf(device, transactionId)) return host.decline(request, '94');
    if (keyId === null) return host.decide(request);
    const sealed = this.#options.queue.sealedOf(queued) ?? new Uint8Array();
    const why = inspect({ device, transactionId, keyId, sealed, maskedPan });
    if (why === undefined) return host.decide(request);
    tell({ is: 'card.not_opened', device, transactionId, attemptId, why });
    return host.decline(request, '14');
  }
}

const amountOf = ({ value, currency }: Queued) => ({ value, currency });

const requestOf = (queued: Queued): HostRequest => {
  const { device, transactionId, attemptId, type, originalTransactionId } = queued;
  return {
    ...{ device, transactionId, attemptId, type, amount: amountOf(queued) },
    ...(originalTransactionId === null ? {} : { originalTransactionId }),
    ...{ way: 'forwarded', partialApproval: false, released: queued.released === 1 },
  };
};
