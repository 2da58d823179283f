/**
 * A shop for the bench: cashier, ledger and link as in the agent, on a real file, with a reader that has
 * another card whenever it is asked. Without a broker it sells offline.
 */
import { dirname } from 'node:path';
import type { Subject } from '../../contract/index.ts';
import { type ReaderSetting, type Settings } from '../../config/index.ts';
import { portalTrust } from '../../agent/identity/portal-trust.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import { clerkOf } from '../../agent/batches/closing.ts';
import { tallyOf } from '../../agent/diagnostics/tally.ts';
import { accessOf } from '../../agent/access/access.ts';
import { passwordHash } from '../../agent/identity/passwords.ts';
import { wrappingKeyFrom } from '../../agent/identity/wrapping-key.ts';
import { openLedger } from '../../agent/ledger/open.ts';
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { cashierOf, type Cashier } from '../../agent/payments/cashier.ts';
import { vaultOf } from '../../agent/payments/vault.ts';
import type { Dial } from '../../agent/portal/broker.ts';
import { linkOf, type Link } from '../../agent/portal/link.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import type { LinkNews } from '../../agent/portal/news.ts';
import { Wishes } from '../../agent/portal/wishes.ts';
import type { CardEvent, Post } from '../../agent/readers/post.ts';
import { deskOf } from '../../agent/configuration/desk.ts';
import type { Configured } from '../../agent/configuration/configured.ts';
import { configurationAt, configuredBy, laidBy } from '../rigs/configuration.ts';
import type { Shop } from '../../agent/shop.ts';
import type { World } from '../../agent/world.ts';
import { profileOf } from '../../agent/profile.ts';
import { portalKeysFile } from '../../simulator/portal/keys.ts';
import { until } from '../../simulator/shop/until.ts';
import { cardRead } from './card.ts';
import { benchKeys, till } from './keys.ts';

export interface ShopPlan {
  /** Where the ledger lies. */
  readonly path: string;
  readonly subject?: Subject;
  /** Where the portal can be reached; nowhere unless given. */
  readonly brokerUrl?: string;
  readonly dial?: Dial;
  readonly hearLink?: (news: LinkNews) => void;
  /** Opens the ledger's database; durably unless told otherwise. */
  readonly openDatabase?: (path: string) => Sqlite;
}

/** How long the portal may take to be there, and to answer a sale, ms. */
const joinWithinMs = 20_000;
const answerWithinMs = 10_000;

export const openShop = (plan: ShopPlan): BenchShop => new BenchShop(plan);

export class BenchShop {
  readonly ledger: Ledger;
  readonly link: Link;
  /** What its local API would answer from. */
  readonly counter: Shop;
  readonly #cashier: Cashier;
  readonly #post = eagerPost();
  #sold = 0;
  #commits = 0;

  constructor(plan: ShopPlan) {
    const { path, subject = till(1), brokerUrl = '', openDatabase = openSqlite } = plan;
    const world = nodeWorld(dirname(path));
    const ledger = openLedger(() => openDatabase(path), subject, world);
    this.ledger = this.#counted(ledger);
    const configured = benchConfigured(brokerUrl);
    const { settings } = configured.inForce;
    const parts = { ledger: this.ledger, world, settings, subject };
    this.link = this.#linkOf(parts, plan);
    this.#cashier = cashierOf({
      ...{ ...parts, host: this.link, posts: [this.#post] },
      vault: vaultOf(subject, () => benchKeys.sealing, new Uint8Array(32).fill(5), world.dice),
      tell: () => undefined,
    });
    this.counter = {
      ...{ subject, settings, ledger: this.ledger, cashier: this.#cashier },
      ...{ posts: [this.#post], link: this.link, faults: () => [], pluggedIn: () => [] },
      profile: () => profileOf({ node: '20', arch: 'arm64' }, settings),
      configuration: deskOf(
        this.ledger,
        configured.inForce,
        configurationAt(configured, { ledger: this.ledger, world }),
      ),
      identity: () => ({ state: 'active', keySet: 1 }),
      clerk: clerkOf({
        ...{ ...parts, online: () => this.link.canAsk(), wake: () => this.link.wake() },
        tell: () => undefined,
      }),
      access: accessOf({
        ...{ ...parts, document: () => undefined, localKey: '', hash: passwordHash },
        ...{ wrappingKey: wrappingKeyFrom(world.dice.bytes(32)), wake: () => undefined },
      }),
      tally: tallyOf(),
      freeBytes: () => world.freeBytes(),
    };
    this.link.start();
  }

  /** Commits made since the shop was opened. */
  get commits(): number {
    return this.#commits;
  }

  /** Waits until the portal has said where it stands. */
  online(): Promise<void> {
    return until('the shop is online', () => this.link.canAsk(), joinWithinMs);
  }

  /** Sells as far as that goes without waiting, which is to the end when there is no line. */
  sell(): string {
    this.#sold += 1;
    const amount = { value: 100, currency: 'USD' };
    const begun = this.#cashier.begin({ type: 'sale', amount }, 'bench', `sale ${this.#sold}`);
    if (begun.is === 'refused') throw new Error(`A sale was refused: ${begun.code}.`);
    this.#post.swipe(this.#sold);
    return begun.transaction.order.transactionId;
  }

  // A bench that measured refusals would be fast and wrong.
  sellOffline(count: number): void {
    const before = this.ledger.transactions.storedSales().count;
    for (let i = 0; i < count; i += 1) this.sell();
    const stored = this.ledger.transactions.storedSales().count - before;
    if (stored !== count)
      throw new Error(`Of ${count} sales ${stored} were stored; see the gates.`);
  }

  /** One sale after the other, each answered by the portal. */
  async sellOnline(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const transactionId = this.sell();
      await this.#cashier.answered(transactionId, answerWithinMs);
      const { payment } = this.ledger.transactions.find(transactionId) ?? {};
      if (payment?.is === 'approved') continue;
      throw new Error(`A sale is ${JSON.stringify(payment)}; it should be approved.`);
    }
  }

  async close(): Promise<void> {
    await this.link.stop();
    this.ledger.checkpoint();
    this.ledger.close();
  }

  #counted(ledger: Ledger): Ledger {
    return {
      ...ledger,
      commit: (write) => {
        this.#commits += 1;
        return ledger.commit(write);
      },
    };
  }

  #linkOf(
    parts: { subject: Subject; ledger: Ledger; world: World; settings: Settings },
    { dial = mqttDial(), hearLink = () => undefined }: ShopPlan,
  ): Link {
    return linkOf({
      ...{ ...parts, dial },
      trust: portalTrust(portalKeysFile(benchKeys), () => undefined),
      wishes: new Wishes(parts.ledger, parts.subject),
      wished: () => undefined,
      tls: () => ({}),
      unwanted: () => undefined,
      patience: () => 0,
      reported: () => ({
        ...{ agentVersion: '0', clock: 'bounded', epoch: 1, readers: [] },
        queue: { unsent: 0, undecided: 0 },
      }),
      tell: hearLink,
      moved: (transactionId) => this.#cashier.moved(transactionId),
      told: () => undefined,
      heardTime: (portalMs) => parts.ledger.clock.heardTime(portalMs),
      late: (answer) => this.#cashier.heardLate(answer),
    });
  }
}

const setting: ReaderSetting = { id: 'bench', protocol: 'magtek-serial-line', path: 'none' };

const eagerPost = (): Post & { swipe(card: number): void } => {
  let hear: ((event: CardEvent) => void) | undefined;
  return {
    setting,
    state: () => ({ is: 'ready', identity: {} }),
    start: () => undefined,
    stop: () => undefined,
    test: () => false,
    findBaud: () => false,
    trace: () => [],
    claim: (_transactionId, _purchase, listener) => {
      hear = listener;
      return { again: () => undefined, answer: () => undefined, release: () => undefined };
    },
    swipe: (card) => hear?.({ is: 'card', read: cardRead(card) }),
  };
};

/** Limits high enough never to be reached; all gates are asked all the same. */
const benchConfigured = (brokerUrl: string): Configured =>
  configuredBy(
    laidBy({
      link: { brokerUrl, firstConnectWithinMs: 0 },
      offline: {
        enabled: true,
        entryModes: ['stripe'],
        countLimit: 100_000,
        totalLimit: { default: '99999999.00' },
      },
    }),
  );
