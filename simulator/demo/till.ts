/**
 * The till: a POS that asks the agent for a payment and for what follows it, and a customer who swipes when
 * the reader asks for a card.
 */
import { randomUUID } from 'node:crypto';
import type { BatchAnswer } from '../../agent/local-api/batches.ts';
import type { FollowUpType } from '../../contract/index.ts';
import type { Amount, Answer } from '../shop/local-client.ts';
import { until } from '../shop/until.ts';
import { testCards, type TestCardName } from '../readers/cards.ts';
import type { MagtekSwipe } from '../readers/magtek-serial-line.ts';
import type { AgentEvent } from './agent-log.ts';
import type { Stage } from './stage.ts';

/** What the till was answered. */
export interface Sold {
  readonly transactionId: string;
  readonly outcome: string | null;
  readonly state: string;
  readonly amount: Amount;
  readonly reason?: string;
  readonly declinedBy?: string;
  readonly responseCode?: string;
}

export interface SaleWish {
  /** Minor units of US dollars. */
  readonly value: number;
  readonly card?: TestCardName;
  /** How the card is swiped; well, unless given. */
  readonly how?: MagtekSwipe;
  /** Further members of the request. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What a till needs of a stage. */
export type Counter = Pick<Stage, 'agent' | 'reader'>;

/** Seconds the till waits for an answer. */
const waitSeconds = 15;

export class Till {
  readonly #stage: Counter;
  readonly #prompts = new Set<string>();
  readonly started: string[] = [];

  constructor(stage: Counter) {
    this.#stage = stage;
  }

  /** Hears the agent: which sales asked for their card. */
  hear({ event, transactionId }: AgentEvent): void {
    if (event !== 'payment.prompt' || transactionId === undefined) return;
    this.#prompts.add(transactionId);
  }

  /** Sells, swipes, and waits for an answer a shop can build on. */
  async sell({ value, card, how, more }: SaleWish): Promise<Sold> {
    const begun = await this.begin(value, randomUUID(), more);
    await this.swipe(begun.transactionId, card, how);
    return this.answer(begun.transactionId);
  }

  /** Asks for a sale and returns at once; the same key again is the same sale. */
  async begin(
    value: number,
    key: string = randomUUID(),
    more: SaleWish['more'] = {},
  ): Promise<Sold & { key: string }> {
    const { client } = this.#stage.agent;
    const answer = await client.sale(value, { key, more });
    return { ...this.#begun(`a sale of ${value}`, answer), key };
  }

  /** Asks for what follows a transaction; no card is read for it. */
  async follow(
    type: FollowUpType,
    originalTransactionId: string,
    more: SaleWish['more'] = {},
  ): Promise<Sold> {
    const { client } = this.#stage.agent;
    const body = { type, originalTransactionId, ...more };
    const key = { 'idempotency-key': randomUUID() };
    const answer = await client.post('/v1/transactions', body, key);
    return this.#begun(`a ${type} of ${originalTransactionId}`, answer);
  }

  /** Says whether a part of what was asked for will do. */
  async settle(transactionId: string, word: 'accept' | 'reject'): Promise<Sold> {
    const { client } = this.#stage.agent;
    const answer = await client.post(`/v1/transactions/${transactionId}/${word}`);
    if (answer.status !== 200) {
      throw new Error(`The agent would not ${word} ${transactionId}: ${answer.text}`);
    }
    return answer.body as Sold;
  }

  #begun(what: string, { status, body, text }: Answer): Sold {
    if (status !== 201 && status !== 202) throw new Error(`The agent refused ${what}: ${text}`);
    const sold = body as Sold;
    if (!this.started.includes(sold.transactionId)) this.started.push(sold.transactionId);
    return sold;
  }

  /** Waits for the reader to ask for a card, then swipes one. */
  async swipe(
    transactionId: string,
    card: TestCardName = 'visa',
    how?: MagtekSwipe,
  ): Promise<void> {
    const isAsked = () => this.#prompts.has(transactionId);
    await until(`the reader asks for the card of ${transactionId}`, isAsked, waitSeconds * 1000);
    this.#stage.reader.swipe(testCards[card], how);
  }

  /** Where a transaction stands, once it has an outcome. */
  async answer(transactionId: string): Promise<Sold> {
    let sold = await this.look(transactionId);
    await until(
      `${transactionId} has an outcome`,
      async () => {
        sold = await this.look(transactionId);
        return sold.outcome !== null;
      },
      waitSeconds * 1000,
    );
    return sold;
  }

  /** Waits until a transaction has come to an outcome. */
  async becomes(outcome: string, { transactionId }: Sold): Promise<Sold> {
    let sold = await this.look(transactionId);
    await until(
      `${transactionId} becomes ${outcome}`,
      async () => {
        sold = await this.look(transactionId);
        return sold.outcome === outcome;
      },
      waitSeconds * 1000,
    );
    return sold;
  }

  /** Closes the batch that is open, and waits until the portal has compared it. */
  async closeBatch(): Promise<BatchAnswer> {
    const { client } = this.#stage.agent;
    const asked = await client.post('/v1/batches/current/close', {}, { prefer: 'wait=10' });
    if (asked.status !== 200 && asked.status !== 202) {
      throw new Error(`The agent would not close the batch: ${asked.text}`);
    }
    let batch = asked.body as BatchAnswer;
    await until(
      `the portal settles batch ${batch.batchId}`,
      async () => {
        batch = (await client.get(`/v1/batches/${batch.batchId}`)).body as BatchAnswer;
        return batch.outcome === 'agreed' || batch.outcome === 'not_agreed';
      },
      waitSeconds * 1000,
    );
    return batch;
  }

  async look(transactionId: string): Promise<Sold> {
    const answer = await this.#stage.agent.client.get(`/v1/transactions/${transactionId}`);
    return answer.body as Sold;
  }

  /** Waits until the agent's link is in a state. */
  linkIs(state: string): Promise<void> {
    return this.#untilLink(`the link is ${state}`, (found) => found === state);
  }

  /** Waits until the agent's link has left a state. */
  linkIsNot(state: string): Promise<void> {
    return this.#untilLink(`the link is no more ${state}`, (found) => found !== state);
  }

  #untilLink(what: string, holds: (state: string | undefined) => boolean): Promise<void> {
    const look = async () => {
      const { body } = await this.#stage.agent.client.get('/v1/status');
      return holds((body as { link?: { state?: string } }).link?.state);
    };
    return until(what, look, waitSeconds * 1000);
  }

  /** The number of the configuration in force, which changes when other settings are. */
  async configuration(): Promise<number> {
    const { body } = await this.#stage.agent.client.get('/v1/status');
    return (body as { config?: { number?: number } }).config?.number ?? 0;
  }

  /** Waits until the device has its group's settings: a new one sells nothing before. */
  async hasItsGroup(): Promise<void> {
    const look = async () => {
      const { body } = await this.#stage.agent.client.get('/v1/health');
      const { reasons = [] } = body as { reasons?: string[] };
      return !reasons.includes('configuration_awaited');
    };
    await until('the settings of the group are in force', look, waitSeconds * 1000);
  }

  /** Waits until other settings than those of a number are in force. */
  async isConfiguredAfter(number: number): Promise<void> {
    const look = async () => (await this.configuration()) > number;
    await until('the pushed settings are in force', look, waitSeconds * 1000);
  }

  /** Waits until the reader is in a state. */
  async readerIs(state: string): Promise<void> {
    await until(
      `the reader is ${state}`,
      async () => {
        const { body } = await this.#stage.agent.client.get('/v1/readers');
        const { readers = [] } = body as { readers?: { state?: string }[] };
        return readers.every((reader) => reader.state === state);
      },
      waitSeconds * 1000,
    );
  }
}
