/** The portal as a program of its own: a broker unless one is named, the portal, its host, its admin API. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeAuthority, type Authority } from '../authority.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import type { TlsFiles } from '../../agent/portal/broker.ts';
import { startBroker } from '../broker.ts';
import { refusalOfPorts } from '../shop/wanted-ports.ts';
import { adminPort, startAdmin } from './admin.ts';
import type { PortalEvent } from './events.ts';
import { portalKeys, type PortalKeys } from './keys.ts';
import { startPortal } from './portal.ts';

const help = `The reference portal.

  --broker URL      a broker to use (HOLDFAST_PORTAL_BROKER); without one, one is started
  --broker-port N   the port of the broker that is started; 1883 unless given
  --data DIR        where database and keys are kept (HOLDFAST_PORTAL_DATA); ./portal unless given
  --admin-port N    the port of the admin API; ${adminPort} unless given
  --devices-at URL  where devices that registered connect; the broker's address unless given
  --ca FILE         the authority of the broker's certificate; --certificate and --key are the portal's own
  --json            events as JSON, one a line
`;

const flags = {
  broker: { type: 'string' },
  'broker-port': { type: 'string' },
  data: { type: 'string' },
  'admin-port': { type: 'string' },
  'devices-at': { type: 'string' },
  ca: { type: 'string' },
  certificate: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const seedBytes = 32;
const brokerPortDefault = 1883;
const certificateDays = 90;

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: flags });
  if (values.help === true) {
    process.stdout.write(help);
    return;
  }
  const directory = values.data ?? process.env['HOLDFAST_PORTAL_DATA'] ?? 'portal';
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const keys = keysIn(directory);
  const named = values.broker ?? process.env['HOLDFAST_PORTAL_BROKER'];
  const port = named === undefined ? numberOf(values['broker-port'], brokerPortDefault) : 0;
  const portOfAdmin = numberOf(values['admin-port'], adminPort);
  const refusal = await refusalOfPorts([
    { port, what: 'the broker', option: '--broker-port' },
    { port: portOfAdmin, what: 'the admin API', option: '--admin-port' },
  ]);
  if (refusal !== undefined) throw new Error(refusal);
  const broker = named === undefined ? await startBroker({ port }) : undefined;
  const brokerUrl = broker?.url ?? named ?? '';
  const portal = startPortal({
    ...{ world: nodeWorld(directory), dial: mqttDial(), brokerUrl, keys },
    ...(values.ca === undefined ? {} : { tls: tlsOf(values) }),
    database: join(directory, 'portal.db'),
    registering: {
      authority: authorityIn(directory),
      brokerUrl: values['devices-at'] ?? brokerUrl,
      certificateDays,
      ...privateAuthority(values.ca),
    },
    log: values.json === true ? printJson : print,
  });
  const admin = await startAdmin({ portal, port: portOfAdmin });
  const identityFile = join(directory, 'portal-keys.json');
  writeFileSync(identityFile, `${JSON.stringify(portal.registry.keys(), null, 2)}\n`);
  const say = values.json === true ? process.stderr : process.stdout;
  say.write(`broker   ${brokerUrl}\nadmin    ${admin.url}/admin\nkeys     ${identityFile}\n`);
  const end = () => {
    portal.stop();
    void admin.close().then(() => broker?.close());
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
};

// Seeds are made once: a portal with other keys would be a stranger to its devices.
const keysIn = (directory: string): PortalKeys => {
  const path = join(directory, 'seeds.bin');
  if (!existsSync(path)) {
    const seeds = nodeWorld(directory).dice.bytes(2 * seedBytes);
    writeFileSync(path, seeds, { mode: 0o600, flag: 'wx' });
  }
  const seeds = new Uint8Array(readFileSync(path));
  if (seeds.length !== 2 * seedBytes) {
    throw new Error(`${path} should hold ${2 * seedBytes} bytes; delete it to make new keys.`);
  }
  return portalKeys({ signing: seeds.subarray(0, seedBytes), sealing: seeds.subarray(seedBytes) });
};

// It certifies devices; a broker that asks for their certificates has to know it.
const authorityIn = (directory: string): Authority => {
  const path = join(directory, 'authority.json');
  if (!existsSync(path)) {
    const made = makeAuthority('Reference portal', Date.now());
    writeFileSync(path, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: 'wx' });
    writeFileSync(join(directory, 'devices-ca.crt'), made.certificate);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Authority;
};

// Codes carry its fingerprint, for devices that are given no file.
const privateAuthority = (ca: string | undefined): { readonly brokerAuthority?: string } =>
  ca === undefined ? {} : { brokerAuthority: readFileSync(ca, 'utf8') };

const tlsOf = (files: { ca?: string; certificate?: string; key?: string }): TlsFiles => ({
  ...(files.ca === undefined ? {} : { ca: readFileSync(files.ca, 'utf8') }),
  ...(files.certificate === undefined
    ? {}
    : { certificate: readFileSync(files.certificate, 'utf8') }),
  ...(files.key === undefined ? {} : { privateKey: readFileSync(files.key, 'utf8') }),
});

const numberOf = (written: string | undefined, otherwise: number): number => {
  if (written === undefined) return otherwise;
  const port = Number(written);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`"${written}" is no port; give a number from 0 to 65535.`);
  }
  return port;
};

const printJson = (event: PortalEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

const print = ({ time, is, ...rest }: PortalEvent): void => {
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
  process.stdout.write(`${new Date(time).toISOString()}  ${is.padEnd(20)}  ${fields.join('  ')}\n`);
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'The portal did not start.'}\n`);
  process.exitCode = 1;
});
