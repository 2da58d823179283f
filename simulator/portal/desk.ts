/**
 * The desk: undoes what has to be undone and decides stored sales, and writes the words about it.
 *
 * Reversals come first. A stored sale waits until the attempts before it are finished at the host and until
 * the head its device's session began with is taken in; a host that cannot answer yet holds up nobody else.
 */
import { check, words, type FactBody, type HostAnswer, type Word } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import { approvalToldOf } from './approvals.ts';
import type { InspectCard } from './card.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';
import type { Faults } from './faults.ts';
import type { Host, HostRequest, HostVerdict } from './host.ts';
import type { TakenFact } from './intake.ts';
import type { SaleKeys } from './sale-keys.ts';

/** Sales decided in one go; the rest follows after others had their turn. */
const salesInOneGo = 64;

export interface DeskOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly host: Host;
  readonly downLog: DownLog;
  readonly inspect: InspectCard;
  readonly keys: SaleKeys;
  readonly faults: Faults;
  readonly tell: Tell;
  /** How long a sale rests after the host could not decide it. */
  readonly retryMs: number;
}

interface Sale {
  readonly place: number;
  readonly device: string;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly afterAttemptId: string | null;
  readonly epoch: number;
  readonly seq: number;
  readonly value: number;
  readonly currency: string;
  readonly maskedPan: string;
  readonly keyId: string;
}

// Undecided sales whose device's session has no facts on their way any more, and no reversal left to do.
// One whose attachment is gone is none: the device erased it with the decision, and tells that as a fact.
const decidable = `
  select sale.place, sale.device, transaction_id as transactionId, attempt_id as attemptId,
    after_attempt_id as afterAttemptId, epoch, seq, value, currency, masked_pan as maskedPan,
    key_id as keyId
  from sale join device using (device)
  where gate_head is not null
    and (up_epoch > gate_epoch or (up_epoch = gate_epoch and up_through >= gate_head))
    and exists (select 1 from entry
      where entry.device = sale.device and entry.epoch = sale.epoch and entry.seq = sale.seq
        and sealed is not null)
    and not exists (select 1 from decision
      where decision.device = sale.device and decision.transaction_id = sale.transaction_id)
    and not exists (select 1 from reversal
      where reversal.device = sale.device and reversal.transaction_id = sale.transaction_id
        and host_result is null)
  order by sale.place`;

export class Desk {
  readonly #options: DeskOptions;
  /** Places of sales the host could not decide a moment ago. */
  readonly #resting = new Set<number>();
  readonly #addSale;
  readonly #decision;

  constructor(options: DeskOptions) {
    this.#options = options;
    // A new epoch says again what is not final: the sale keeps its place, its sealed data is the newer.
    this.#addSale = options.db.prepare(
      `insert into sale (device, transaction_id, attempt_id, after_attempt_id, epoch, seq, value,
         currency, masked_pan, key_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (device, transaction_id) do update set epoch = excluded.epoch, seq = excluded.seq
         where attempt_id = excluded.attempt_id`,
    );
    this.#decision = options.db.prepare<[string, string], { answer: string }>(
      'select answer from decision where device = ? and transaction_id = ?',
    );
  }

  /** Learns a fact, within the commit that takes it in; `work` acts on it. */
  learn({ device, epoch, seq, fact }: TakenFact): void {
    switch (fact.type) {
      case 'reversal':
        this.#options.db
          .prepare(
            'insert or ignore into reversal (device, attempt_id, transaction_id) values (?, ?, ?)',
          )
          .run(device, fact.body.attemptId, fact.body.transactionId);
        return;
      case 'transaction.stored':
        this.#learnSale({ device, epoch, seq }, fact.body);
        return;
      case 'word.taken':
        this.#learnWord(device, fact.body);
        return;
      case 'transaction.created':
        this.#options.keys.claim(device, fact.body);
        return;
      case 'attempt.sent':
      case 'answer.late':
      case 'transaction.finished':
      case 'epoch.opened':
      case 'transaction.advised':
      case 'transaction.partially_approved':
      case 'transaction.held':
      case 'transaction.released':
      case 'batch.records':
      case 'batch.closed':
      case 'command.finished':
        return;
    }
  }

  /** Does all that can be done now. */
  work(): void {
    if (this.#options.faults.isArmed('hold_decisions')) return;
    const { db, clock, downLog } = this.#options;
    this.#reverseAll();
    const sales = db
      .prepare<[], Sale>(decidable)
      .all()
      .filter((sale) => !this.#resting.has(sale.place) && this.#earlierIsFinished(sale));
    const now = sales.slice(0, salesInOneGo);
    for (const sale of now) this.#decide(sale);
    for (const device of new Set(now.map((sale) => sale.device))) downLog.send(device);
    if (sales.length > salesInOneGo) clock.after(0, () => this.work());
  }

  /** Forgets what was only in memory, as when the store was turned back. */
  forget(): void {
    this.#resting.clear();
  }

  #learnSale(
    { device, epoch, seq }: { device: string; epoch: number; seq: number },
    body: FactBody<'transaction.stored'>,
  ): void {
    this.#addSale.run(
      ...[device, body.transactionId, body.attemptId, body.afterAttemptId ?? null, epoch, seq],
      ...[body.amount.value, body.amount.currency, body.card.maskedPan, body.sealed.keyId],
    );
    if (this.#decisionOf(device, body.transactionId) !== undefined) {
      this.#eraseSealed({ device, transactionId: body.transactionId });
    }
  }

  // A restored portal hears here what it decided after the backup was made, and does not decide it again.
  #learnWord(device: string, body: FactBody<'word.taken'>): void {
    const { db, tell, downLog } = this.#options;
    downLog.taken(device, body.id);
    const word = wordOf(body);
    if (word?.type === 'reversal.done') {
      const { attemptId, transactionId, hostResult } = word.body;
      db.prepare(
        `insert into reversal (device, attempt_id, transaction_id, host_result) values (?, ?, ?, ?)
         on conflict (device, attempt_id) do update set host_result = excluded.host_result
           where host_result is null`,
      ).run(device, attemptId, transactionId, hostResult);
    }
    if (word?.type !== 'transaction.decided') return;
    const { transactionId } = word.body;
    const known = this.#decisionOf(device, transactionId);
    if (known === undefined) {
      this.#record(device, word.body, { learned: true });
      tell({ is: 'decision.learned', device, transactionId });
    } else if (known.result !== word.body.result) {
      tell({ is: 'decision.differs', device, transactionId });
    }
  }

  #reverseAll(): void {
    const { db, host, downLog, tell } = this.#options;
    const undone = db
      .prepare<[], { device: string; attemptId: string; transactionId: string }>(
        `select device, attempt_id as attemptId, transaction_id as transactionId from reversal
         where host_result is null order by place`,
      )
      .all();
    for (const { device, attemptId, transactionId } of undone) {
      const approval = approvalToldOf(db, device, attemptId);
      if (approval !== undefined) {
        this.#letStand(device, approval);
        continue;
      }
      const hostResult = host.reverse(device, { attemptId, transactionId });
      db.transaction(() => {
        db.prepare('update reversal set host_result = ? where device = ? and attempt_id = ?').run(
          ...[hostResult, device, attemptId],
        );
        const body = { transactionId, attemptId, hostResult };
        downLog.write(device, { type: 'reversal.done', body });
      })();
      tell({ is: 'reversal.done', device, transactionId, attemptId, hostResult });
    }
    for (const device of new Set(undone.map((one) => one.device))) downLog.send(device);
  }

  /** The device had told this approval before it forgot it: the money stays, and it hears so. */
  #letStand(device: string, approval: HostAnswer): void {
    const { db, downLog, tell } = this.#options;
    const { attemptId, transactionId } = approval;
    db.transaction(() => {
      db.prepare(
        `update reversal set host_result = 'stands' where device = ? and attempt_id = ?`,
      ).run(device, attemptId);
      downLog.write(device, { type: 'transaction.decided', body: approval });
    })();
    tell({ is: 'approval.stands', device, transactionId, attemptId });
  }

  // The sale names the live attempt it follows; its money must not be there when the sale is decided.
  #earlierIsFinished({ device, afterAttemptId }: Sale): boolean {
    if (afterAttemptId === null) return true;
    const state = this.#options.host.stateOf(device, afterAttemptId);
    return state !== undefined && state !== 'approved';
  }

  #decide(sale: Sale): void {
    const { db, clock, downLog, tell, retryMs } = this.#options;
    const { device, transactionId, attemptId } = sale;
    const sealed = this.#sealedOf(sale);
    if (sealed === undefined) return;
    const named = { device, transactionId, attemptId };
    const verdict = this.#askHost(sale, sealed);
    if (verdict.is === 'try again') {
      tell({ is: 'transaction.try_again', ...named, responseCode: verdict.responseCode });
      this.#resting.add(sale.place);
      clock.after(retryMs, () => {
        this.#resting.delete(sale.place);
        this.work();
      });
      return;
    }
    const answer = answerOf(sale, verdict);
    db.transaction(() => {
      this.#record(device, answer, { learned: false });
      downLog.write(device, { type: 'transaction.decided', body: answer });
    })();
    const { result, responseCode } = answer;
    tell({ is: 'transaction.decided', ...named, result, responseCode });
  }

  #askHost(sale: Sale, sealed: Uint8Array): HostVerdict {
    const { device, transactionId, attemptId, keyId, maskedPan, value, currency } = sale;
    const { host, inspect, tell } = this.#options;
    const request: HostRequest = {
      ...{ device, transactionId, attemptId, amount: { value, currency } },
      way: 'forwarded',
      partialApproval: false,
    };
    // ISO 8583 code 94, duplicate transmission: the key is charged as another transaction already.
    if (!this.#options.keys.claimOf(device, transactionId)) return host.decline(request, '94');
    const why = inspect({ device, transactionId, keyId, sealed, maskedPan });
    if (why === undefined) return host.decide(request);
    tell({ is: 'card.not_opened', device, transactionId, attemptId, why });
    return host.decline(request, '14');
  }

  #record(device: string, answer: HostAnswer, { learned }: { learned: boolean }): void {
    const { transactionId } = answer;
    this.#options.db
      .prepare('insert into decision (device, transaction_id, answer, learned) values (?, ?, ?, ?)')
      .run(device, transactionId, JSON.stringify(answer), learned ? 1 : 0);
    this.#eraseSealed({ device, transactionId });
  }

  #eraseSealed({ device, transactionId }: { device: string; transactionId: string }): void {
    this.#options.db
      .prepare(
        `update entry set sealed = null where device = ? and sealed is not null
           and type = 'transaction.stored' and body ->> '$.transactionId' = ?`,
      )
      .run(device, transactionId);
  }

  #decisionOf(device: string, transactionId: string): HostAnswer | undefined {
    const row = this.#decision.get(device, transactionId);
    return row === undefined ? undefined : (JSON.parse(row.answer) as HostAnswer);
  }

  #sealedOf({ device, epoch, seq }: Sale): Uint8Array | undefined {
    const row = this.#options.db
      .prepare<[string, number, number], { sealed: Uint8Array | null }>(
        'select sealed from entry where device = ? and epoch = ? and seq = ?',
      )
      .get(device, epoch, seq);
    return row?.sealed ?? undefined;
  }
}

const answerOf = (
  { transactionId, attemptId }: Sale,
  verdict: Exclude<HostVerdict, { is: 'try again' }>,
): HostAnswer => {
  const named = { transactionId, attemptId };
  switch (verdict.is) {
    case 'approved': {
      const { responseCode, approvalCode, hostReference } = verdict;
      return { ...named, result: 'approved', responseCode, approvalCode, hostReference };
    }
    case 'declined': {
      const { responseCode, hostReference } = verdict;
      return { ...named, result: 'declined', responseCode, hostReference };
    }
    // ISO 8583 code 12, invalid transaction: this very attempt was undone before.
    case 'undone':
      return { ...named, result: 'declined', responseCode: '12' };
  }
};

// The content is the body of the word as it was sent.
const wordOf = ({ type, content }: FactBody<'word.taken'>): Word | undefined => {
  if (type === 'transaction.decided' || type === 'reversal.done') {
    const checked = check(words[type].body, content);
    return checked.ok ? ({ type, body: checked.value } as Word) : undefined;
  }
  return undefined;
};
