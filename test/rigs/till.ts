/** A till: a cashier with scripted readers and a scripted host, over a real ledger in a quiet world. */
import type { HostAnswer, MoneyKind } from '../../contract/index.ts';
import type { ReaderSetting } from '../../config/index.ts';
import { privateKeyOf, rawPublicOf } from '../../agent/identity/raw-keys.ts';
import { cashierOf, type Begun, type Cashier } from '../../agent/payments/cashier.ts';
import type { TransactionRequest } from '../../agent/payments/entering.ts';
import type { HostLine, HostReply, MoneyBody } from '../../agent/payments/host-line.ts';
import type { CashierNews } from '../../agent/payments/news.ts';
import type { Payment } from '../../agent/payments/states.ts';
import { vaultOf } from '../../agent/payments/vault.ts';
import { postOf, type Post } from '../../agent/readers/post.ts';
import type { CardRead } from '../../drivers/index.ts';
import { answerTo, subject } from '../fixtures/payments.ts';
import { settingsWith } from './linked-ledger.ts';
import { openedLedger, type OpenedLedger } from './open-ledger.ts';
import { quietWorld, type QuietWorld } from './quiet-world.ts';
import { cardRead, ReaderShelf, type ScriptedReader } from './scripted-reader.ts';

/** The portal's private sealing key, for tests that look into what was sealed. */
export const sealingSecret = new Uint8Array(32).fill(9);

export class ScriptedHost implements HostLine {
  online = true;
  wakes = 0;
  readonly asked: {
    readonly kind: MoneyKind;
    readonly body: MoneyBody;
    readonly done: (reply: HostReply) => void;
  }[] = [];

  canAsk(): boolean {
    return this.online;
  }

  ask(kind: MoneyKind, body: MoneyBody, done: (reply: HostReply) => void): void {
    this.asked.push({ kind, body, done });
  }

  wake(): void {
    this.wakes += 1;
  }

  /** The request that was asked last. */
  last(): { readonly body: MoneyBody; readonly done: (reply: HostReply) => void } {
    const last = this.asked.at(-1);
    if (last === undefined) throw new Error('The host was not asked.');
    return last;
  }

  answer(result: HostAnswer['result'] = 'approved'): void {
    const { body, done } = this.last();
    done({ is: 'answered', answer: answerTo(body.transactionId, body.attemptId, result) });
  }

  reply(reply: HostReply): void {
    this.last().done(reply);
  }
}

const counterSetting: ReaderSetting = { id: 'counter', protocol: 'scripted', path: '/dev/a' };

export interface TillOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly readers?: readonly ReaderSetting[];
  readonly world?: QuietWorld;
  readonly opened?: OpenedLedger;
}

export class Till {
  readonly world: QuietWorld;
  readonly opened: OpenedLedger;
  readonly host = new ScriptedHost();
  readonly cashier: Cashier;
  readonly posts: readonly Post[];
  readonly shelves: ReadonlyMap<string, ReaderShelf>;
  readonly news: CashierNews[] = [];
  #keys = 0;

  constructor(options: TillOptions = {}) {
    const { readers = [counterSetting], settings = {}, world = quietWorld() } = options;
    this.world = world;
    this.opened = options.opened ?? openedLedger(world);
    this.shelves = new Map(readers.map(({ id }) => [id, new ReaderShelf()]));
    this.posts = readers.map((setting) => this.#postOf(setting));
    const key = rawPublicOf(privateKeyOf('x25519', sealingSecret));
    this.cashier = cashierOf({
      ...{ ledger: this.opened.ledger, world, host: this.host, posts: this.posts },
      settings: settingsWith({ 'offline.enabled': true, ...settings }),
      vault: vaultOf(
        subject,
        () => ({ keyId: 'sealing-1', key }),
        new Uint8Array(32).fill(3),
        world.dice,
      ),
      tell: (news) => this.news.push(news),
    });
  }

  #postOf(setting: ReaderSetting): Post {
    const shelf = this.shelves.get(setting.id) ?? new ReaderShelf();
    const post = postOf({
      ...{ setting, clock: this.world.clock, openReader: shelf.openReader },
      line: 'serial',
      openLine: () => ({
        ...{ send: () => undefined, query: () => undefined },
        ...{ skip: () => undefined, close: () => undefined },
      }),
      tell: () => undefined,
    });
    post.start();
    shelf.last().ready();
    return post;
  }

  reader(id = 'counter'): ScriptedReader {
    const shelf = this.shelves.get(id);
    if (shelf === undefined) throw new Error(`There is no reader ${id}.`);
    return shelf.last();
  }

  begin(
    differently: Partial<TransactionRequest> = {},
    key = `till key ${(this.#keys += 1)}`,
  ): Begun {
    const request = { type: 'sale', amount: { value: 4_250, currency: 'USD' } } as const;
    return this.cashier.begin({ ...request, ...differently }, 'till', key);
  }

  /** Begins a sale that must begin; gives its id. */
  sell(differently: Partial<TransactionRequest> = {}): string {
    const begun = this.begin(differently);
    if (begun.is === 'refused') throw new Error(`Refused: ${begun.code}.`);
    return begun.transaction.order.transactionId;
  }

  /** Begins a sale and reads a card for it; gives its id. */
  swipe(read: CardRead = cardRead(), differently: Partial<TransactionRequest> = {}): string {
    const transactionId = this.sell(differently);
    this.reader().read(read);
    return transactionId;
  }

  payment(transactionId: string): Payment {
    const found = this.opened.ledger.transactions.find(transactionId);
    if (found === undefined) throw new Error(`There is no ${transactionId}.`);
    return found.payment;
  }

  /** The types of the facts of a transaction, in order. */
  facts(transactionId: string): string[] {
    return this.opened.ledger.upLog.historyOf(transactionId).map(({ type }) => type);
  }

  prompts(): string[] {
    return this.news.flatMap((each) => (each.is === 'prompt' ? [each.prompt] : []));
  }
}
