/**
 * A portal behind a Mosquitto with both its listeners, and devices that register there with the built command
 * and run as processes of their own.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { subjectName, type Subject } from '../../contract/index.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import type { PortalEvent } from '../../simulator/portal/events.ts';
import { portalKeys } from '../../simulator/portal/keys.ts';
import { startPortal, type Portal } from '../../simulator/portal/portal.ts';
import { AgentProcess, builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild, type Child } from '../../simulator/shop/child.ts';
import { beginRegistration } from '../../simulator/shop/registration.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { brokerParty, type BrokerParty } from './broker-party.ts';
import { portalName } from './mosquitto.ts';

export class PortalParty {
  readonly party: BrokerParty;
  readonly portal: Portal;
  readonly events: PortalEvent[] = [];
  /** The file of the authority that signed the broker's certificate. */
  readonly ca: string;
  #devices = 0;

  constructor(party: BrokerParty, certificateDays: number) {
    this.party = party;
    this.ca = join(party.directory, 'ca.crt');
    this.portal = startPortal({
      ...{ world: nodeWorld(party.directory), dial: mqttDial(), database: ':memory:' },
      ...{ brokerUrl: party.url, tls: party.settings(portalName).tls ?? {} },
      keys: portalKeys({ signing: randomBytes(32), sealing: randomBytes(32) }),
      registering: {
        ...{ authority: party.authority, brokerUrl: party.url, certificateDays },
        brokerAuthority: party.authority.certificate,
      },
      log: (event) => this.events.push(event),
    });
  }

  /** A code that is open for ten minutes; alone, for whoever is given the authority in a file. */
  code(): string {
    return this.longCode().slice(0, 'XXXXX-XXXXX'.length);
  }

  /** The same with the fingerprint of the broker's authority behind it. */
  longCode(): string {
    const order = { clientId: 'acme', deviceGroupId: 'shops', openMs: 600_000 };
    return this.portal.registry.registrar.open(order)?.code ?? '';
  }

  /** A data directory nobody has used. */
  freshData(): string {
    return join(this.party.directory, `device-${(this.#devices += 1)}`);
  }

  /** Begins `holdfast register` with these words. */
  begin(...words: readonly string[]): Child {
    return startChild({ command: process.execPath, args: [builtCommand, 'register', ...words] });
  }

  registering(data: string, code: string): Child {
    const { registrationUrl: portalUrl } = this.party.mosquitto;
    return beginRegistration({ data, code, portalUrl, ca: this.ca });
  }

  /** Registers a new device; its data directory, and its name. */
  async registered(): Promise<{ readonly data: string; readonly device: string }> {
    const data = this.freshData();
    const { exit, said } = await ended(this.registering(data, this.code()));
    const device = /acme\/dev-[0-9a-f]{16}/.exec(said)?.[0];
    if (exit === 0 && device !== undefined) return { data, device };
    throw new Error(`It did not register: ${said}`);
  }

  /** An agent on a data directory, that hurries; with no other settings but its port unless given. */
  async agentOn(data: string, differently: object = {}): Promise<AgentProcess> {
    const port = await freePort();
    const link = { firstConnectWithinMs: 0, reconnectFromMs: 100, reconnectUpToMs: 500 };
    return new AgentProcess({ data, port, config: { api: { port }, link, ...differently } });
  }

  isOnline(subject: Subject | string): boolean {
    const name = typeof subject === 'string' ? subject : subjectName(subject);
    return this.portal.devices().some(({ device, online }) => device === name && online === 1);
  }

  /** How often something happened to a device. */
  count(is: PortalEvent['is'], device: string): number {
    return this.events.filter((event) => {
      return event.is === is && 'device' in event && event.device === device;
    }).length;
  }

  async close(): Promise<void> {
    this.portal.stop();
    await this.party.close();
  }
}

/** Starts a portal; its certificates live so many days. */
export const portalParty = async (certificateDays = 1): Promise<PortalParty> =>
  new PortalParty(await brokerParty(), certificateDays);

/** Waits for the end of a command. */
export const ended = async (child: Child): Promise<{ exit: number | null; said: string }> => {
  const { code: exit } = await child.ended;
  return { exit, said: child.output() };
};
