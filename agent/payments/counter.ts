/**
 * The counter: one payment under way, between the reader, the host and the POS.
 *
 * What is heard goes into the payment machine; the facts that come out are committed; only then are the
 * effects carried out. Between deciding and recording nothing is awaited.
 */
import type { MaskedCard } from '../../contract/index.ts';
import type { CardRead } from '../../drivers/index.ts';
import type { Pen } from '../ledger/pen.ts';
import type { CardEvent, Post } from '../readers/post.ts';
import type { HostReply } from './host-line.ts';
import { routeOfUnsent } from './follow-up.ts';
import type { CashierNews } from './news.ts';
import type { Order } from './order.ts';
import { next } from './payment.ts';
import { requestOf } from './request.ts';
import { outcomeOf, type GivenUp, type Payment } from './states.ts';
import type { Happening, RouteUnsent, RouteWithoutHost, Step } from './step.ts';
import { kindOf } from './told.ts';
import { routeOf, routeWithoutHost, type Carried, type RoutingParts } from './routing.ts';
import type { SealedCard, Vault } from './vault.ts';

/** Swipes that may fail before a sale is given up. */
const badReadsMax = 5;

/** Where a payment goes that may not be stored. */
const nowhere = { to: 'nobody', refusal: 'offline_disabled' } as const;

export interface CounterParts extends RoutingParts {
  readonly vault: Vault;
  readonly pen: Pen;
  readonly tell: (news: CashierNews) => void;
  /** The POS is asked something; the payment goes on once it has answered. */
  readonly asked: (order: Order) => void;
  /** The payment has an outcome, or cannot be written; it does not run any more. */
  readonly left: (order: Order) => void;
}

export class Counter {
  readonly order: Order;
  readonly #parts: CounterParts;
  readonly #post: Post | undefined;
  #payment: Payment = { is: 'awaiting_card' };
  #sealed: SealedCard | undefined;
  #repetitionMeant = false;
  #badReads = 0;
  #release: () => void = () => undefined;
  #callOffTimer: () => void = () => undefined;

  /** `post`: where its card is read; a follow-up needs none. */
  constructor(parts: CounterParts, order: Order, post?: Post) {
    this.#parts = parts;
    this.order = order;
    this.#post = post;
  }

  /** Arms the reader and waits for a card. */
  open(): void {
    const { world, settings, tell } = this.#parts;
    this.#callOffTimer = world.clock.after(settings['reader.cardWithinMs'], () =>
      this.giveUp('card_timeout'),
    );
    const release = this.#post?.claim(this.order.transactionId, (event) =>
      this.#heardReader(event),
    );
    if (release === undefined) {
      this.giveUp('reader_lost');
      return;
    }
    this.#release = release;
    tell({ is: 'prompt', order: this.order, prompt: 'present card' });
  }

  /** Goes on with a follow-up whose first step is written. */
  resume(step: Step): void {
    this.#payment = step.then;
    this.#act(step);
  }

  /** The POS answers what it was asked; `false` when it was asked nothing. */
  answerPos(isMeant: boolean): boolean {
    const payment = this.#payment;
    const sealed = this.#sealed;
    if (payment.is !== 'challenged' || sealed === undefined) return false;
    this.#repetitionMeant = isMeant;
    const route = routeOf(this.#parts, this.#carried(payment.card, sealed));
    this.#advance(isMeant ? { is: 'accepted', route } : { is: 'rejected' });
    return true;
  }

  /** Ends the payment before its card is used; without effect once it is. */
  giveUp(reason: GivenUp): void {
    this.#advance({ is: 'given up', reason });
  }

  #heardReader(event: CardEvent): void {
    switch (event.is) {
      case 'lost':
        this.giveUp('reader_lost');
        return;
      case 'bad read':
        this.#badReads += 1;
        if (this.#badReads >= badReadsMax || event.why === 'keys_exhausted') {
          this.giveUp('card_unreadable');
        } else {
          this.#parts.tell({ is: 'prompt', order: this.order, prompt: 'try again' });
        }
        return;
      case 'card':
        this.#heardCard(event.read);
        return;
    }
  }

  #heardCard(read: CardRead): void {
    if (this.#payment.is !== 'awaiting_card') return;
    if (read.securityLevel === 'clear' && this.#post?.setting.allowClearCards !== true) {
      read.accountData.wipe();
      read.likeness.wipe();
      this.giveUp('card_not_encrypted');
      return;
    }
    const sealed = this.#parts.vault(read, this.order.transactionId);
    if (sealed === undefined) {
      this.giveUp('card_unreadable');
      return;
    }
    this.#sealed = sealed;
    const { card } = read;
    const route = routeOf(this.#parts, this.#carried(card, sealed));
    this.#advance({ is: 'card read', card, route });
  }

  #carried(card: MaskedCard, sealed: SealedCard): Carried {
    return { order: this.order, card, sealed, repetitionMeant: this.#repetitionMeant };
  }

  #advance(heard: Happening): void {
    const before = this.#payment;
    const step = next(this.order, before, heard);
    if (step === undefined) return;
    const { ledger, pen, tell, host } = this.#parts;
    const written = pen.write(() => {
      ledger.take(this.order, before, step, this.#sealed);
      return true;
    });
    if (written === undefined) {
      this.#leave();
      return;
    }
    this.#payment = step.then;
    tell({ is: 'payment', order: this.order, payment: step.then, heard: heard.is });
    this.#act(step);
    host.wake();
    if (step.then.is === 'challenged') this.#askPos();
    if (outcomeOf(step.then) !== undefined) this.#leave();
  }

  #act({ do: effects }: Step): void {
    for (const effect of effects) {
      switch (effect.is) {
        case 'release reader':
          this.#letGo();
          break;
        case 'ask host':
          this.#askHost(effect.attemptId);
          break;
        case 'erase sealed':
          // Part of the commit; and a payment under way has nothing stored yet.
          break;
      }
    }
  }

  #askPos(): void {
    const { world, settings, asked } = this.#parts;
    this.#callOffTimer = world.clock.after(settings['pos.answerWithinSeconds'] * 1_000, () =>
      this.answerPos(false),
    );
    asked(this.order);
  }

  #askHost(attemptId: string): void {
    if (this.#payment.is !== 'sent') return;
    const { ledger, host, settings } = this.#parts;
    const { order } = this;
    const { card } = this.#payment;
    const partialApproval = settings['partialApproval.enabled'] && order.type !== 'refund';
    const asked = { order, attemptId, card, sealed: this.#sealed, partialApproval };
    const body = requestOf(ledger, asked);
    if (body !== undefined) host.ask(kindOf(order.type), body, (reply) => this.#heardHost(reply));
  }

  #heardHost(reply: HostReply): void {
    const payment = this.#payment;
    if (payment.is !== 'sent') return;
    switch (reply.is) {
      case 'answered':
        this.#parts.world.mark?.('before-live-answer-write');
        this.#advance(reply);
        return;
      case 'refused':
        this.#advance({ ...reply, attemptId: payment.attemptId });
        return;
      case 'not sent':
        this.#advance({ is: 'not sent', route: this.#routeUnsent(payment.card) });
        return;
      case 'no answer': {
        const mayStore = this.#parts.settings['offline.afterUnknown'];
        const route = mayStore ? this.#withoutHost(payment.card) : nowhere;
        this.#advance({ is: 'no answer', reason: reply.reason, route });
        return;
      }
    }
  }

  #routeUnsent(card: MaskedCard): RouteWithoutHost | RouteUnsent {
    return this.order.originalTransactionId === undefined
      ? this.#withoutHost(card)
      : routeOfUnsent(this.#parts, this.order, card);
  }

  #withoutHost(card: MaskedCard): RouteWithoutHost {
    const sealed = this.#sealed;
    return sealed === undefined
      ? nowhere
      : routeWithoutHost(this.#parts, this.#carried(card, sealed));
  }

  #letGo(): void {
    this.#callOffTimer();
    this.#release();
  }

  #leave(): void {
    this.#letGo();
    this.#sealed = undefined;
    this.#parts.left(this.order);
  }
}
