/** Decisions: what the host decided of all that was stored or advised; each erases sealed data. */
import type { HostAnswer } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';

export interface DecisionsOptions {
  readonly db: Sqlite;
  readonly downLog: DownLog;
  readonly tell: Tell;
}

export class Decisions {
  readonly #options: DecisionsOptions;
  readonly #find;
  readonly #add;
  readonly #erase;

  constructor(options: DecisionsOptions) {
    this.#options = options;
    const { db } = options;
    this.#find = db.prepare<[string, string], { answer: string }>(
      'select answer from decision where device = ? and transaction_id = ?',
    );
    this.#add = db.prepare(
      'insert into decision (device, transaction_id, answer, learned) values (?, ?, ?, ?)',
    );
    this.#erase = db.prepare(
      `update entry set sealed = null where device = ? and sealed is not null
         and type = 'transaction.stored' and body ->> '$.transactionId' = ?`,
    );
  }

  of(device: string, transactionId: string): HostAnswer | undefined {
    const row = this.#find.get(device, transactionId);
    return row === undefined ? undefined : (JSON.parse(row.answer) as HostAnswer);
  }

  /** Records a decision and writes the word about it; within the caller's commit. */
  say(device: string, answer: HostAnswer): void {
    this.#write(device, answer, { learned: false });
    this.#options.downLog.write(device, { type: 'transaction.decided', body: answer });
  }

  /** Hears of a decision from a device; a restored portal learns it again and does not decide it anew. */
  learn(device: string, answer: HostAnswer): void {
    const { transactionId } = answer;
    const known = this.of(device, transactionId);
    if (known === undefined) {
      this.#write(device, answer, { learned: true });
      this.#options.tell({ is: 'decision.learned', device, transactionId });
    } else if (known.result !== answer.result) {
      this.#options.tell({ is: 'decision.differs', device, transactionId });
    }
  }

  /** Erases the sealed data of a transaction that came in again after it was decided. */
  eraseIfDecided(device: string, transactionId: string): void {
    if (this.of(device, transactionId) !== undefined) this.eraseSealed(device, transactionId);
  }

  /** Erases the sealed data of a transaction, wherever it came in. */
  eraseSealed(device: string, transactionId: string): void {
    this.#erase.run(device, transactionId);
  }

  #write(device: string, answer: HostAnswer, { learned }: { learned: boolean }): void {
    this.#add.run(device, answer.transactionId, JSON.stringify(answer), learned ? 1 : 0);
    this.eraseSealed(device, answer.transactionId);
  }
}
