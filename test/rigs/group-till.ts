/**
 * A till of a group: registered with a code like any other, its reader at the end of a cable, its settings
 * from the portal. Nothing in its own file is what a group would say, but how hurried it is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { places, type Place } from '../../agent/places.ts';
import type { HistoryAnswer } from '../../agent/local-api/config-shapes.ts';
import type { ConfigAnswer } from '../../agent/local-api/config.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { agentLogOf, type AgentEvent } from '../../simulator/demo/agent-log.ts';
import { Till } from '../../simulator/demo/till.ts';
import { subjectOf } from '../../simulator/portal/devices.ts';
import type { Progress } from '../../simulator/portal/progress.ts';
import {
  simulateMagtekSerialLine,
  type SimulatedMagtek,
} from '../../simulator/readers/magtek-serial-line.ts';
import { plugReader, type PluggedReader } from '../../simulator/readers/plug.ts';
import { AgentProcess, builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';
import { ended, type PortalParty } from './portal-party.ts';

/** The client all of them are of. */
export const tillClient = 'acme';

/** Longer than anything takes that a device does by itself, ms. */
const patienceMs = 60_000;

/** Settings of a group whose tills sell offline, and have `seconds` to prove what they try. */
export const offlineGroup = (seconds: number, more: object = {}) => ({
  configuration: { confirmWithinSeconds: seconds },
  offline: {
    enabled: true,
    entryModes: ['stripe'],
    cardVelocity: 100_000,
    countLimit: 100_000,
    amountLimit: { default: '50.00' },
    totalLimit: { default: '100000.00' },
    duplicateWindowSeconds: 0,
  },
  ...more,
});

type Standing = ConfigAnswer['configuration'];

interface TillParts {
  readonly reader: PluggedReader<SimulatedMagtek>;
  readonly port: number;
  /** Sections of its own file in place of the usual. */
  readonly own?: object | undefined;
}

export class GroupTill {
  readonly groupId: string;
  readonly data: string;
  readonly device: string;
  readonly agent: AgentProcess;
  readonly reader: PluggedReader<SimulatedMagtek>;
  readonly till: Till;
  /** Every event of the agent's log, over all its lives. */
  readonly log: AgentEvent[] = [];
  readonly #all: PortalParty;

  constructor(
    all: PortalParty,
    registered: { readonly groupId: string; readonly data: string; readonly device: string },
    { reader, port, own = {} }: TillParts,
  ) {
    [this.#all, this.reader] = [all, reader];
    ({ groupId: this.groupId, data: this.data, device: this.device } = registered);
    const tell = agentLogOf((event) => {
      this.log.push(event);
      this.till.hear(event);
    });
    const path = reader.link;
    this.agent = new AgentProcess({
      ...{ data: this.data, port, recorder: tell },
      config: {
        api: { port },
        link: { firstConnectWithinMs: 0, reconnectFromMs: 100, reconnectUpToMs: 500 },
        readers: [{ id: 'counter', protocol: 'magtek-serial-line', path }],
        storage: { reserveMiB: 1 },
        ...own,
      },
    });
    this.till = new Till(this);
  }

  /** Starts the agent and waits until the portal hears it. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.agent.start(env);
    await this.online();
  }

  async online(): Promise<void> {
    await this.#until('it is online', async () => (await this.#link()) === 'online');
  }

  async offline(): Promise<void> {
    await this.#until('it is offline', async () => (await this.#link()) !== 'online');
  }

  /** Wants settings of its group; the version they have. */
  want(settings: object): number {
    const { groups } = this.#all.portal.registry;
    const put = groups.putGroup(tillClient, this.groupId, { settings: { ...settings } });
    if ('code' in put) throw new Error(put.why);
    return put.version;
  }

  /** Where its configuration stands. */
  async standing(): Promise<Standing> {
    const { body } = await this.agent.client.get('/v1/config');
    return (body as ConfigAnswer).configuration;
  }

  async history(): Promise<HistoryAnswer['entries']> {
    const { body } = await this.agent.client.get('/v1/config/history');
    return (body as HistoryAnswer).entries;
  }

  /** Waits until a version of its group is in force, at the device and for the portal. */
  async inForce(version: number): Promise<Standing> {
    await this.standsAt(
      `${version} is in force`,
      ({ layers }) => layers.group?.version === version,
    );
    await this.isToPortal('in force');
    return this.standing();
  }

  async standsAt(what: string, holds: (standing: Standing) => boolean): Promise<Standing> {
    let standing = await this.standing();
    await this.#until(what, async () => holds((standing = await this.standing())));
    return standing;
  }

  /** What the portal knows of how far it is with its group's present version. */
  progress(): Progress | undefined {
    const { groups } = this.#all.portal.registry;
    return groups.progress(tillClient, this.groupId)?.find(({ device }) => device === this.device);
  }

  async isToPortal(state: Progress['is']): Promise<Progress | undefined> {
    await this.#until(`to the portal it is ${state}`, () => this.progress()?.is === state);
    return this.progress();
  }

  /** Waits until the portal knows what it waits for. */
  async waitsToPortal(what: Progress['waitsFor']): Promise<Progress | undefined> {
    await this.#until(`it waits for ${what}`, () => this.progress()?.waitsFor === what);
    return this.progress();
  }

  /** The facts of its configuration that the portal has, the oldest first, once it has them all. */
  async factsAtPortal(): Promise<string[]> {
    await this.#until('nothing waits at the agent', async () => {
      const { body } = await this.agent.client.get('/v1/status');
      return (body as { queue: { unsentEntries: number } }).queue.unsentEntries === 0;
    });
    const view = this.#all.portal.devices().find(({ device }) => device === this.device);
    return (view?.configurationFacts ?? [])
      .map(({ type, body }) =>
        type === 'configuration.in_force' ? `${body.number} ${body.because}` : body.code,
      )
      .reverse();
  }

  /** How often it put a version on trial, over all its lives. */
  trials(): number {
    return this.log.filter(({ event }) => event === 'configuration.on_trial').length;
  }

  /** A file of its data directory as it is, or `undefined`. */
  file(place: Place): string | undefined {
    try {
      return readFileSync(join(this.data, places[place]), 'utf8');
    } catch {
      return undefined;
    }
  }

  /** Says a command to it, as a technician does. */
  command(...words: readonly string[]): Promise<{ exit: number | null; said: string }> {
    const args = [builtCommand, ...words, '--data', this.data];
    return ended(startChild({ command: process.execPath, args }));
  }

  async close(): Promise<void> {
    if (this.agent.isRunning()) await this.agent.stop();
    await this.reader.stop();
  }

  async #link(): Promise<string | undefined> {
    const { body } = await this.agent.client.get('/v1/status');
    return (body as { link?: { state?: string } }).link?.state;
  }

  #until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    return until(`${this.device}: ${what}`, holds, patienceMs);
  }
}

/** Registers a till into a group that wants these settings; its agent does not run yet. */
export const groupTill = async (
  all: PortalParty,
  groupId: string,
  settings: object,
  own?: object,
): Promise<GroupTill> => {
  const { groups, registrar } = all.portal.registry;
  const put = groups.putGroup(tillClient, groupId, { settings: { ...settings } });
  if ('code' in put) throw new Error(put.why);
  const order = { clientId: tillClient, deviceGroupId: groupId, openMs: 600_000 };
  const code = registrar.open(order)?.code.slice(0, 'XXXXX-XXXXX'.length) ?? '';
  const data = all.freshData();
  const { exit, said } = await ended(all.registering(data, code));
  const device = /acme\/dev-[0-9a-f]{16}/.exec(said)?.[0];
  if (exit !== 0 || device === undefined) throw new Error(`It did not register: ${said}`);
  const timers = nodeWorld(data).clock;
  const reader = await plugReader({
    link: `${data}.reader`,
    reader: (send) => simulateMagtekSerialLine({ timers }, send),
  });
  return new GroupTill(all, { groupId, data, device }, { reader, port: await freePort(), own });
};

/** Its name in two parts. */
export const subjectIn = ({ device }: GroupTill) => subjectOf(device);
