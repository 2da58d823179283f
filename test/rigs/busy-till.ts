/**
 * A till with a portal behind it: payments of every type, words that come down, facts that leave, a power
 * cut. Whoever watches looks at it after everything that is done.
 */
import type { FactType, HostAnswer, WordBody, WordType } from '../../contract/index.ts';
import { openEpoch } from '../../agent/ledger/epoch.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import type { Transaction } from '../../agent/ledger/transactions.ts';
import { verifyLedger, type Finding } from '../../agent/ledger/verify.ts';
import type { TransactionRequest } from '../../agent/payments/entering.ts';
import type { HostReply } from '../../agent/payments/host-line.ts';
import { outcomeOf } from '../../agent/payments/states.ts';
import { takeWords } from '../../agent/payments/words.ts';
import { answerTo } from '../fixtures/payments.ts';
import { cardRead } from './scripted-reader.ts';
import { Till, type TillOptions } from './till.ts';
import { wordLog } from './word-log.ts';

type Wish = Partial<TransactionRequest>;
export const usd = (value: number) => ({ value, currency: 'USD' });

export class BusyTill {
  #till: Till;
  readonly #options: TillOptions;
  readonly #watch: (busy: BusyTill) => void;
  readonly #words = wordLog();
  #cards = 0;

  constructor(watch: (busy: BusyTill) => void = () => undefined, options: TillOptions = {}) {
    this.#watch = watch;
    this.#options = options;
    this.#till = new Till(options);
  }

  get till(): Till {
    return this.#till;
  }

  get ledger(): Ledger {
    return this.#till.opened.ledger;
  }

  #done<R>(result: R): R {
    this.#watch(this);
    return result;
  }

  /** Begins a payment with a card nobody has seen yet; the host has still to speak. */
  present(wish: Wish = {}, likeness = `card ${(this.#cards += 1)}`): string {
    return this.#done(this.#till.swipe(cardRead(likeness), wish));
  }

  /** A payment with a card that the host approves. */
  approved(wish: Wish = {}): string {
    const transactionId = this.present(wish);
    this.answer();
    return transactionId;
  }

  /** A payment with a card that is approved without the host, which is there again afterwards. */
  stored(wish: Wish = {}): string {
    this.#till.host.online = false;
    const transactionId = this.present(wish);
    this.#till.host.online = true;
    return transactionId;
  }

  /** Begins what follows another transaction; gives its id. */
  follow(type: TransactionRequest['type'], originalTransactionId: string, wish: Wish = {}): string {
    const begun = this.try(type, originalTransactionId, wish);
    if (begun.is === 'refused') throw new Error(`Refused: ${begun.code}.`);
    return this.#done(begun.transaction.order.transactionId);
  }

  /** Asks for what follows another transaction, which may be refused. */
  try(type: TransactionRequest['type'], originalTransactionId: string, wish: Wish = {}) {
    const key = `follow-up ${this.ledger.upLog.head().seq} ${JSON.stringify(wish)}`;
    return this.#till.cashier.begin({ type, originalTransactionId, ...wish }, 'till', key);
  }

  /** A follow-up the host approves. */
  followed(type: TransactionRequest['type'], originalTransactionId: string, wish: Wish = {}) {
    const transactionId = this.follow(type, originalTransactionId, wish);
    this.answer();
    return transactionId;
  }

  /** A follow-up that waits in the log, for the host cannot be asked. */
  advised(type: TransactionRequest['type'], originalTransactionId: string, wish: Wish = {}) {
    this.#till.host.online = false;
    const transactionId = this.follow(type, originalTransactionId, wish);
    this.#till.host.online = true;
    return transactionId;
  }

  /** The host answers what it was asked last. */
  answer(result: HostAnswer['result'] = 'approved', differently: Partial<HostAnswer> = {}): void {
    const { body } = this.#till.host.last();
    const answer = { ...answerTo(body.transactionId, body.attemptId, result), ...differently };
    this.reply({ is: 'answered', answer });
  }

  reply(reply: HostReply): void {
    this.#till.host.reply(reply);
    this.#done(undefined);
  }

  /** The portal says a word. */
  say<T extends WordType>(type: T, body: WordBody<T>): void {
    const { seq } = this.#words.say(type, body);
    const { moved } = takeWords(this.ledger, this.#words.frame(1, seq, seq));
    for (const transactionId of moved) this.#till.cashier.moved(transactionId);
    this.#done(undefined);
  }

  decide(
    transactionId: string,
    result: HostAnswer['result'] = 'approved',
    differently: Partial<HostAnswer> = {},
  ): void {
    const answer = answerTo(transactionId, this.attemptOf(transactionId), result);
    this.say('transaction.decided', { ...answer, ...differently });
  }

  /** The reversal of its attempt is done at the host. */
  undo(transactionId: string): void {
    const attemptId = this.attemptOf(transactionId);
    this.say('reversal.done', { transactionId, attemptId, hostResult: 'reversed' });
  }

  /** A person or a POS wants something of a transaction. */
  want(what: 'accept' | 'reject' | 'hold' | 'release', transactionId: string) {
    const { cashier } = this.#till;
    const by = { userId: 'local', role: 'admin' };
    const settled =
      what === 'accept' || what === 'reject'
        ? cashier[what](transactionId)
        : cashier[what](transactionId, by);
    return this.#done(settled);
  }

  /** Time passes, and what falls due happens. */
  pass(ms: number): void {
    this.#till.world.clock.advance(ms);
    this.#done(undefined);
  }

  /** Everything that is in the log now leaves. */
  publish(): void {
    this.ledger.commit(() => this.ledger.published.sessionBegins());
    this.ledger.published.offer(this.ledger.upLog.head().seq);
    this.ledger.published.sessionEnds();
  }

  /** The power fails, and the agent starts again. */
  cutPower(): void {
    const { world, opened } = this.#till;
    world.clock.callOffAll();
    this.#till = new Till({ ...this.#options, world, opened });
    this.#till.cashier.recover();
    this.#done(undefined);
  }

  /** The portal asks for a new epoch of the log. */
  openEpoch(): void {
    openEpoch(this.ledger, this.ledger.upLog.head().epoch + 1);
  }

  found(transactionId: string): Transaction {
    const found = this.ledger.transactions.find(transactionId);
    if (found === undefined) throw new Error(`There is no ${transactionId}.`);
    return found;
  }

  payment(transactionId: string) {
    return this.found(transactionId).payment;
  }

  attemptOf(transactionId: string): string {
    const payment = this.payment(transactionId);
    if ('attemptId' in payment && payment.attemptId !== undefined) return payment.attemptId;
    throw new Error(`${transactionId} is ${payment.is}, and has no attempt.`);
  }

  /** The outcomes of all transactions, in order. */
  outcomes(): (string | undefined)[] {
    const all = this.ledger.transactions.list({ limit: 1_000 });
    return all.map(({ payment }) => outcomeOf(payment)).reverse();
  }

  /** The types of the facts of a transaction, in order. */
  facts(transactionId: string): string[] {
    return this.#till.facts(transactionId);
  }

  /** The body of the last fact of a type about a transaction. */
  fact(transactionId: string, type: FactType): unknown {
    const history = this.ledger.upLog.historyOf(transactionId);
    return history.findLast((fact) => fact.type === type)?.body;
  }

  /** Count and sum of what counts towards the offline totals. */
  counted(): [number, number] {
    const [{ count, total } = { count: 0, total: 0 }] = this.ledger.exposure.rows();
    return [count, total];
  }

  /** Net approved minor units of US dollars. */
  net(): number {
    return verifyLedger(this.#till.opened.db).netByCurrency['USD'] ?? 0;
  }

  /** What does not fit in the ledger. */
  findings(): readonly Finding[] {
    return verifyLedger(this.#till.opened.db).findings;
  }
}
