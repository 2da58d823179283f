/**
 * A fleet: many real agents in one process, each with its own certificate, its own data directory with a real
 * ledger in it, and its own connection to one Mosquitto with TLS; behind it the reference portal. They have
 * no readers and no local API. What a registration would have given them is put in place: so many keys would
 * take minutes to make, so they share one.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startAgent, type Agent } from '../../agent/agent.ts';
import { configuredFrom, type Configured } from '../../agent/configuration/configured.ts';
import { openDataDirectory, type DataDirectory } from '../../agent/data-directory.ts';
import { Credentials } from '../../agent/identity/credentials.ts';
import { freshPrivateKey } from '../../agent/identity/forge.ts';
import { portalTrust } from '../../agent/identity/portal-trust.ts';
import { wrappingKeyFrom } from '../../agent/identity/wrapping-key.ts';
import type { EventName } from '../../agent/diagnostics/events.ts';
import { openSqlite } from '../../agent/ledger/sqlite.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { valuesOf } from '../../config/index.ts';
import { subjectName, type ConfigurationReport, type Subject } from '../../contract/index.ts';
import { issueCertificate } from '../../simulator/authority.ts';
import type { Progress } from '../../simulator/portal/progress.ts';
import { until } from '../../simulator/shop/until.ts';
import { portalParty, type PortalParty } from './portal-party.ts';

/** The client all devices of a fleet are of. */
export const fleetClient = 'acme';

/** How many devices begin at a time: a broker holds so much for the portal, and no more. */
const waveDevices = 25;

const mebibyte = 1_048_576;
const patienceMs = 60_000;
const askAgainMs = 100;

/** Nobody wants to wait for one of so many; all else is as it comes. */
const hurried = { link: { firstConnectWithinMs: 0, reconnectFromMs: 100, reconnectUpToMs: 1_000 } };

/** One device of a fleet. */
export interface FleetDevice {
  readonly subject: Subject;
  readonly name: string;
  readonly agent: Agent;
  /** What its log said, by name. */
  readonly said: EventName[];
}

export class Fleet {
  readonly all: PortalParty;
  readonly devices: FleetDevice[] = [];
  readonly #directories: DataDirectory[] = [];
  readonly #key = freshPrivateKey();
  readonly #heard = new Set<string>();

  constructor(all: PortalParty) {
    this.all = all;
    all.portal.onEvent((event) => {
      if (event.is === 'device.online') this.#heard.add(event.device);
    });
  }

  get groups() {
    return this.all.portal.registry.groups;
  }

  /** Starts so many devices of a group, and waits until the portal has heard them all. */
  async start(groupId: string, count: number, freeMiB = 10_240): Promise<FleetDevice[]> {
    const started: FleetDevice[] = [];
    for (let first = 0; first < count; first += waveDevices) {
      const wave = Array.from({ length: Math.min(waveDevices, count - first) }, () =>
        this.#startOne(groupId, freeMiB),
      );
      started.push(...(await Promise.all(wave)));
      await until(
        'the portal has heard them',
        () => started.every(({ name }) => this.#heard.has(name)),
        patienceMs,
      );
    }
    return started;
  }

  /** Wants settings of a group; the version they have. */
  want(groupId: string, settings: object): number {
    const put = this.groups.putGroup(fleetClient, groupId, { settings: { ...settings } });
    if ('code' in put) throw new Error(put.why);
    return put.version;
  }

  /** How far the devices of a group are, to the portal. */
  progress(groupId: string): readonly Progress[] {
    return this.groups.progress(fleetClient, groupId) ?? [];
  }

  /** Waits until the portal knows so many devices of a group to have its version in force, or refused. */
  converges(groupId: string, ends: Partial<Record<Progress['is'], number>>): Promise<void> {
    const tally = () => {
      const counts: Partial<Record<Progress['is'], number>> = {};
      for (const { is } of this.progress(groupId)) counts[is] = (counts[is] ?? 0) + 1;
      return counts;
    };
    const said = (counts: object) => JSON.stringify(Object.entries(counts).sort());
    // To ask after so many takes time that they need themselves.
    let lookedAt = 0;
    const hasCome = () => {
      if (performance.now() - lookedAt < askAgainMs) return false;
      const isThere = said(tally()) === said(ends);
      lookedAt = performance.now();
      return isThere;
    };
    return until(`${groupId} comes to ${said(ends)}`, hasCome, patienceMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.devices.map(({ agent }) => agent.stop()));
    for (const directory of this.#directories) directory.release();
    await this.all.close();
  }

  async #startOne(groupId: string, freeMiB: number): Promise<FleetDevice> {
    const deviceId = `device-${this.devices.length + this.#directories.length}`;
    const subject = { clientId: fleetClient, deviceId };
    const moved = this.groups.move(subject, groupId);
    if ('code' in moved) throw new Error(moved.why);
    const { authority, directory: home, url } = this.all.party;
    const path = join(home, deviceId);
    mkdirSync(path, { mode: 0o700 });
    const directory = openDataDirectory(path);
    this.#directories.push(directory);
    const said: EventName[] = [];
    const { certificate, privateKey } = issueCertificate({
      ...{ authority, commonName: subjectName(subject), use: 'client', key: this.#key },
      ...{ now: this.all.party.now, days: 1 },
    });
    const world = nodeWorld(path);
    const agent = await startAgent({
      world: { ...world, freeBytes: () => freeMiB * mebibyte },
      configured: configuredOn(directory, url),
      identity: {
        subject,
        trust: portalTrust(this.all.portal.registry.keys(), () => undefined),
        credentials: new Credentials({ ca: authority.certificate, certificate, privateKey }),
        localKey: 'unused',
        velocityKey: world.dice.bytes(32),
        wrappingKey: wrappingKeyFrom(world.dice.bytes(32)),
      },
      machine: { hostName: deviceId, node: '20', arch: 'arm64' },
      log: (event) => void said.push(event),
      dial: mqttDial(),
      openDatabase: () => openSqlite(directory.pathOf('ledger')),
      hangingOf: ({ id }) => {
        throw new Error(`There is no reader ${id} in a fleet.`);
      },
    });
    const device = { subject, name: subjectName(subject), agent, said };
    this.devices.push(device);
    return device;
  }
}

const configuredOn = (directory: DataDirectory, brokerUrl: string): Configured => {
  const file = valuesOf(hurried);
  if ('why' in file) throw new Error(file.why);
  const registration = new Map([['link.brokerUrl', brokerUrl]]);
  const configured = configuredFrom(directory, { file: file.values, registration }, true);
  if ('why' in configured) throw new Error(configured.why);
  return configured;
};

/** Where the configuration of a device stands, as it says itself. */
export const standingOf = ({ agent }: FleetDevice): ConfigurationReport =>
  agent.shop.configuration.report();

/** A broker and a portal, and no devices yet. */
export const emptyFleet = async (): Promise<Fleet> => new Fleet(await portalParty());
