/**
 * The cashier: takes orders, puts each at a counter of its own, and answers whoever waits.
 *
 * It decides nothing about a payment itself; the payment machine does. One key of a client application is one
 * transaction (I1), one reader serves one transaction at a time (I8).
 */
import { canonical, type Actor, type HostAnswer } from '../../contract/index.ts';
import type { ReaderPrompt } from '../../drivers/index.ts';
import { sha256 } from '../identity/digest.ts';
import { newId } from '../identity/identifiers.ts';
import type { KeyedRequest } from '../ledger/idempotency.ts';
import { penOf, type Pen } from '../ledger/pen.ts';
import type { Transaction } from '../ledger/transactions.ts';
import type { Post } from '../readers/post.ts';
import { noReader } from '../readers/roster.ts';
import { Counter } from './counter.ts';
import {
  batchNameOf,
  following,
  needsCard,
  orderOf,
  unfitForSettings,
  unfitHere,
  type Refused,
  type TransactionRequest,
} from './entering.ts';
import { routeOfFollowUp } from './follow-up.ts';
import { wordBehind, type CashierNews } from './news.ts';
import type { Order } from './order.ts';
import { next } from './payment.ts';
import { recoverPayments } from './recovery.ts';
import type { RoutingParts } from './routing.ts';
import { hasRoom } from './standing.ts';
import type { Vault } from './vault.ts';
import type { Happening } from './step.ts';
import { waitingRoom, type Waiting } from './waiting.ts';

export type Begun =
  | { readonly is: 'begun'; readonly transaction: Transaction }
  | { readonly is: 'repeated'; readonly transaction: Transaction }
  | Refused;

/** What became of something a person or a POS wanted of a transaction. */
export type Settled = { readonly is: 'settled'; readonly transaction: Transaction } | Refused;

export interface CashierParts extends RoutingParts {
  readonly vault: Vault;
  readonly posts: readonly Post[];
  readonly tell: (news: CashierNews) => void;
}

export interface Cashier {
  /**
   * Enters an order: arms its reader, or carries out what follows another transaction. The same key again
   * gives the same transaction.
   */
  begin(request: TransactionRequest, application: string, key: string): Begun;
  /** The POS accepts a partial approval, or means what looked like a repetition. */
  accept(transactionId: string): Settled;
  reject(transactionId: string): Settled;
  /** Parks a transaction that waits in the queue, so that the portal does not decide it. */
  hold(transactionId: string, by: Actor, reason?: string): Settled;
  release(transactionId: string, by: Actor): Settled;
  /** Gives back an authorization nobody captured; `false` when it cannot be written now. */
  expire(transactionId: string): boolean;
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
  /** What the customer should do now, while a card is waited for or a chip is spoken with. */
  promptOf(transactionId: string): ReaderPrompt | undefined;
}

export const cashierOf = (parts: CashierParts): Cashier => new ShopCashier(parts);

class ShopCashier implements Cashier {
  readonly #parts: CashierParts;
  readonly #pen: Pen;
  readonly #waiting: Waiting;
  readonly #counters = new Map<string, Counter>();
  /** Partial approvals whose time runs. */
  readonly #offered = new Set<string>();
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

  begin(request: TransactionRequest, application: string, key: string): Begun {
    const named = { application, keyHash: sha256(key), requestHash: sha256(canonical(request)) };
    const known = this.#parts.ledger.idempotency.find(application, named.keyHash);
    if (known !== undefined) return this.#repeated(known, named.requestHash);
    if (this.#parts.ledger.idempotency.isExpired(application, named.keyHash)) {
      return { is: 'refused', code: 'idempotency_expired' };
    }
    const refusal = this.#closed() ?? unfitHere(this.#parts, request);
    if (refusal !== undefined) return refusal;
    return needsCard(request) ? this.#beginWithCard(request, named) : this.#follow(request, named);
  }

  #beginWithCard(request: TransactionRequest, named: KeyedRequest): Begun {
    const { ledger, world, settings } = this.#parts;
    const refusal = unfitForSettings(request, settings) ?? this.#noReader(request.reader);
    if (refusal !== undefined) return refusal;
    const posts = this.#readyPosts(request.reader);
    const [post, ...others] = posts;
    if (post === undefined) return { is: 'refused', code: 'reader_not_ready' };
    const { application, keyHash } = named;
    const transactionId = newId('txn', world);
    const order = this.#pen.write(() => {
      const batch = ledger.batches.current(batchNameOf(request, settings), world.clock.wallMs());
      const reader = others.length === 0 ? { readerId: post.setting.id } : {};
      const entered = orderOf(request, { transactionId, application, keyHash, ...reader, batch });
      ledger.enter(entered, { is: 'awaiting_card' }, named);
      return entered;
    });
    if (order === undefined) return { is: 'refused', code: 'storage_unavailable' };
    const counter = this.#counterFor(order, posts);
    counter.open();
    this.#parts.host.wake();
    return { is: 'begun', transaction: this.#found(transactionId) };
  }

  /** A follow-up is entered, routed and written in one commit; only then may anything leave. */
  #follow(request: TransactionRequest, named: KeyedRequest): Begun {
    const { ledger, world, settings, tell, host } = this.#parts;
    const followed = following(ledger, request, settings);
    if ('is' in followed) return followed;
    const { allowed, original } = followed;
    if (!('card' in original.payment)) return { is: 'refused', code: 'original_not_fit' };
    // What its chip said was about the original.
    const { chip: _chip, readerId: _readerId, ...card } = original.payment.card;
    const { application, keyHash } = named;
    const transactionId = newId('txn', world);
    const begun = this.#pen.write(() => {
      const batch = ledger.batches.current(
        batchNameOf(request, settings, original),
        world.clock.wallMs(),
      );
      const order = orderOf(request, { transactionId, application, keyHash, batch }, allowed);
      const created = { is: 'created', card } as const;
      ledger.enter(order, created, named);
      const route = routeOfFollowUp(this.#parts, order, { ...followed, card });
      const step = next(order, created, { is: 'routed', route });
      if (step === undefined) throw new Error('A follow-up that was created can be routed.');
      ledger.take(order, created, step);
      return { order, step };
    });
    if (begun === undefined) return { is: 'refused', code: 'storage_unavailable' };
    const { order, step } = begun;
    tell({ is: 'payment', order, payment: step.then, heard: 'routed' });
    if (step.then.is === 'sent') this.#counterFor(order).resume(step);
    host.wake();
    return { is: 'begun', transaction: this.#found(transactionId) };
  }

  accept(transactionId: string): Settled {
    return this.#answerPos(transactionId, true);
  }

  reject(transactionId: string): Settled {
    return this.#answerPos(transactionId, false);
  }

  hold(transactionId: string, by: Actor, reason?: string): Settled {
    return this.#take(transactionId, {
      ...{ is: 'parked', by },
      ...(reason === undefined ? {} : { reason }),
    });
  }

  release(transactionId: string, by: Actor): Settled {
    return this.#take(transactionId, { is: 'released', by });
  }

  expire(transactionId: string): boolean {
    return this.#take(transactionId, { is: 'expired' }).is === 'settled';
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
    // What the POS is asked it has to hear of, before its time to answer is over.
    if (!this.#counters.has(transactionId) || this.#isChallenged(transactionId)) {
      return Promise.resolve();
    }
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
    const { ledger } = this.#parts;
    const ended = recoverPayments(ledger, (transactionId) => this.#counters.has(transactionId));
    for (const { order, payment } of ledger.transactions.open()) {
      if (payment.is === 'partially_approved') this.#awaitAcceptance(order.transactionId);
    }
    return ended;
  }

  moved(transactionId: string): void {
    const { order, payment } = this.#found(transactionId);
    const heard = wordBehind(payment);
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

  promptOf(transactionId: string): ReaderPrompt | undefined {
    return this.#counters.get(transactionId)?.prompt;
  }

  #counterFor(order: Order, posts?: readonly Post[]): Counter {
    const { transactionId } = order;
    const { world } = this.#parts;
    const parts = {
      ...this.#parts,
      pen: this.#pen,
      asked: () => this.#waiting.answer(transactionId),
      left: () => {
        this.#counters.delete(transactionId);
        this.#awaitAcceptance(transactionId);
        world.mark?.('before-answer');
        this.#waiting.answer(transactionId);
      },
    };
    const counter = new Counter(parts, order, posts);
    this.#counters.set(transactionId, counter);
    return counter;
  }

  /** A partial approval nobody accepts in time is undone, as if it was rejected. */
  #awaitAcceptance(transactionId: string): void {
    const { ledger, world, settings } = this.#parts;
    const isOpen = () =>
      ledger.transactions.find(transactionId)?.payment.is === 'partially_approved';
    if (this.#offered.has(transactionId) || !isOpen()) return;
    this.#offered.add(transactionId);
    world.clock.after(settings['pos.answerWithinSeconds'] * 1_000, () => {
      this.#offered.delete(transactionId);
      if (isOpen() && this.reject(transactionId).is === 'refused')
        this.#awaitAcceptance(transactionId);
    });
  }

  #answerPos(transactionId: string, isMeant: boolean): Settled {
    if (this.#counters.get(transactionId)?.answerPos(isMeant) !== true) {
      return this.#take(transactionId, { is: isMeant ? 'accepted' : 'rejected' });
    }
    return this.#isChallenged(transactionId)
      ? { is: 'refused', code: 'storage_unavailable', transactionId }
      : this.#settled(transactionId);
  }

  #isChallenged(transactionId: string): boolean {
    return this.#parts.ledger.transactions.find(transactionId)?.payment.is === 'challenged';
  }

  /** Takes a step that somebody wanted; refused where it has no meaning. */
  #take(transactionId: string, heard: Happening): Settled {
    const { ledger, tell, host } = this.#parts;
    const found = ledger.transactions.find(transactionId);
    if (found === undefined) return { is: 'refused', code: 'not_found' };
    const { order, payment } = found;
    const step = this.#counters.has(transactionId) ? undefined : next(order, payment, heard);
    if (step === undefined) {
      const detail = `The transaction is ${payment.is}.`;
      return { is: 'refused', code: 'conflict', detail, transactionId };
    }
    const written = this.#pen.write(() => {
      ledger.take(order, payment, step);
      return true;
    });
    if (written === undefined) return { is: 'refused', code: 'storage_unavailable', transactionId };
    tell({ is: 'payment', order, payment: step.then, heard: heard.is });
    this.#waiting.answer(transactionId);
    host.wake();
    return this.#settled(transactionId);
  }

  #settled(transactionId: string): Settled {
    return { is: 'settled', transaction: this.#found(transactionId) };
  }

  #repeated(known: { requestHash: string; transactionId: string }, requestHash: string): Begun {
    const { transactionId } = known;
    if (known.requestHash !== requestHash) {
      return { is: 'refused', code: 'idempotency_mismatch', transactionId };
    }
    return { is: 'repeated', transaction: this.#found(transactionId) };
  }

  #closed(): Refused | undefined {
    if (this.#closing) return { is: 'refused', code: 'stopping' };
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
      return { is: 'refused', code: 'reader_not_ready', detail: noReader };
    }
    const states = meant.map((post) => post.state());
    if (states.some(({ is }) => is === 'ready')) return undefined;
    const busy = states.find((state) => state.is === 'busy');
    return busy === undefined
      ? { is: 'refused', code: 'reader_not_ready' }
      : { is: 'refused', code: 'busy', transactionId: busy.transactionId };
  }

  /** The reader that was named, else the first that is ready, or all of them: then the first card wins. */
  #readyPosts(named: string | undefined): readonly Post[] {
    const { posts, settings } = this.#parts;
    const ready = posts.filter((post) => post.state().is === 'ready');
    if (named !== undefined) return ready.filter(({ setting }) => setting.id === named);
    return settings['reader.choice'] === 'first_card' ? ready : ready.slice(0, 1);
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
