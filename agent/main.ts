/**
 * The composition root: the only file that makes anything real. It opens every door, wires the parts
 * together, starts them in order and stops them in reverse.
 */
import { readLayers } from '../config/disk.ts';
import { effective, type Laid, type Settings } from '../config/index.ts';
import { configuredFrom, type Configured } from './configuration/configured.ts';
import { subjectName } from '../contract/index.ts';
import { release } from '../firmware/index.ts';
import { startAgent } from './agent.ts';
import { openDataDirectory, type DataDirectory } from './data-directory.ts';
import type { Log } from './diagnostics/events.ts';
import { pinoLog } from './diagnostics/pino.ts';
import { fatalPointOf, fatalPointVariable } from './durability.ts';
import { StartFault } from './fault.ts';
import { refuseHalfDecommissioned } from './identity/decommission-mark.ts';
import { certificateFacts, freshPrivateKeyLater } from './identity/forge.ts';
import { loadIdentity, type Identity } from './identity/keys.ts';
import { recoveryKeyIn } from './identity/recovery-key.ts';
import { finishRegistration, registeredPortal } from './identity/registration.ts';
import { finishRenewal, renewalFiles } from './identity/renewal-files.ts';
import { ledgerFaultOf, LedgerFault } from './ledger/open.ts';
import { openSqlite } from './ledger/sqlite.ts';
import { startLocalApi } from './local-api/http.ts';
import { thisMachine } from './machine.ts';
import { dyingAt, nodeWorld } from './node-world.ts';
import type { BrokerSession, Dial, TlsFiles } from './portal/broker.ts';
import { mqttDial } from './portal/mqtt.ts';
import { setSystemClock } from './system-clock.ts';
import { askInCorner } from './portal/registration-line.ts';
import type { RenewalMeans } from './portal/renewal.ts';
import { tryCertificate } from './portal/trial.ts';
import type { World } from './world.ts';
import { devicesHere, hangingOf } from './reader-doors.ts';

export interface AgentStart {
  readonly configPath?: string;
  readonly dataDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the agent until it is told to stop; resolves with the exit code. A `StartFault` says why it cannot.
 */
export const runAgent = async (start: AgentStart): Promise<number> => {
  // Whatever is written is for its owner only, also what a library writes.
  process.umask(0o077);
  // What a settings file says wrong is said before the data directory is made.
  const asked = readLayers(start.configPath, start.environment);
  if ('why' in asked) throw new StartFault('settings_invalid', asked.why);
  fitting(asked);
  const directory = openDataDirectory(start.dataDirectory);
  refuseHalfDecommissioned(directory);
  finishRegistration(directory);
  const configured = configuredIn(directory, asked);
  const { settings } = configured.inForce;
  const fatal = fatalPointOf(start.environment[fatalPointVariable]);
  const log = pinoLog(() => settings['log.level']);
  const dropped = finishRenewal(directory);
  if (dropped !== undefined) log('identity.renewal_dropped', { why: dropped });
  const mark = fatal && dyingAt(fatal, () => log('agent.fault', { ...fatal }));
  const world = { ...nodeWorld(start.dataDirectory, mark), setClock: setSystemClock };
  const identity = loadIdentity(directory, world.dice);
  checkTls(identity, settings);
  const stopping = signalled();
  const dial = mqttDial();
  const agent = await asStartFault(settings, () =>
    startAgent({
      world,
      configured,
      identity,
      machine: thisMachine(),
      log,
      dial,
      openDatabase: () => openSqlite(directory.pathOf('ledger')),
      hangingOf: (setting) => hangingOf(setting, world.clock),
      ...renewingWith(directory, { world, settings: configured.inForce.onTrial, identity, dial }),
      devices: devicesHere,
      serve: async (shop) => {
        const api = await startLocalApi({
          shop,
          log,
          clock: world.clock,
          mark,
        });
        const url = urlOf(settings['api.host'], api.port);
        try {
          directory.write('api', `${JSON.stringify({ url })}\n`);
        } catch (error) {
          await api.close();
          throw error;
        }
        return api;
      },
    }),
  );
  log('agent.started', { version: release.version, ...agent.summary });
  const signal = await stopping;
  await agent.stop();
  directory.release();
  log('agent.stopped', { signal });
  return 0;
};

const fitting = (local: Laid): void => {
  const made = effective(local);
  if (!made.ok) throw new StartFault('settings_invalid', made.why);
};

/** The settings in force, and whether they have to come from a group before anything is sold. */
const configuredIn = (directory: DataDirectory, asked: Laid): Configured => {
  const portal = registeredPortal(directory);
  const local = { ...asked, registration: registeredLayer(portal?.brokerUrl) };
  const configured = configuredFrom(directory, local, portal !== undefined);
  if ('why' in configured) throw new StartFault('settings_invalid', configured.why);
  return configured;
};

/** What the portal said when this device registered. */
const registeredLayer = (brokerUrl: string | undefined) =>
  new Map(brokerUrl === undefined ? [] : [['link.brokerUrl', brokerUrl]]);

const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

// A certificate of another device would be refused by the broker without a reason; better said here.
const checkTls = ({ subject, credentials }: Identity, settings: Settings): void => {
  const { certificate } = credentials.tls();
  if (!settings['link.brokerUrl'].startsWith('mqtts:') || certificate === undefined) return;
  const { commonName } = certificateFacts(certificate);
  const expected = `${subject.clientId}/${subject.deviceId}`;
  if (commonName !== expected) {
    throw new StartFault(
      'certificate_of_another',
      `identity/device.crt is made out to ${commonName}, this device is ${expected}; put its own there.`,
    );
  }
};

interface Renewing {
  readonly world: World;
  readonly settings: Settings;
  readonly identity: Identity;
  readonly dial: Dial;
}

/** How this device gets its next certificate: where it registered, which one placed by hand did nowhere. */
const renewingWith = (
  directory: DataDirectory,
  { world, settings, identity, dial }: Renewing,
): { readonly renewing?: RenewalMeans } => {
  const url = registeredPortal(directory)?.registrationUrl;
  if (url === undefined) return {};
  const { subject, credentials } = identity;
  const device = subjectName(subject);
  const { ca } = credentials.tls();
  const { dial: ownDial, endAll } = endable(dial);
  const line = { world, dial: ownDial, url, ...(ca === undefined ? {} : { ca }) };
  const ask = async (csr: string) => {
    // Read when it is needed: a shop sells as long as its certificate is good.
    const recovery = recoveryKeyIn(directory);
    return askInCorner(line, (registrationId) => ({
      signed: recovery.sign('renewal', device, {
        ...{ registrationId, csr, agentVersion: release.version },
      }),
    }));
  };
  const attempt = (tls: TlsFiles) =>
    tryCertificate({
      ...{ url: settings['link.brokerUrl'], subject, dial: ownDial, tls },
      connectWithinMs: settings['link.connectWithinMs'],
    });
  const files = renewalFiles(directory);
  return { renewing: { files, ask, attempt, freshKey: freshPrivateKeyLater, end: endAll } };
};

/** A dial whose sessions can all be ended, for those that nobody else holds. */
const endable = (dial: Dial): { readonly dial: Dial; readonly endAll: () => void } => {
  const open = new Set<BrokerSession>();
  return {
    dial: (to, hear) => {
      const session = dial(to, (event) => {
        if (event.is === 'closed') open.delete(session);
        hear(event);
      });
      open.add(session);
      return session;
    },
    endAll: () => {
      for (const session of open) session.close('at once');
    },
  };
};

const signalled = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => resolve(signal));
  });

const asStartFault = async <R>(settings: Settings, start: () => Promise<R>): Promise<R> => {
  try {
    return await start();
  } catch (error) {
    const fault = ledgerFaultOf(error);
    if (fault instanceof LedgerFault) {
      throw new StartFault(fault.code, fault.message, { cause: error });
    }
    throw listenFault(error, settings) ?? error;
  }
};

const listenFault = (error: unknown, settings: Settings): StartFault | undefined => {
  const { code, syscall } = error as { code?: string; syscall?: string };
  if (syscall !== 'listen') return undefined;
  const [name, says] =
    code === 'EADDRINUSE'
      ? [
          'port_taken',
          `Port ${settings['api.port']} of the local API is taken; stop the other program, or set api.port ` +
            '(HOLDFAST_API_PORT) to another.',
        ]
      : [
          'port_unusable',
          `The local API cannot listen (${code}); set api.host and api.port to what is allowed here.`,
        ];
  return new StartFault(name, says, { cause: error });
};

export type { Log };
