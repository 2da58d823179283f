/**
 * A POS as it is told to be: a sale has one key, and is asked for under it until there is an answer, however
 * often the agent dies meanwhile. Whatever it was answered it has noted.
 */
import type { Sold } from '../../simulator/demo/till.ts';
import type { TestCardName } from '../../simulator/readers/cards.ts';
import { until } from '../../simulator/shop/until.ts';
import type { Shop } from '../rigs/shop.ts';

export interface Sale {
  /** Minor units of US dollars. */
  readonly value: number;
  readonly key: string;
  readonly card?: TestCardName;
}

/** Lives one call may take; more are an agent that does not come up again. */
const livesMax = 20;
/** Seconds the POS waits for an outcome. */
const waitSeconds = 15;
/** How long a broken call may be ahead of the news that the agent is dead, ms. */
const newsWithinMs = 5_000;

export class Pos {
  /** Every answer with an outcome, in order. */
  readonly notes: Sold[] = [];
  readonly #shop: Shop;
  readonly #start: () => Promise<void>;
  readonly #known = new Map<string, string>();

  /** `start` is how an agent that died is started again. */
  constructor(shop: Shop, start: () => Promise<void> = () => shop.agent.start()) {
    this.#shop = shop;
    this.#start = start;
  }

  /** Sells, in as many lives of the agent as it takes. */
  sell(sale: Sale): Promise<Sold> {
    return this.insist(() => this.try(sale));
  }

  /** Does what an agent has to live through, anew for each of its lives. */
  async insist<R>(deed: () => Promise<R>): Promise<R> {
    for (let lives = 0; lives < livesMax; lives += 1) {
      if (!this.#shop.agent.isRunning()) await this.#start();
      const done = await this.inOneLife(deed);
      if (done !== undefined) return done.result;
    }
    throw new Error(`The agent died ${livesMax} times in a row.`);
  }

  /** What a deed came to, or `undefined` when the agent died in it. */
  async inOneLife<R>(deed: () => Promise<R>): Promise<{ readonly result: R } | undefined> {
    const { agent } = this.#shop;
    const died = agent.ended.then(() => undefined);
    const done = deed().then((result) => ({ result }));
    try {
      return await Promise.race([done, died]);
    } catch (error) {
      await until('the agent is dead', () => !agent.isRunning(), newsWithinMs).catch(() => {
        throw error;
      });
      return undefined;
    } finally {
      // Whatever a dead agent leaves undone fails later, and is nobody's business any more.
      done.catch(() => undefined);
    }
  }

  /** One try at a sale: asks, has the customer swipe, and asks again for the outcome. */
  async try(sale: Sale): Promise<Sold> {
    const { till, agent } = this.#shop;
    const { value, key, card } = sale;
    const begun = await this.begin(sale);
    if (begun.state === 'awaiting_card') await till.swipe(begun.transactionId, card);
    const answer = await agent.client.sale(value, { key, wait: waitSeconds });
    const { outcome } = answer.body as Partial<Sold>;
    if (outcome === undefined || outcome === null) {
      throw new Error(`No outcome in ${waitSeconds} s, but ${answer.status}: ${answer.text}`);
    }
    return this.#noted(key, answer.body as Sold);
  }

  /** Asks for a sale and does not wait for its outcome. */
  async begin({ value, key }: Sale): Promise<Sold> {
    const { till } = this.#shop;
    await till.readerIs('ready');
    return this.#noted(key, await till.begin(value, key));
  }

  #noted(key: string, sold: Sold): Sold {
    const known = this.#known.get(key) ?? sold.transactionId;
    if (known !== sold.transactionId) {
      throw new Error(`One key is two transactions: ${known}, then ${sold.transactionId}.`);
    }
    this.#known.set(key, known);
    if (sold.outcome !== null) this.notes.push(sold);
    return sold;
  }
}
