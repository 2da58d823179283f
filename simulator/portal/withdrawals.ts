/**
 * Withdrawals: stored transactions that were voided. One the host has not heard of is never sent to it; one
 * it has approved is undone there.
 */
import type { FactBody, HostAnswer, WordBody } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Decisions } from './decisions.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Host } from './host.ts';
import type { Queue, Queued } from './queue.ts';
import type { SaleKeys } from './sale-keys.ts';

export interface WithdrawalsOptions {
  readonly db: Sqlite;
  readonly host: Host;
  readonly queue: Queue;
  readonly decisions: Decisions;
  readonly keys: SaleKeys;
  readonly downLog: DownLog;
  readonly tell: Tell;
}

type Voided = WordBody<'voided'>;

export class Withdrawals {
  readonly #options: WithdrawalsOptions;
  readonly #add;
  readonly #known;

  constructor(options: WithdrawalsOptions) {
    this.#options = options;
    this.#add = options.db.prepare(
      `insert into withdrawal (device, transaction_id, void_transaction_id, host_result)
       values (?, ?, ?, ?)
       on conflict do update set host_result = excluded.host_result where host_result is null`,
    );
    this.#known = options.db.prepare(
      'select 1 from withdrawal where device = ? and transaction_id = ?',
    );
  }

  /** A device voided what it had stored, before it was published as far as it knows; within the commit. */
  learnFinished(device: string, body: FactBody<'transaction.finished'>): void {
    const { transactionId, outcome, voidTransactionId } = body;
    if (outcome !== 'voided' || voidTransactionId === undefined) return;
    if (this.#options.queue.storedOf(device, transactionId) === undefined) return;
    this.#write(device, { transactionId, voidTransactionId });
  }

  /** A restored portal hears here what it had voided. */
  learnVoided(device: string, body: Voided): void {
    const { transactionId } = body;
    if (this.#options.queue.storedOf(device, transactionId) === undefined) return;
    this.#write(device, body);
    this.#options.tell({ is: 'decision.learned', device, transactionId });
  }

  /** Erases sealed data of a transaction that came in again after it was voided. */
  eraseIfVoided(device: string, transactionId: string): void {
    if (this.#has(device, transactionId)) {
      this.#options.decisions.eraseSealed(device, transactionId);
    }
  }

  /** Takes back everything that can be taken back now, and writes the words about it. */
  finishAll(): void {
    this.#finishTold();
    for (const voiding of this.#options.queue.voidsOfUndecided()) this.#withdraw(voiding);
  }

  /** The host undid an approved one because of this void; within the commit that decides the void. */
  noteUndone({ device, originalTransactionId, transactionId }: Queued): void {
    if (originalTransactionId === null) return;
    if (this.#options.queue.storedOf(device, originalTransactionId) === undefined) return;
    const named = { transactionId: originalTransactionId, voidTransactionId: transactionId };
    this.#say(device, { ...named, hostResult: 'undone' });
    this.#tell(device, { ...named, hostResult: 'undone' });
  }

  // The device says nothing more about these; it only has to hear when money had moved already.
  #finishTold(): void {
    const { db, host, queue } = this.#options;
    const told = db
      .prepare<[], { device: string; transactionId: string; voidTransactionId: string }>(
        `select device, transaction_id as transactionId, void_transaction_id as voidTransactionId
         from withdrawal where host_result is null order by place`,
      )
      .all();
    for (const { device, ...named } of told) {
      const stored = queue.storedOf(device, named.transactionId);
      if (stored === undefined) continue;
      const hostResult = host.withdraw(device, stored);
      if (hostResult === 'undone') {
        db.transaction(() => this.#say(device, { ...named, hostResult }))();
      } else this.#write(device, { ...named, hostResult });
      this.#tell(device, { ...named, hostResult });
    }
  }

  #withdraw(voiding: Queued): void {
    const { db, host, queue, keys } = this.#options;
    const { device, transactionId, attemptId, originalTransactionId } = voiding;
    const stored = queue.storedOf(device, originalTransactionId ?? '');
    if (stored === undefined || this.#has(device, stored.transactionId)) return;
    // What the host has said stands, and is said first: then the void is one of what is decided.
    const said = host.stateOf(device, stored.attemptId);
    if (said === 'declined' || said === 'reversed') return;
    if (said !== 'voided' && host.stateOf(device, attemptId) !== undefined) return;
    if (!keys.claimOf(device, transactionId)) return;
    const hostResult = host.withdraw(device, stored);
    const named = { transactionId: stored.transactionId, voidTransactionId: transactionId };
    const answer: HostAnswer = { transactionId, attemptId, result: 'approved', responseCode: '00' };
    db.transaction(() => {
      this.#say(device, { ...named, hostResult });
      this.#options.decisions.say(device, answer);
    })();
    this.#tell(device, { ...named, hostResult });
    const { result, responseCode } = answer;
    const attempt = { device, transactionId, attemptId };
    this.#options.tell({ is: 'transaction.decided', ...attempt, result, responseCode });
  }

  #has(device: string, transactionId: string): boolean {
    return this.#known.get(device, transactionId) !== undefined;
  }

  #say(device: string, body: Voided): void {
    this.#write(device, body);
    this.#options.downLog.write(device, { type: 'voided', body });
  }

  #write(
    device: string,
    { transactionId, voidTransactionId, hostResult }: Partial<Voided> & Omit<Voided, 'hostResult'>,
  ): void {
    this.#add.run(device, transactionId, voidTransactionId, hostResult ?? null);
    this.#options.decisions.eraseSealed(device, transactionId);
  }

  #tell(device: string, { transactionId, hostResult }: Voided): void {
    this.#options.tell({ is: 'transaction.voided', device, transactionId, hostResult });
  }
}
