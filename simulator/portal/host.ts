/**
 * The test host: the issuer's side of the world. It answers by the test amounts, keeps one record an attempt,
 * and adds up what merchants were really promised.
 *
 * Its books are apart from the portal's database: restoring a portal from a backup turns no issuer back.
 */
import type { Actor, Amount, TransactionType } from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import type { Clock } from '../../agent/world.ts';
import {
  Books,
  type AttemptRow,
  type ChangeRow,
  type DoubleCharge,
  type HostState,
  type Way,
} from './books.ts';
import { carryOut, groundOf, notCapturedCode } from './follow-ups.ts';
import { codeOf, testAmounts, tryAgainTimes } from './test-amounts.ts';

/** An attempt, as the portal brings it to the host. `device` is `client/device`. */
export interface HostRequest {
  readonly device: string;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly type: TransactionType;
  readonly originalTransactionId?: string;
  readonly amount: Amount;
  readonly way: Exclude<Way, 'none'>;
  readonly partialApproval: boolean;
  /** Somebody looked at it and let it go on. */
  readonly released?: boolean;
}

/** What the host says to an attempt. `undone`: it was undone before, and nothing revives it. */
export type HostVerdict =
  | {
      readonly is: 'approved';
      readonly responseCode: string;
      readonly approvalCode: string;
      readonly hostReference: string;
      readonly approved: Amount;
    }
  | {
      readonly is: 'declined';
      readonly responseCode: string;
      readonly hostReference: string;
      readonly reason?: 'original_not_captured';
    }
  | { readonly is: 'try again'; readonly responseCode: string }
  | { readonly is: 'undone' };

/** How undoing an attempt ended. */
export type HostResult = 'reversed' | 'not_approved' | 'never_received';

/** A transaction in the host's books: its attempts in the order they came. */
export interface HostTransaction {
  readonly device: string;
  readonly transactionId: string;
  readonly currency: string;
  /** Below 0 for a refund. */
  readonly netApprovedValue: number;
  readonly attempts: readonly Omit<AttemptRow, 'device' | 'transactionId' | 'currency'>[];
}

export interface HostTotals {
  readonly transactions: number;
  readonly netByCurrency: Readonly<Record<string, number>>;
  readonly doubleCharges: readonly DoubleCharge[];
}

interface Named {
  readonly transactionId: string;
  readonly attemptId: string;
}

/** ISO 8583 code 10, approved for a partial amount. */
const partialCode = '10';

/** Opens a host with its books: a path, or `:memory:`. */
export const openHost = ({ database, clock }: { database: string; clock: Clock }): Host =>
  new Host(new Books(database), clock);

export class Host {
  readonly #books: Books;
  readonly #clock: Clock;

  constructor(books: Books, clock: Clock) {
    this.#books = books;
    this.#clock = clock;
  }

  /** Decides an attempt. The same attempt again gets the same verdict and moves no more money. */
  decide(request: HostRequest): HostVerdict {
    return this.#once(request, () => this.#judge(request));
  }

  /** Decides what somebody wants changed at the portal, and remembers who and the word about it. */
  change(request: HostRequest, { wordId, by }: { wordId: string; by: Actor }): HostVerdict {
    return this.#books.together(() => {
      const verdict = this.decide(request);
      const row = this.#books.find(request.device, request.attemptId);
      if (verdict.is === 'approved' && row !== undefined) this.#books.writeChange(row, wordId, by);
      return verdict;
    });
  }

  /** Everything that was changed at the portal, in order. */
  changes(): readonly ChangeRow[] {
    return this.#books.changes();
  }

  /** Records a decline the portal itself had to make, such as a card that cannot be opened. */
  decline(request: HostRequest, responseCode: string): HostVerdict {
    return this.#once(request, () => ({ is: 'declined', responseCode }));
  }

  /** Undoes an attempt and what was given back of it, or leaves a tombstone; again gives the same result. */
  reverse(device: string, named: Named): HostResult {
    return this.#books.together(() => {
      const row = this.#books.find(device, named.attemptId);
      if (row === undefined) this.#bury(device, named);
      else if (row.state === 'approved') this.#undo(row, 'reversed');
      switch (row?.state) {
        case undefined:
        case 'tombstone':
          return 'never_received';
        case 'declined':
          return 'not_approved';
        case 'approved':
          return undoable(row?.type) ? 'reversed' : 'not_approved';
        case 'reversed':
        case 'voided':
          return 'reversed';
      }
    });
  }

  /**
   * Takes a stored transaction back: a tombstone for its attempt, or what stands of it is voided. Again gives
   * the same result.
   */
  withdraw(device: string, named: Named): 'never_sent' | 'undone' {
    return this.#books.together(() => {
      const rows = this.#books.ofTransaction(device, named.transactionId);
      for (const row of rows) if (row.state === 'approved') this.#undo(row, 'voided');
      if (!rows.some(({ attemptId }) => attemptId === named.attemptId)) this.#bury(device, named);
      return rows.some(({ state }) => state === 'approved' || state === 'voided')
        ? 'undone'
        : 'never_sent';
    });
  }

  /** Where an attempt stands; `undefined` when the host never heard of it. */
  stateOf(device: string, attemptId: string): HostState | undefined {
    return this.#books.find(device, attemptId)?.state;
  }

  /** What was approved of an attempt when that was less than was asked for. */
  partOf(device: string, attemptId: string): Amount | undefined {
    const row = this.#books.find(device, attemptId);
    if (row?.responseCode !== partialCode || row.approvedValue === 0) return undefined;
    return { value: row.approvedValue, currency: row.currency };
  }

  /** What stands for a transaction; `undefined` when nothing does. */
  standing(device: string, transactionId: string): AttemptRow | undefined {
    return this.#books
      .ofTransaction(device, transactionId)
      .find(({ state }) => state === 'approved');
  }

  /** What is about a transaction and stands, in the order it came. */
  followUpsOf(device: string, transactionId: string): readonly AttemptRow[] {
    return this.#books.standingOn(device, transactionId);
  }

  /** The devices that have a transaction of this name in the books. */
  devicesOf(transactionId: string): readonly string[] {
    return this.#books.devicesOf(transactionId);
  }

  /** The newest transactions first, at most `limit` of them. */
  transactions(limit: number): readonly HostTransaction[] {
    return this.#books.newest(limit).map(({ device, transactionId }) => {
      const rows = this.#books.ofTransaction(device, transactionId);
      return {
        device,
        transactionId,
        currency: rows.find(({ currency }) => currency !== '')?.currency ?? '',
        netApprovedValue: this.#books.netOf(device, transactionId),
        attempts: rows.map(({ device: _, transactionId: __, currency: ___, ...rest }) => rest),
      };
    });
  }

  totals(): HostTotals {
    return {
      transactions: this.#books.transactionCount(),
      netByCurrency: this.#books.netByCurrency(),
      doubleCharges: this.#books.doubleCharges(),
    };
  }

  close(): void {
    this.#books.close();
  }

  #once(request: HostRequest, judge: () => Judgement): HostVerdict {
    const { device, transactionId, attemptId, type, way, amount } = request;
    return this.#books.together(() => {
      const known = this.#books.find(device, attemptId);
      if (known !== undefined) return verdictOf(known);
      const judgement = judge();
      const { is, responseCode } = judgement;
      if (is === 'try again') return { is, responseCode };
      const approvedValue = is === 'approved' ? judgement.value : 0;
      const row: AttemptRow = {
        ...{ device, transactionId, attemptId, type, way, state: is },
        originalTransactionId: request.originalTransactionId ?? null,
        ...{ currency: amount.currency, approvedValue },
        standingValue: undoable(type) ? approvedValue : 0,
        ...{ responseCode, at: this.#clock.wallMs() },
      };
      if (is === 'approved') this.#noteDoubleCharge(request);
      this.#books.write(row);
      return verdictOf(row);
    });
  }

  #judge(request: HostRequest): Judgement {
    const { originalTransactionId, type } = request;
    if (originalTransactionId === undefined) return this.#judgeAmount(request);
    const followUp = { ...request, originalTransactionId };
    const ground = groundOf(this.#books, followUp);
    if (ground.is === 'impossible') return { is: 'declined', responseCode: ground.responseCode };
    const judgement: Judgement =
      type === 'void'
        ? { is: 'approved', value: request.amount.value, responseCode: '00' }
        : this.#judgeAmount(request);
    if (judgement.is === 'approved') carryOut(this.#books, followUp, ground.on);
    return judgement;
  }

  #judgeAmount({ device, attemptId, type, amount, way, ...how }: HostRequest): Judgement {
    const { value } = amount;
    const responseCode = codeOf(value);
    const doing = testAmounts[responseCode]?.[way === 'forwarded' ? 'forwarded' : 'live'];
    switch (doing) {
      case undefined:
      case 'approve':
        return { is: 'approved', value, responseCode };
      case 'approve half':
        return how.partialApproval && (type === 'sale' || type === 'authorization')
          ? { is: 'approved', value: Math.floor(value / 2), responseCode }
          : { is: 'declined', responseCode };
      case 'decline':
        return { is: 'declined', responseCode };
      case 'try again':
        return this.#books.countTrouble(device, attemptId) < tryAgainTimes
          ? { is: 'try again', responseCode }
          : { is: 'approved', value, responseCode: '00' };
      case 'try again until released':
        return how.released === true
          ? { is: 'approved', value, responseCode: '00' }
          : { is: 'try again', responseCode };
    }
  }

  #bury(device: string, { transactionId, attemptId }: Named): void {
    this.#books.write({
      ...{ device, transactionId, attemptId, type: 'sale', originalTransactionId: null },
      ...{ way: 'none', state: 'tombstone', currency: '', approvedValue: 0, standingValue: 0 },
      ...{ responseCode: '', at: this.#clock.wallMs() },
    });
  }

  // What was given back of it goes with it: nobody gets back what was never paid.
  #undo(row: AttemptRow, state: 'reversed' | 'voided'): void {
    if (!undoable(row.type)) return;
    this.#books.undo(row, state);
    for (const on of this.#books.standingOn(row.device, row.transactionId)) {
      if (on.type === 'refund') this.#books.undo(on, state);
    }
  }

  #noteDoubleCharge({ device, transactionId, attemptId }: HostRequest): void {
    const standing = this.standing(device, transactionId);
    if (standing === undefined) return;
    const attemptIds = [standing.attemptId, attemptId] as const;
    this.#books.noteDoubleCharge({ device, transactionId, attemptIds });
  }
}

// A void or an adjustment is repeated until it is answered, and never undone.
const undoable = (type: TransactionType | undefined): boolean =>
  type !== 'void' && type !== 'adjustment';

type Judgement =
  | { readonly is: 'approved'; readonly value: number; readonly responseCode: string }
  | { readonly is: 'declined' | 'try again'; readonly responseCode: string };

const verdictOf = (row: AttemptRow): HostVerdict => {
  const { state, responseCode, approvedValue: value, currency } = row;
  // Both follow from the attempt, so that the same attempt always hears the same.
  const fingerprint = sha256(row.attemptId);
  const hostReference = `host_${fingerprint.slice(0, 12)}`;
  switch (state) {
    case 'approved': {
      const approvalCode = fingerprint.slice(-6).toUpperCase();
      const approved = { value, currency };
      return { is: 'approved', responseCode, approvalCode, hostReference, approved };
    }
    case 'declined': {
      const declined = { is: state, responseCode, hostReference };
      const isFollowUp = row.originalTransactionId !== null;
      return isFollowUp && responseCode === notCapturedCode
        ? { ...declined, reason: 'original_not_captured' }
        : declined;
    }
    case 'reversed':
    case 'voided':
    case 'tombstone':
      return { is: 'undone' };
  }
};
