/**
 * The stage: a whole shop on one machine. Broker, portal and card reader are simulated in this process; the
 * agent is the real program in a process of its own, so that it can be killed.
 *
 *   reader ══pty══ agent ══TCP══ cable ══ broker ══ portal
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { makeAuthority } from '../authority.ts';
import { startBroker } from '../broker.ts';
import { startAdmin, type Admin } from '../portal/admin.ts';
import type { PortalEvent } from '../portal/events.ts';
import { portalKeys } from '../portal/keys.ts';
import { startPortal, type Portal } from '../portal/portal.ts';
import { simulateMagtekSerialLine, type SimulatedMagtek } from '../readers/magtek-serial-line.ts';
import { plugReader, type PluggedReader } from '../readers/plug.ts';
import { AgentProcess } from '../shop/agent-process.ts';
import { freePort } from '../shop/port.ts';
import { registerDevice } from '../shop/registration.ts';
import { isThere } from '../tools.ts';
import { agentLogOf, type AgentEvent } from './agent-log.ts';
import { layCable, type Cable } from './cable.ts';
import { Strike } from './strike.ts';

export const demoReader = { id: 'counter', protocol: 'magtek-serial-line' } as const;

export interface StagePlan {
  /** Everything is written below it. */
  readonly directory: string;
  /** Ports of the local API and the admin API; 0 takes ones that are free. */
  readonly apiPort: number;
  readonly adminPort: number;
  readonly hearAgent: (event: AgentEvent) => void;
  readonly hearPortal: (event: PortalEvent) => void;
}

export interface Stage {
  readonly agent: AgentProcess;
  readonly portal: Portal;
  readonly admin: Admin;
  readonly reader: PluggedReader<SimulatedMagtek>;
  readonly cable: Cable;
  readonly dataDirectory: string;
  /** Ends the agent in order, then everything else. */
  close(): Promise<void>;
}

/** Sets the stage and waits until the agent answers. */
export const setStage = async (plan: StagePlan): Promise<Stage> => {
  const strike = new Strike();
  try {
    return await putUp(plan, strike);
  } catch (error) {
    await strike.now().catch(() => undefined);
    throw error;
  }
};

const putUp = async (plan: StagePlan, strike: Strike): Promise<Stage> => {
  const { directory } = plan;
  const dataDirectory = join(directory, 'data');
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const world = nodeWorld(directory);
  const seeds = world.dice.bytes(64);
  const keys = portalKeys({ signing: seeds.subarray(0, 32), sealing: seeds.subarray(32) });
  const broker = strike.later(await startBroker(), (it) => it.close());
  const cable = strike.later(await layCable(broker.url), (it) => it.close());
  const portal = startPortal({
    ...{ world, dial: mqttDial(), brokerUrl: broker.url, keys },
    database: join(directory, 'portal.db'),
    registering: {
      authority: makeAuthority('Demo portal', world.clock.wallMs()),
      ...{ brokerUrl: cable.url, certificateDays: 90 },
    },
    log: plan.hearPortal,
    // A demo is watched: nobody wants to see five seconds of nothing.
    pace: { resendMs: 1_000, retryMs: 500 },
  });
  strike.later(portal, (it) => it.stop());
  const admin = await startAdmin({ portal, port: plan.adminPort });
  strike.later(admin, (it) => it.close());
  await register(portal, dataDirectory, cable.url);
  const link = join(directory, 'reader');
  const make = (send: (bytes: Uint8Array) => void) =>
    simulateMagtekSerialLine({ timers: world.clock }, send);
  const reader = strike.later(await plugReader({ link, reader: make }), (it) => it.stop());
  const port = plan.apiPort === 0 ? await freePort() : plan.apiPort;
  const agent = new AgentProcess({
    data: dataDirectory,
    config: demoSettings({ port, readerPath: link }),
    port,
    under: endsWithUs(),
    recorder: agentLogOf(plan.hearAgent),
  });
  strike.later(agent, (it) => (it.isRunning() ? it.stop() : undefined));
  await agent.start();
  return { agent, portal, admin, reader, cable, dataDirectory, close: () => strike.now() };
};

// The operator opens a code, the technician types it in: what a shop's first five minutes are.
const register = async ({ registry }: Portal, data: string, portalUrl: string): Promise<void> => {
  const order = { clientId: 'corner-shop', deviceGroupId: 'tills', openMs: 600_000 };
  const opened = registry.registrar.open(order);
  if (opened === undefined) throw new Error('The demo portal registers nobody.');
  await registerDevice({ data, code: opened.code, portalUrl });
};

// Who is killed can end nobody in order, so the kernel ends the agent then (prctl(2), PR_SET_PDEATHSIG).
const endsWithUs = (): readonly string[] =>
  isThere('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : [];

/** Settings of a shop that trusts its customers, and of a person who does not want to wait. */
const demoSettings = (given: { port: number; readerPath: string }) => ({
  api: { port: given.port },
  link: {
    firstConnectWithinMs: 0,
    reconnectFromMs: 200,
    reconnectUpToMs: 1_000,
    ackWithinMs: 2_000,
  },
  host: { answerWithinMs: 2_000 },
  readers: [{ ...demoReader, path: given.readerPath }],
  reader: { cardWithinMs: 30_000 },
  offline: {
    enabled: true,
    entryModes: ['stripe', 'chip', 'contactless'],
    cardVelocity: 50,
    duplicateWindowSeconds: 0,
  },
});
