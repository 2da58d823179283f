/**
 * Reversals: attempts that have to be undone at the host, each once, before anything behind them is decided.
 *
 * An approval a device has told stands against a ledger that forgot it. It does not stand against a reversal
 * somebody wanted: a partial approval that was rejected, a hold that expired.
 */
import type { FactBody, HostAnswer, ReversalReason, WordBody } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import { approvalToldOf } from './approvals.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Host } from './host.ts';

export interface ReversalsOptions {
  readonly db: Sqlite;
  readonly host: Host;
  readonly downLog: DownLog;
  readonly tell: Tell;
}

interface Reversal {
  readonly device: string;
  readonly attemptId: string;
  readonly transactionId: string;
  readonly reason: ReversalReason;
}

/**
 * Whether an approval the device has told is not wanted any more. A part that is rejected was never told as
 * approved, unless its acceptance was forgotten: then that stands.
 */
export const isDeliberate = (reason: ReversalReason | undefined): boolean =>
  reason === 'authorization_expired';

/** As the device does itself when the power fails: a void, a capture or an adjustment is not undone. */
const undoUnsettled = `
  insert or ignore into reversal (device, attempt_id, transaction_id, reason)
  select device, body ->> '$.attemptId', body ->> '$.transactionId', @reason from entry as sent
  where device = @device and type = 'attempt.sent' and body ->> '$.kind' in ('authorize', 'refund')
    and not exists (select 1 from queued where queued.device = sent.device
      and queued.transaction_id = sent.body ->> '$.transactionId')
    and not exists (select 1 from entry as finish where finish.device = sent.device
      and finish.type = 'transaction.finished'
      and finish.body ->> '$.transactionId' = sent.body ->> '$.transactionId'
      and (finish.epoch, finish.seq) > (sent.epoch, sent.seq))
  order by epoch, seq`;

export class Reversals {
  readonly #options: ReversalsOptions;
  readonly #add;

  constructor(options: ReversalsOptions) {
    this.#options = options;
    this.#add = options.db.prepare(
      `insert or ignore into reversal (device, attempt_id, transaction_id, reason)
       values (?, ?, ?, ?)`,
    );
  }

  /** Takes a reversal in; within the commit that takes the fact in. */
  learn(device: string, { attemptId, transactionId, reason }: FactBody<'reversal'>): void {
    this.#add.run(device, attemptId, transactionId, reason);
    if (!isDeliberate(reason)) return;
    // What was let stand when it was asked for in doubt is undone when somebody wants it undone.
    this.#options.db
      .prepare(
        `update reversal set reason = ?, host_result = nullif(host_result, 'stands')
         where device = ? and attempt_id = ?`,
      )
      .run(reason, device, attemptId);
  }

  /**
   * The device is dead and tells nothing more: what it had sent, and no fact has settled since, is undone;
   * within the commit that retires it.
   */
  learnDead(device: string): void {
    this.#options.db.prepare(undoUnsettled).run({ device, reason: 'interrupted' });
  }

  /** A restored portal hears here what it had reversed. */
  learnDone(device: string, body: WordBody<'reversal.done'>): void {
    const { attemptId, transactionId, hostResult } = body;
    this.#add.run(device, attemptId, transactionId, 'no_answer' satisfies ReversalReason);
    this.#options.db
      .prepare(
        `update reversal set host_result = ?
         where device = ? and attempt_id = ? and host_result is null`,
      )
      .run(hostResult, device, attemptId);
  }

  /** Finishes all that are not, in order, and writes the words about it. */
  finishAll(): void {
    const { db, host, downLog, tell } = this.#options;
    const undone = db
      .prepare<[], Reversal>(
        `select device, attempt_id as attemptId, transaction_id as transactionId, reason
         from reversal where host_result is null order by place`,
      )
      .all();
    for (const { device, attemptId, transactionId, reason } of undone) {
      const approval = this.standingOf(device, attemptId, reason);
      if (approval !== undefined) {
        this.#letStand(device, approval);
        continue;
      }
      const hostResult = host.reverse(device, { attemptId, transactionId });
      db.transaction(() => {
        this.#finish({ device, attemptId }, hostResult);
        const body = { transactionId, attemptId, hostResult };
        downLog.write(device, { type: 'reversal.done', body });
      })();
      tell({ is: 'reversal.done', device, transactionId, attemptId, hostResult });
    }
  }

  /** The approval that stands against undoing an attempt for this reason, if one does. */
  standingOf(
    device: string,
    attemptId: string,
    reason: ReversalReason | undefined,
  ): HostAnswer | undefined {
    const { db, host } = this.#options;
    if (isDeliberate(reason) || host.stateOf(device, attemptId) !== 'approved') return undefined;
    const approval = approvalToldOf(db, device, attemptId);
    const approvedAmount = host.partOf(device, attemptId);
    if (approval === undefined || approvedAmount === undefined) return approval;
    return { ...approval, approvedAmount };
  }

  /** The device had told this approval before it forgot it: the money stays, and it hears so. */
  #letStand(device: string, approval: HostAnswer): void {
    const { db, downLog, tell } = this.#options;
    const { attemptId, transactionId } = approval;
    db.transaction(() => {
      this.#finish({ device, attemptId }, 'stands');
      downLog.write(device, { type: 'transaction.decided', body: approval });
    })();
    tell({ is: 'approval.stands', device, transactionId, attemptId });
  }

  #finish(of: { device: string; attemptId: string }, hostResult: string): void {
    this.#options.db
      .prepare('update reversal set host_result = ? where device = ? and attempt_id = ?')
      .run(hostResult, of.device, of.attemptId);
  }
}
