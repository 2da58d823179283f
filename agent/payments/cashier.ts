/**
 * The cashier: takes orders, puts each at a counter of its own, and answers whoever waits.
 *
 * It decides nothing about a payment itself; the payment machine does. One key of a client application is one
 * transaction (I1), one reader serves one transaction at a time (I8).
 */
import {
  canonical,
  decimalsOf,
  type Amount,
  type HostAnswer,
  type RefusalCode,
  type TransactionType,
} from '../../contract/index.ts';
import { sha256 } from '../identity/digest.ts';
import { newId } from '../identity/identifiers.ts';
import { penOf, type Pen } from '../ledger/pen.ts';
import type { Transaction } from '../ledger/transactions.ts';
import type { Post } from '../readers/post.ts';
import { Counter } from './counter.ts';
import type { CashierNews } from './news.ts';
import type { Order } from './order.ts';
import { next } from './payment.ts';
import { recoverPayments } from './recovery.ts';
import type { RoutingParts } from './routing.ts';
import { hasRoom } from './standing.ts';
import type { Vault } from './vault.ts';
import { waitingRoom, type Waiting } from './waiting.ts';

/** What a client application asks for. */
export interface SaleRequest {
  readonly type: TransactionType;
  readonly amount: Amount;
  readonly batchName?: string;
  readonly reader?: string;
  readonly offline?: 'allow' | 'forbid';
  readonly reference?: string;
  readonly userDefinedFields?: Readonly<Record<string, string>>;
  readonly echo?: string;
}

export type Begun =
  | { readonly is: 'begun'; readonly transaction: Transaction }
  | { readonly is: 'repeated'; readonly transaction: Transaction }
  | Refused;

/** A refusal; `transactionId` names what stands in the way. */
export interface Refused {
  readonly is: 'refused';
  readonly code: RefusalCode;
  readonly detail?: string;
  readonly transactionId?: string;
}

export interface CashierParts extends RoutingParts {
  readonly vault: Vault;
  readonly posts: readonly Post[];
  readonly tell: (news: CashierNews) => void;
}

export interface Cashier {
  /** Enters an order and arms its reader. The same key again gives the same transaction. */
  begin(request: SaleRequest, application: string, key: string): Begun;
  cancel(
    transactionId: string,
  ): { readonly is: 'cancelled'; readonly transaction: Transaction } | Refused;
  /** Resolves once the POS has an answer it can build on, or when the time is over. */
  answered(transactionId: string, withinMs: number): Promise<void>;
  /** An answer that came after its attempt was given up. */
  heardLate(answer: HostAnswer): void;
  /** Ends what a power cut interrupted; called once, before anything else. */
  recover(): number;
  /** Somebody else (a word of the portal) moved a transaction. */
  moved(transactionId: string): void;
  /**
   * Takes no more orders, ends those that wait for a card, and resolves once the host has answered the
   * others, or its time is over.
   */
  close(): Promise<void>;
  /** Whether the storage refuses to write; no new work is begun until it does not. */
  troubled(): boolean;
}

export const cashierOf = (parts: CashierParts): Cashier => new ShopCashier(parts);

class ShopCashier implements Cashier {
  readonly #parts: CashierParts;
  readonly #pen: Pen;
  readonly #waiting: Waiting;
  readonly #counters = new Map<string, Counter>();
  #closing = false;

  constructor(parts: CashierParts) {
    this.#parts = parts;
    this.#waiting = waitingRoom(parts.world.clock);
    this.#pen = penOf({
      ledger: parts.ledger,
      world: parts.world,
      catchUp: () => {
        this.recover();
      },
      tell: (news) => {
        parts.tell(
          news.is === 'back'
            ? { is: 'storage back' }
            : { is: 'storage trouble', fault: news.fault },
        );
        parts.host.wake();
      },
    });
  }

  begin(request: SaleRequest, application: string, key: string): Begun {
    const { ledger, world, settings } = this.#parts;
    const keyHash = sha256(key);
    const requestHash = sha256(canonical(request));
    const known = ledger.idempotency.find(application, keyHash);
    if (known !== undefined) return this.#repeated(known, requestHash);
    const refusal = this.#unfit(request) ?? this.#noReader(request.reader);
    if (refusal !== undefined) return refusal;
    const post = this.#readyPost(request.reader);
    if (post === undefined) return { is: 'refused', code: 'reader_not_ready' };
    const transactionId = newId('txn', world);
    const order = this.#pen.write(() => {
      const batch = ledger.batches.current(
        request.batchName ?? settings['batch.name'],
        world.clock.wallMs(),
      );
      const readerId = post.setting.id;
      const entered = orderOf(request, {
        ...{ transactionId, application, keyHash, readerId, batch },
      });
      ledger.enter(entered, { is: 'awaiting_card' }, { application, keyHash, requestHash });
      return entered;
    });
    if (order === undefined) return { is: 'refused', code: 'storage_unavailable' };
    this.#serve(order, post);
    return { is: 'begun', transaction: this.#found(transactionId) };
  }

  cancel(transactionId: string): { is: 'cancelled'; transaction: Transaction } | Refused {
    const before = this.#parts.ledger.transactions.find(transactionId);
    if (before === undefined) return { is: 'refused', code: 'not_found' };
    this.#counters.get(transactionId)?.giveUp('cancelled_by_pos');
    const transaction = this.#found(transactionId);
    if (transaction.payment.is === 'cancelled') return { is: 'cancelled', transaction };
    if (this.#pen.inTrouble()) return { is: 'refused', code: 'storage_unavailable', transactionId };
    const detail = `The transaction is ${transaction.payment.is}.`;
    return { is: 'refused', code: 'conflict', detail, transactionId };
  }

  answered(transactionId: string, withinMs: number): Promise<void> {
    if (!this.#counters.has(transactionId)) return Promise.resolve();
    return this.#waiting.wait(transactionId, withinMs);
  }

  heardLate(answer: HostAnswer): void {
    const { ledger, tell, host } = this.#parts;
    const found = ledger.transactions.find(answer.transactionId);
    if (found === undefined || this.#counters.has(answer.transactionId)) return;
    const { order, payment } = found;
    const step = next(order, payment, { is: 'answered', answer });
    if (step === undefined || this.#knowsLate(answer)) return;
    const written = this.#pen.write(() => {
      ledger.take(order, payment, step);
      return true;
    });
    if (written === undefined) return;
    tell({ is: 'payment', order, payment: step.then, heard: 'answered' });
    host.wake();
  }

  recover(): number {
    return recoverPayments(this.#parts.ledger, (transactionId) =>
      this.#counters.has(transactionId),
    );
  }

  moved(transactionId: string): void {
    const { order, payment } = this.#found(transactionId);
    const isDecided = payment.is === 'approved' || payment.is === 'forward_declined';
    const heard = isDecided ? 'decided' : 'reversal done';
    this.#parts.tell({ is: 'payment', order, payment, heard });
    this.#waiting.answer(transactionId);
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const counter of [...this.#counters.values()]) counter.giveUp('interrupted');
    const withinMs = this.#parts.settings['host.answerWithinMs'];
    await Promise.all([...this.#counters.keys()].map((id) => this.#waiting.wait(id, withinMs)));
  }

  troubled(): boolean {
    return this.#pen.inTrouble();
  }

  #serve(order: Order, post: Post): void {
    const { transactionId } = order;
    const counter = new Counter(
      {
        ...this.#parts,
        pen: this.#pen,
        left: () => {
          this.#counters.delete(transactionId);
          this.#parts.world.mark?.('before-answer');
          this.#waiting.answer(transactionId);
        },
      },
      order,
      post,
    );
    this.#counters.set(transactionId, counter);
    counter.open();
    this.#parts.host.wake();
  }

  #repeated(known: { requestHash: string; transactionId: string }, requestHash: string): Begun {
    const { transactionId } = known;
    if (known.requestHash !== requestHash) {
      return { is: 'refused', code: 'idempotency_mismatch', transactionId };
    }
    return { is: 'repeated', transaction: this.#found(transactionId) };
  }

  #unfit({ amount }: SaleRequest): Refused | undefined {
    if (this.#closing) return { is: 'refused', code: 'stopping' };
    if (decimalsOf(amount.currency) === undefined) {
      return { is: 'refused', code: 'currency_unsupported' };
    }
    if (amount.value === 0) {
      return {
        is: 'refused',
        code: 'amount_invalid',
        detail: 'A sale of nothing cannot be charged.',
      };
    }
    if (this.#pen.inTrouble() || !hasRoom(this.#parts.world, this.#parts.settings)) {
      return { is: 'refused', code: 'storage_unavailable' };
    }
    return undefined;
  }

  #noReader(id: string | undefined): Refused | undefined {
    const { posts } = this.#parts;
    const meant = posts.filter(({ setting }) => id === undefined || setting.id === id);
    if (meant.length === 0) {
      if (id !== undefined) return { is: 'refused', code: 'not_found' };
      const detail = 'No reader is configured; `readers` in the settings file names them.';
      return { is: 'refused', code: 'reader_not_ready', detail };
    }
    const states = meant.map((post) => post.state());
    if (states.some(({ is }) => is === 'ready')) return undefined;
    const busy = states.find((state) => state.is === 'busy');
    return busy === undefined
      ? { is: 'refused', code: 'reader_not_ready' }
      : { is: 'refused', code: 'busy', transactionId: busy.transactionId };
  }

  #readyPost(id: string | undefined): Post | undefined {
    return this.#parts.posts.find(
      (post) => (id === undefined || post.setting.id === id) && post.state().is === 'ready',
    );
  }

  // An answer may be brought twice; it is journalled once.
  #knowsLate({ transactionId, attemptId }: HostAnswer): boolean {
    return this.#parts.ledger.upLog.historyOf(transactionId).some(({ type, body }) => {
      return type === 'answer.late' && (body as HostAnswer).attemptId === attemptId;
    });
  }

  #found(transactionId: string): Transaction {
    const found = this.#parts.ledger.transactions.find(transactionId);
    if (found === undefined) throw new Error(`The ledger has no transaction ${transactionId}.`);
    return found;
  }
}

const orderOf = (
  request: SaleRequest,
  given: Pick<Order, 'transactionId' | 'application' | 'keyHash' | 'readerId' | 'batch'>,
): Order => ({
  ...given,
  type: request.type,
  amount: request.amount,
  offline: request.offline ?? 'allow',
  ...(request.reference === undefined ? {} : { reference: request.reference }),
  ...(request.userDefinedFields === undefined
    ? {}
    : { userDefinedFields: request.userDefinedFields }),
  ...(request.echo === undefined ? {} : { echo: request.echo }),
});
