/**
 * Memory: what the agent holds after a thousand online sales over mutual TLS, beside a Node that does
 * nothing.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { subjectName } from '../../contract/index.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { portalKeysFile } from '../../simulator/portal/keys.ts';
import { startPortal } from '../../simulator/portal/portal.ts';
import { brokerParty, embeddedParty, type Party } from '../rigs/broker-party.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { BenchAgent } from './agent.ts';
import { benchKeys, till } from './keys.ts';
import { hasTool } from './machine.ts';

const sales = 1_000;
/** Readers side by side, for time's sake: one takes about a tenth of a second for a sale. */
const readers = 4;

export interface MemoryMeasured {
  readonly residentMiB: number;
  readonly bareNodeMiB: number;
  /** Right after its start, and at its highest. */
  readonly residentAtStartMiB: number;
  readonly residentPeakMiB: number;
}

export const measureMemory = async (directory: string): Promise<MemoryMeasured> => {
  const party = await (hasTool('mosquitto') ? brokerParty() : embeddedParty());
  const portal = startPortal({
    ...{ world: nodeWorld(directory), dial: mqttDial(), brokerUrl: party.url, keys: benchKeys },
    tls: party.settings(portalName).tls ?? {},
    database: join(directory, 'memory-portal.sqlite'),
  });
  const agent = await BenchAgent.set(planOf(directory, party));
  try {
    await agent.start();
    await agent.online();
    const atStart = resident(agent.pid).now;
    const approved = await agent.sell(sales);
    if (approved !== sales) throw new Error(`Of ${sales} sales ${approved} were approved.`);
    const { now, peak } = resident(agent.pid);
    const bareNodeMiB = bareNode();
    return { residentMiB: now, bareNodeMiB, residentAtStartMiB: atStart, residentPeakMiB: peak };
  } finally {
    await agent.stop();
    await agent.unplug();
    portal.stop();
    await party.close();
  }
};

const planOf = (directory: string, { authority, credentials, url }: Party) => {
  const subject = till(3);
  const portalKeys = portalKeysFile(benchKeys);
  const device = credentials(subjectName(subject));
  const identity = { subject, device, portalKeys, ca: authority.certificate };
  return { directory: join(directory, 'memory'), identity, readers, brokerUrl: url };
};

/** Resident memory of a process, as Linux counts it. */
const resident = (pid: number): { now: number; peak: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024);
  return { now: field('VmRSS'), peak: field('VmHWM') };
};

const bareNode = (): number => {
  const says = 'process.stdout.write(String(process.memoryUsage().rss))';
  const { stdout } = spawnSync(process.execPath, ['-e', says], { encoding: 'utf8' });
  return Math.round(Number(stdout) / 1_048_576);
};
