/**
 * A whole shop, as real as it can be made here: the agent's own program, a serial port, TLS everywhere.
 *
 *   reader ══pty══ agent ══TLS══ proxy ══TLS══ Mosquitto ══TLS══ portal
 *
 * Everything that leaves the agent is recorded: what it prints, answers over HTTP and says over MQTT.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerSession, Dial } from '../../agent/portal/broker.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { subjectName, type Subject } from '../../contract/index.ts';
import { agentLogOf, type AgentEvent } from '../../simulator/demo/agent-log.ts';
import { Till } from '../../simulator/demo/till.ts';
import type { PortalEvent } from '../../simulator/portal/events.ts';
import { portalKeys, portalKeysFile } from '../../simulator/portal/keys.ts';
import { startPortal, type Portal } from '../../simulator/portal/portal.ts';
import { startProxy, type Proxy } from '../../simulator/proxy.ts';
import {
  simulateMagtekSerialLine,
  type MagtekOptions,
  type SimulatedMagtek,
} from '../../simulator/readers/magtek-serial-line.ts';
import {
  simulateMagtekMms,
  type MmsOptions,
  type SimulatedMms,
} from '../../simulator/readers/magtek-mms.ts';
import { plugReader, type PluggedReader } from '../../simulator/readers/plug.ts';
import type { MakeReader } from '../../simulator/readers/simulated-reader.ts';
import { AgentProcess } from '../../simulator/shop/agent-process.ts';
import { placeIdentity, type PlacedIdentity } from '../../simulator/shop/identity.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';
import { brokerParty, embeddedParty, type Party } from './broker-party.ts';
import { portalName } from './mosquitto.ts';
import { Recorder } from './recorder.ts';

export const shopSubject: Subject = { clientId: 'corner-shop', deviceId: 'till-1' };
export const counterReader = 'counter';
export const chipReader = 'chips';

/** Settings as they stand in the file, section by section. */
export type FileSettings = Readonly<Record<string, object>>;

/** What an agent can be started with. */
export interface AgentPlan {
  /** Sections laid over the quick settings of a shop. */
  readonly settings?: FileSettings;
  readonly allowClearCards?: boolean;
}

export interface ShopPlan extends AgentPlan {
  /** Mosquitto unless told otherwise. */
  readonly broker?: 'mosquitto' | 'embedded';
  /** What a second reader, of chips, differs in from one as it comes; without it there is none. */
  readonly chips?: Partial<Omit<MmsOptions, 'timers'>>;
  /** Where the agent's data is to lie; below the shop's own directory unless given. */
  readonly dataDirectory?: string;
}

/** A message as the portal's ears heard it. */
export interface Overheard {
  readonly topic: string;
  readonly payload: Uint8Array;
}

const listenerName = 'ears';

/** How long it may take until nothing waits at the agent any more, ms. */
const settledWithinMs = 20_000;

/** Opens a shop and waits until it is online and ready for a card. */
export const openShop = async (plan: ShopPlan = {}): Promise<Shop> => {
  const party = await (plan.broker === 'embedded' ? embeddedParty() : brokerParty());
  const shop = new Shop(plan, party, await proxyBefore(party));
  try {
    await shop.open();
  } catch (error) {
    await shop.close();
    throw error;
  }
  return shop;
};

const proxyBefore = ({ authority, url, credentials, now }: Party): Promise<Proxy> => {
  const device = credentials(subjectName(shopSubject));
  return startProxy({ brokerUrl: url, authority, device, now });
};

export class Shop {
  readonly party: Party;
  readonly proxy: Proxy;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly recorder = new Recorder();
  /** Every event of the agent's log, over all its lives. */
  readonly log: AgentEvent[] = [];
  readonly portalLog: PortalEvent[] = [];
  readonly overheard: Overheard[] = [];
  readonly till: Till;
  readonly keys: ReturnType<typeof portalKeys>;
  readonly #plan: ShopPlan;
  readonly #world;
  #agent: AgentProcess | undefined;
  #portal: Portal | undefined;
  #reader: PluggedReader<SimulatedMagtek> | undefined;
  #chips: PluggedReader<SimulatedMms> | undefined;
  #ears: BrokerSession | undefined;
  #port = 0;

  constructor(plan: ShopPlan, party: Party, proxy: Proxy) {
    this.#plan = plan;
    this.party = party;
    this.proxy = proxy;
    this.directory = join(party.directory, 'shop');
    this.dataDirectory = plan.dataDirectory ?? join(this.directory, 'data');
    mkdirSync(this.directory, { mode: 0o700 });
    mkdirSync(this.dataDirectory, { recursive: true, mode: 0o700 });
    this.#world = nodeWorld(this.directory);
    const seeds = this.#world.dice.bytes(64);
    this.keys = portalKeys({ signing: seeds.subarray(0, 32), sealing: seeds.subarray(32) });
    this.till = new Till(this);
  }

  get agent(): AgentProcess {
    return here(this.#agent, 'agent');
  }

  get portal(): Portal {
    return here(this.#portal, 'portal');
  }

  get reader(): PluggedReader<SimulatedMagtek> {
    return here(this.#reader, 'reader');
  }

  /** The second reader, where the plan wants one. */
  get chips(): PluggedReader<SimulatedMms> {
    return here(this.#chips, 'reader of chips');
  }

  /** Who the device is; tests put another in its place. */
  get identity(): PlacedIdentity {
    return {
      subject: shopSubject,
      device: this.party.credentials(subjectName(shopSubject)),
      ca: this.party.authority.certificate,
      portalKeys: portalKeysFile(this.keys),
    };
  }

  async open(): Promise<void> {
    this.#port = await freePort();
    placeIdentity(this.dataDirectory, this.identity);
    await this.#listen();
    this.#portal = this.#startPortal();
    this.#reader = await plugReader({ link: this.#linkOf('reader'), reader: this.madeReader() });
    await this.#plugChips();
    this.#agent = this.#newAgent(this.#plan);
    await this.agent.start();
    await this.ready();
  }

  /** Waits until it sells online. */
  async ready(): Promise<void> {
    await this.till.linkIs('online');
    await this.till.readerIs('ready');
  }

  /** Makes a reader like the one that is plugged in, or one with other options. */
  madeReader(options: Partial<Omit<MagtekOptions, 'timers'>> = {}): MakeReader<SimulatedMagtek> {
    return (send) => simulateMagtekSerialLine({ ...options, timers: this.#world.clock }, send);
  }

  /** Ends the agent in order and starts it by another plan. */
  async restartWith(plan: AgentPlan): Promise<void> {
    if (this.agent.isRunning()) await this.agent.stop();
    this.#agent = this.#newAgent(plan);
    await this.agent.start();
  }

  /** The settings file of an agent in this shop. */
  settings({ settings = {}, allowClearCards = false }: AgentPlan = {}): FileSettings {
    const path = this.#linkOf('reader');
    const reader = { id: counterReader, protocol: 'magtek-serial-line', path, allowClearCards };
    const chips = {
      id: chipReader,
      protocol: 'magtek-mms',
      line: 'serial',
      path: this.#linkOf('chips'),
    };
    const readers = this.#plan.chips === undefined ? [reader] : [reader, chips];
    return { ...laidOver(quickSettings(this.#port, this.proxy.url), settings), readers };
  }

  async restartBroker(): Promise<void> {
    this.#ears?.close('at once');
    await this.party.restart();
    await this.#listen();
  }

  restartPortal(): void {
    this.portal.stop();
    this.#portal = this.#startPortal();
  }

  /** Waits until an event is logged that is not among the first `seen`. */
  async says(event: AgentEvent['event'], seen = 0, fields: object = {}): Promise<AgentEvent> {
    const fits = (told: AgentEvent) =>
      told.event === event && Object.entries(fields).every(([name, value]) => told[name] === value);
    const find = () => this.log.slice(seen).find(fits);
    await until(`the agent says ${event}`, () => find() !== undefined, settledWithinMs);
    return here(find(), 'event');
  }

  /** Waits for whatever has to become true in a shop that works. */
  holds(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
    return until(what, look, settledWithinMs);
  }

  /** Waits until nothing waits for the portal any more. */
  settled(withinMs = settledWithinMs): Promise<void> {
    const look = async () => {
      const { body } = await this.agent.client.get('/v1/status');
      const { queue } = body as {
        queue: { unsentEntries: number; exposure: unknown[]; reversing: number };
      };
      return queue.unsentEntries === 0 && queue.exposure.length === 0 && queue.reversing === 0;
    };
    return until('nothing waits at the agent any more', look, withinMs);
  }

  /** Cuts the line and waits until the agent has noticed. */
  async cutLine(): Promise<void> {
    this.proxy.cut();
    await this.till.linkIsNot('online');
  }

  /** Mends the line and waits until the agent is online again. */
  async mendLine(): Promise<void> {
    this.proxy.mend();
    await this.agent.client.post('/v1/queue/forward');
    await this.till.linkIs('online');
  }

  /** Ends everything, the agent in order; the directory goes too. */
  async close(): Promise<void> {
    try {
      if (this.#agent?.isRunning() === true) await this.#agent.stop();
    } finally {
      await this.#reader?.stop();
      await this.#chips?.stop();
      this.#portal?.stop();
      this.#ears?.close('at once');
      await this.proxy.close();
      await this.party.close();
    }
  }

  /** Where the agent finds what is plugged in. */
  #linkOf(name: 'reader' | 'chips'): string {
    return join(this.directory, name);
  }

  async #plugChips(): Promise<void> {
    const { chips } = this.#plan;
    if (chips === undefined) return;
    const reader = (send: (bytes: Uint8Array) => void) =>
      simulateMagtekMms({ ...chips, timers: this.#world.clock }, send);
    this.#chips = await plugReader({ link: this.#linkOf('chips'), reader });
  }

  async #listen(): Promise<void> {
    const dial: Dial = (settings, hear) =>
      mqttDial()(settings, (event) => {
        if (event.is === 'heard') this.overheard.push(event);
        hear(event);
      });
    const settings = { ...this.party.settings(portalName), clientId: listenerName };
    this.#ears = await this.recorder.listen(dial, settings);
  }

  #startPortal(): Portal {
    const { url, tls } = this.party.settings(portalName);
    return startPortal({
      ...{ world: this.#world, dial: mqttDial(), brokerUrl: url, keys: this.keys },
      ...(tls === undefined ? {} : { tls }),
      database: join(this.directory, 'portal.db'),
      pace: { resendMs: 500, retryMs: 200 },
      log: (event) => void this.portalLog.push(event),
    });
  }

  #newAgent(plan: AgentPlan): AgentProcess {
    const tell = agentLogOf((event) => {
      this.log.push(event);
      this.till.hear(event);
    });
    return new AgentProcess({
      data: this.dataDirectory,
      config: this.settings(plan),
      port: this.#port,
      recorder: {
        note: (where, content) => {
          this.recorder.note(where, content);
          tell.note(where, content);
        },
      },
    });
  }
}

const here = <T>(thing: T | undefined, name: string): T => {
  if (thing === undefined) throw new Error(`There is no ${name} yet.`);
  return thing;
};

const laidOver = (below: FileSettings, above: FileSettings): FileSettings =>
  Object.fromEntries(
    [...new Set([...Object.keys(below), ...Object.keys(above)])].map((section) => [
      section,
      { ...below[section], ...above[section] },
    ]),
  );

/** Nobody wants to wait in a test, and no gate is to be in the way of one that is not about gates. */
const quickSettings = (port: number, brokerUrl: string): FileSettings => ({
  api: { port },
  link: {
    brokerUrl,
    firstConnectWithinMs: 0,
    reconnectFromMs: 100,
    reconnectUpToMs: 400,
    ackWithinMs: 500,
  },
  host: { answerWithinMs: 1_500 },
  reader: { cardWithinMs: 20_000 },
  offline: {
    enabled: true,
    entryModes: ['stripe', 'chip', 'contactless'],
    cardVelocity: 100_000,
    countLimit: 100_000,
    totalLimit: { default: '99999999.00' },
    amountLimit: { default: '9999999.00' },
    duplicateWindowSeconds: 0,
  },
  storage: { reserveMiB: 1 },
});
