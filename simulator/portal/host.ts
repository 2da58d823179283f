/**
 * The test host: the issuer's side of the world. It answers by the test amounts, keeps one record an attempt,
 * and adds up what merchants were really promised.
 *
 * Its books are apart from the portal's database: restoring a portal from a backup turns no issuer back.
 */
import type { Amount } from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import type { Clock } from '../../agent/world.ts';
import { Books, type AttemptRow, type DoubleCharge, type HostState } from './books.ts';
import { codeOf, testAmounts, tryAgainTimes } from './test-amounts.ts';

/** An attempt, as the portal brings it to the host. `device` is `client/device`. */
export interface HostRequest {
  readonly device: string;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly amount: Amount;
  readonly way: 'live' | 'forwarded';
  readonly partialApproval: boolean;
}

/** What the host says to an attempt. `undone`: it was reversed before, and nothing revives it. */
export type HostVerdict =
  | {
      readonly is: 'approved';
      readonly responseCode: string;
      readonly approvalCode: string;
      readonly hostReference: string;
      readonly approved: Amount;
    }
  | { readonly is: 'declined'; readonly responseCode: string; readonly hostReference: string }
  | { readonly is: 'try again'; readonly responseCode: string }
  | { readonly is: 'undone' };

/** How undoing an attempt ended. */
export type HostResult = 'reversed' | 'not_approved' | 'never_received';

/** A transaction in the host's books: its attempts in the order they came. */
export interface HostTransaction {
  readonly device: string;
  readonly transactionId: string;
  readonly currency: string;
  readonly netApprovedValue: number;
  readonly attempts: readonly Omit<AttemptRow, 'device' | 'transactionId' | 'currency'>[];
}

export interface HostTotals {
  readonly transactions: number;
  readonly netByCurrency: Readonly<Record<string, number>>;
  readonly doubleCharges: readonly DoubleCharge[];
}

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

  /** Records a decline the portal itself had to make, such as a card that cannot be opened. */
  decline(request: HostRequest, responseCode: string): HostVerdict {
    return this.#once(request, () => ({ is: 'declined', responseCode }));
  }

  /** Undoes an attempt, or leaves a tombstone; again gives the same result. */
  reverse(device: string, named: { transactionId: string; attemptId: string }): HostResult {
    const { transactionId, attemptId } = named;
    const state = this.stateOf(device, attemptId);
    switch (state) {
      case undefined:
        this.#books.write({
          ...{ device, transactionId, attemptId, way: 'none', state: 'tombstone' },
          ...{ currency: '', approvedValue: 0, responseCode: '', at: this.#clock.wallMs() },
        });
        return 'never_received';
      case 'tombstone':
        return 'never_received';
      case 'declined':
        return 'not_approved';
      case 'approved':
        this.#books.markReversed(device, attemptId);
        return 'reversed';
      case 'reversed':
        return 'reversed';
    }
  }

  /** Where an attempt stands; `undefined` when the host never heard of it. */
  stateOf(device: string, attemptId: string): HostState | undefined {
    return this.#books.find(device, attemptId)?.state;
  }

  /** Whether money stands at the host for a transaction. */
  standsFor(device: string, transactionId: string): boolean {
    return this.#books
      .ofTransaction(device, transactionId)
      .some(({ state }) => state === 'approved');
  }

  /** The newest transactions first, at most `limit` of them. */
  transactions(limit: number): readonly HostTransaction[] {
    return this.#books.newest(limit).map(({ device, transactionId }) => {
      const rows = this.#books.ofTransaction(device, transactionId);
      const standing = rows.filter(({ state }) => state === 'approved');
      return {
        device,
        transactionId,
        currency: rows.find(({ currency }) => currency !== '')?.currency ?? '',
        netApprovedValue: standing.reduce((sum, { approvedValue }) => sum + approvedValue, 0),
        attempts: rows.map(({ attemptId, way, state, approvedValue, responseCode, at }) => ({
          ...{ attemptId, way, state, approvedValue, responseCode, at },
        })),
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
    const { device, transactionId, attemptId, way, amount } = request;
    return this.#books.together(() => {
      const known = this.#books.find(device, attemptId);
      if (known !== undefined) return verdictOf(known);
      const judgement = judge();
      const { is, responseCode } = judgement;
      if (is === 'try again') return { is, responseCode };
      const approvedValue = is === 'approved' ? judgement.value : 0;
      const { currency } = amount;
      const row: AttemptRow = {
        ...{ device, transactionId, attemptId, way, state: is, currency, approvedValue },
        ...{ responseCode, at: this.#clock.wallMs() },
      };
      if (is === 'approved') this.#noteDoubleCharge(request);
      this.#books.write(row);
      return verdictOf(row);
    });
  }

  #judge({ device, attemptId, amount, way, partialApproval }: HostRequest): Judgement {
    const { value } = amount;
    const responseCode = codeOf(value);
    const doing = testAmounts[responseCode]?.[way] ?? 'approve';
    switch (doing) {
      case 'approve':
        return { is: 'approved', value, responseCode };
      case 'approve half':
        if (!partialApproval) return { is: 'declined', responseCode };
        return { is: 'approved', value: Math.floor(value / 2), responseCode };
      case 'decline':
        return { is: 'declined', responseCode };
      case 'try again':
        return this.#books.countTrouble(device, attemptId) < tryAgainTimes
          ? { is: 'try again', responseCode }
          : { is: 'approved', value, responseCode: '00' };
    }
  }

  #noteDoubleCharge({ device, transactionId, attemptId }: HostRequest): void {
    const standing = this.#books
      .ofTransaction(device, transactionId)
      .find(({ state }) => state === 'approved');
    if (standing === undefined) return;
    const attemptIds = [standing.attemptId, attemptId] as const;
    this.#books.noteDoubleCharge({ device, transactionId, attemptIds });
  }
}

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
    case 'declined':
      return { is: 'declined', responseCode, hostReference };
    case 'reversed':
    case 'tombstone':
      return { is: 'undone' };
  }
};
