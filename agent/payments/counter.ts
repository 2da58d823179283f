/**
 * The counter: one payment under way, between the reader, the host and the POS.
 *
 * What is heard goes into the payment machine; the facts that come out are committed; only then are the
 * effects carried out. Between deciding and recording nothing is awaited.
 */
import type { MaskedCard } from '../../contract/index.ts';
import { wipeRead, type CardRead, type Purchase, type ReaderPrompt } from '../../drivers/index.ts';
import type { Pen } from '../ledger/pen.ts';
import type { Post } from '../readers/post.ts';
import { Hand, type HandEvent } from './hand.ts';
import type { HostReply } from './host-line.ts';
import { routeOfUnsent } from './follow-up.ts';
import type { CashierNews } from './news.ts';
import type { Order } from './order.ts';
import { next } from './payment.ts';
import { requestOf } from './request.ts';
import { outcomeOf, type GivenUp, type Payment } from './states.ts';
import type { ChipAnswer, Happening, RouteUnsent, RouteWithoutHost, Step } from './step.ts';
import { kindOf } from './told.ts';
import { routeOf, routeWithoutHost, type Carried, type RoutingParts } from './routing.ts';
import type { SealedCard, Vault } from './vault.ts';

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
  readonly #hand: Hand;
  readonly #hasChoice: boolean;
  #payment: Payment = { is: 'awaiting_card' };
  #sealed: SealedCard | undefined;
  #repetitionMeant = false;
  #prompt: ReaderPrompt | undefined;
  #callOffTimer: () => void = () => undefined;

  /** `posts`: where its card may be read; a follow-up needs none. */
  constructor(parts: CounterParts, order: Order, posts: readonly Post[] = []) {
    this.#parts = parts;
    this.order = order;
    this.#hasChoice = posts.length > 1;
    const { 'reader.fallbackToStripe': allowed, 'reader.chipTriesBeforeStripe': afterTries } =
      parts.settings;
    const hear = (event: HandEvent) => this.#heardHand(event);
    this.#hand = new Hand({ posts, fallback: { allowed, afterTries }, hear });
  }

  /** What the customer should do now, while there is something. */
  get prompt(): ReaderPrompt | undefined {
    return this.#prompt;
  }

  /** Arms its readers and waits for a card. */
  open(): void {
    const { world, settings } = this.#parts;
    this.#callOffTimer = world.clock.after(settings['reader.cardWithinMs'], () =>
      this.giveUp('card_timeout'),
    );
    const { transactionId, type, amount } = this.order;
    const purchase: Purchase = {
      kind: type === 'refund' ? 'refund' : 'purchase',
      amount,
      at: Math.floor(world.clock.wallMs() / 1_000),
    };
    if (this.#hand.open(transactionId, purchase)) this.#say('present_card');
    else this.giveUp('reader_lost');
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

  #heardHand(event: HandEvent): void {
    switch (event.is) {
      case 'card':
        return this.#heardCard(event.read, event.post);
      case 'prompt':
        return this.#say(event.prompt);
      case 'completed':
        return this.#advance({ ...event, is: 'chip done' });
      case 'nothing':
        return this.giveUp(givenUp[event.why]);
    }
  }

  #say(prompt: ReaderPrompt): void {
    this.#prompt = prompt;
    this.#parts.tell({ is: 'prompt', order: this.order, prompt });
  }

  #heardCard(read: CardRead, { setting }: Post): void {
    if (this.#payment.is !== 'awaiting_card') return;
    if (read.securityLevel === 'clear' && setting.allowClearCards !== true) {
      wipeRead(read);
      this.giveUp('card_not_encrypted');
      return;
    }
    const sealed = this.#parts.vault(read, this.order.transactionId);
    if (sealed === undefined) {
      this.giveUp('card_unreadable');
      return;
    }
    this.#sealed = sealed;
    const card = { ...cardOf(read), ...(this.#hasChoice ? { readerId: setting.id } : {}) };
    const chipWaits = read.chip?.awaitsAnswer === true;
    const route = routeOf(this.#parts, this.#carried(card, sealed));
    this.#prompt = chipWaits ? 'processing' : undefined;
    this.#advance({ is: 'card read', card, route, chipWaits });
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
        case 'answer chip':
          this.#answerChip(effect.answer);
          break;
        case 'erase sealed':
          // Part of the commit; and a payment under way has nothing stored yet.
          break;
      }
    }
  }

  #answerChip({ result, responseCode, issuerData }: ChipAnswer): void {
    this.#hand.answer({
      ...{ result, responseCode },
      ...(issuerData === undefined ? {} : { issuerData: Buffer.from(issuerData, 'hex') }),
    });
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
    this.#prompt = undefined;
    this.#hand.close();
  }

  #leave(): void {
    this.#letGo();
    this.#sealed = undefined;
    this.#parts.left(this.order);
  }
}

const givenUp = {
  unreadable: 'card_unreadable',
  'not accepted': 'card_not_accepted',
  lost: 'reader_lost',
} as const;

/** What is kept of a card in clear. */
const cardOf = ({ card, chip, isFallback }: CardRead): MaskedCard => {
  if (chip === undefined) return isFallback === true ? { ...card, fallback: true } : card;
  const { cryptogramType, verification, tags } = chip;
  return { ...card, chip: { cryptogramType, verification, tags } };
};
