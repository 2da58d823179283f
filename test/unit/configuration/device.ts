/** A device of which only the configuration runs: a real ledger, its files, and documents handed to it. */
import { type Configuration } from '../../../agent/configuration/configuration.ts';
import type { Configured } from '../../../agent/configuration/configured.ts';
import type { ConfigurationNews } from '../../../agent/configuration/news.ts';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import type { Desired } from '../../../contract/index.ts';
import { subject } from '../../fixtures/payments.ts';
import {
  configurationAt,
  configuredBy,
  laidBy,
  shelfOf,
  type Around,
} from '../../rigs/configuration.ts';
import { openedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld, type QuietWorld } from '../../rigs/quiet-world.ts';

export const { clientId, deviceId } = subject;

/** Documents a portal may send this device. */
export const documents = {
  client: (version: number, settings: object): Desired => ({
    ...{ kind: 'client', subject: { clientId }, version, issuedAt: version },
    body: { settings },
  }),
  group: (groupId: string, version: number, settings: object): Desired => ({
    ...{ kind: 'group', subject: { clientId, groupId }, version, issuedAt: version },
    body: { settings },
  }),
  device: (version: number, groupId?: string, settings: object = {}): Desired => ({
    ...{ kind: 'device', subject: { clientId, deviceId }, version, issuedAt: version },
    body: { ...(groupId === undefined ? {} : { groupId }), settings },
  }),
};

/** The broker it was told of when it registered. */
export const homeBroker = 'mqtts://home.example:8883';

export interface DevicePlan extends Around {
  /** What its settings file says. */
  readonly file?: object;
  readonly isRegistered?: boolean;
}

export class ConfiguredDevice {
  readonly world: QuietWorld;
  readonly shelf = shelfOf();
  readonly ledger: Ledger;
  readonly news: ConfigurationNews[] = [];
  readonly begun: string[] = [];
  configured: Configured;
  configuration: Configuration;
  readonly #plan: DevicePlan;

  constructor(plan: DevicePlan = {}) {
    this.#plan = plan;
    this.world = quietWorld();
    this.ledger = openedLedger(this.world).ledger;
    [this.configured, this.configuration] = this.#started();
  }

  get settings() {
    return this.configured.inForce.settings;
  }

  /** Documents come, all before anybody looks at them. */
  async hear(...came: readonly Desired[]): Promise<void> {
    this.ledger.commit(() => came.forEach((document) => this.ledger.desired.keep(document)));
    this.configuration.wished();
    await this.settle();
  }

  /** Lets everything that can happen without time passing happen. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise(setImmediate);
      this.world.clock.advance(0);
    }
  }

  async pass(ms: number): Promise<void> {
    this.world.clock.advance(ms);
    await this.settle();
  }

  /** The process ends, in whatever state it is, and another begins with what is on disk. */
  async restart(): Promise<void> {
    this.world.clock.callOffAll();
    this.configuration.stop();
    [this.configured, this.configuration] = this.#started();
    await this.settle();
  }

  /** What is in force, in words, and what it is called in records. */
  inForce(): string {
    const { number, layers } = this.configuration.report();
    return `${number}: ${JSON.stringify(layers)}`;
  }

  /** The facts about the configuration, oldest first. */
  facts(): { type: string; body: Record<string, unknown> }[] {
    return (this.ledger.upLog.run(1)?.entries ?? []).flatMap(({ type, body }) =>
      type.startsWith('configuration.') ? [{ type, body: body as Record<string, unknown> }] : [],
    );
  }

  #started(): [Configured, Configuration] {
    const { file = {}, isRegistered = false } = this.#plan;
    const registration = new Map([['link.brokerUrl', homeBroker]]);
    const local = { ...laidBy(file), registration };
    const configured = configuredBy(local, this.shelf, isRegistered);
    const configuration = configurationAt(configured, this, {
      tell: (news) => this.news.push(news),
      begin: (proof) => this.begun.push(proof),
      ...this.#plan,
    });
    configuration.start();
    return [configured, configuration];
  }
}
