/**
 * A real Mosquitto with mutual TLS, as a portal would run it: a device is who its certificate says, may read
 * its own prefix and write its own channels; the portal may do everything; whoever registers has a listener
 * and a corner of its own. Configuration, certificates and access list are written into `directory`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultRoot, messages } from '../../contract/index.ts';
import { issueCertificate, type Authority } from '../../simulator/authority.ts';
import { startChild, type Child } from '../../simulator/shop/child.ts';
import { revocationList } from '../../simulator/revocation-list.ts';
import { freePort } from '../../simulator/shop/port.ts';

export interface MosquittoStart {
  /** A directory of this broker's own; it is made when it is not there. */
  readonly directory: string;
  readonly authority: Authority;
  /** Milliseconds since 1970, for the server certificate. */
  readonly now: number;
}

export interface Mosquitto {
  /** For devices and the portal: a client certificate is required. */
  readonly url: string;
  /** For registration: no client certificate, nothing but `hf/1/register/{MQTT client id}/#`. */
  readonly registrationUrl: string;
  /** Refuses from now on whoever shows a certificate on this list, PEM; every connection is cut. */
  revoke(list: string): Promise<void>;
  /** What it wrote since it was last started. */
  log(): string;
  /** Ends it as an operator would; every client sees the connection close. */
  stop(): Promise<void>;
  /** Stops it if it runs and starts it on the same ports. Retained messages are forgotten. */
  restart(): Promise<void>;
}

const revokedFile = 'revoked.crl';

/** The common name of the portal's client certificate. */
export const portalName = 'portal';

/** Limits of the broker, each in its unit; frames of the link fit with room to spare. */
export const mosquittoLimits = {
  packetBytes: 1_048_576,
  inflightMessages: 64,
  queuedMessages: 1_000,
  startMs: 10_000,
  stopMs: 10_000,
  askAgainMs: 100,
} as const;

/** Starts a Mosquitto on free ports. */
export const startMosquitto = async (start: MosquittoStart): Promise<Mosquitto> => {
  const { directory } = start;
  const [port, registrationPort] = [await freePort(), await freePort()];
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const configuration = writeFiles(start, { port, registrationPort });
  const launch = async (): Promise<Child> => {
    const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` };
    const child = startChild({ command: 'mosquitto', args: ['-c', configuration], env });
    await child.says(' running', mosquittoLimits.startMs);
    return child;
  };
  let child = await launch();
  const stop = async () => {
    const running = child;
    const ask = () => running.kill('SIGTERM');
    ask();
    // One that has only just said it is running may miss the first.
    const again = setInterval(ask, mosquittoLimits.askAgainMs);
    const late = setTimeout(() => running.kill('SIGKILL'), mosquittoLimits.stopMs);
    await running.ended;
    clearInterval(again);
    clearTimeout(late);
  };
  const restart = async () => {
    await stop();
    child = await launch();
  };
  return {
    url: `mqtts://localhost:${port}`,
    registrationUrl: `mqtts://localhost:${registrationPort}`,
    log: () => child.output(),
    stop,
    restart,
    revoke: async (list) => {
      writeFileSync(join(directory, revokedFile), list);
      await restart();
    },
  };
};

interface Ports {
  readonly port: number;
  readonly registrationPort: number;
}

const writeFiles = ({ directory, authority, now }: MosquittoStart, ports: Ports): string => {
  const write = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const hosts = ['localhost', '127.0.0.1', '::1'];
  const server = issueCertificate({
    authority,
    commonName: 'localhost',
    use: 'server',
    hosts,
    now,
    days: 30,
  });
  const tls = [
    `cafile ${write('ca.crt', authority.certificate)}`,
    // With the authority's own behind it, so that who has only its fingerprint can find it.
    `certfile ${write('server.crt', server.certificate + authority.certificate)}`,
    `keyfile ${write('server.key', server.privateKey)}`,
  ];
  const lines = [
    // Started by root it would become "mosquitto", who may not read these files.
    'user root',
    'per_listener_settings true',
    'persistence false',
    'log_dest stderr',
    'log_type all',
    'connection_messages true',
    'set_tcp_nodelay true',
    `max_packet_size ${mosquittoLimits.packetBytes}`,
    `max_inflight_messages ${mosquittoLimits.inflightMessages}`,
    `max_queued_messages ${mosquittoLimits.queuedMessages}`,
    `listener ${ports.port} 127.0.0.1`,
    ...tls,
    'require_certificate true',
    `crlfile ${write(revokedFile, revocationList(authority, { serials: [], now, days: 30 }))}`,
    'use_identity_as_username true',
    `acl_file ${write('devices.acl', deviceAccess())}`,
    `listener ${ports.registrationPort} 127.0.0.1`,
    ...tls,
    'allow_anonymous true',
    // The client id names the corner.
    'allow_zero_length_clientid false',
    `acl_file ${write('registration.acl', `pattern readwrite ${defaultRoot}/register/%c/#\n`)}`,
  ];
  return write('mosquitto.conf', `${lines.join('\n')}\n`);
};

// A pattern takes the place of no user's rights: the portal's stand beside them.
const deviceAccess = (): string => {
  const own = Object.values(messages)
    .filter(({ from, channel }) => from === 'device' && !channel.startsWith('register/'))
    .map(({ channel }) => `pattern write ${defaultRoot}/%u/${channel}`);
  return [
    `user ${portalName}`,
    `topic readwrite ${defaultRoot}/#`,
    `pattern read ${defaultRoot}/%u/#`,
    ...own,
    '',
  ].join('\n');
};
