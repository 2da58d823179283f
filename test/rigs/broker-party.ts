/** A broker with its authority and whoever dials it: what nearly every test of the link starts from. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DialSettings } from '../../agent/portal/broker.ts';
import {
  issueCertificate,
  makeAuthority,
  type Authority,
  type Credentials,
} from '../../simulator/authority.ts';
import { startBroker } from '../../simulator/broker.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { startMosquitto, type Mosquitto } from './mosquitto.ts';

/** Whoever comes to a broker that asks for certificates. */
export interface Party {
  readonly authority: Authority;
  readonly url: string;
  readonly directory: string;
  readonly now: number;
  /** The client certificate of this common name, always the same one. */
  credentials(commonName: string): Credentials;
  /** How somebody of this common name dials the broker, or a proxy before it. */
  settings(commonName: string, url?: string): DialSettings;
  /** Ends the broker and starts it again at the same place; what it retained is forgotten. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface BrokerParty extends Party {
  readonly mosquitto: Mosquitto;
}

type Guests = Pick<Party, 'authority' | 'directory' | 'now' | 'credentials'>;

/** Starts a Mosquitto (MQTT 5) in a temporary directory that goes with it. */
export const brokerParty = async (): Promise<BrokerParty> => {
  const guests = invited();
  const mosquitto = await startMosquitto(guests);
  const { url, stop } = mosquitto;
  return { ...partyAt(url, guests, stop), mosquitto, restart: () => mosquitto.restart() };
};

/** Starts the embedded broker (MQTT 3.1.1), under the same certificates. */
export const embeddedParty = async (): Promise<Party> => {
  const guests = invited();
  const { authority, now } = guests;
  const hosts = ['localhost', '127.0.0.1'];
  const wanted = { authority, commonName: 'localhost', hosts, now, days: 1 } as const;
  const tls = { ...issueCertificate({ ...wanted, use: 'server' }), ca: authority.certificate };
  const port = await freePort();
  const start = () => startBroker({ tls, port });
  let broker = await start();
  return {
    ...partyAt(`mqtts://localhost:${port}`, guests, () => broker.close()),
    restart: async () => {
      await broker.close();
      broker = await start();
    },
  };
};

const invited = (): Guests => {
  const now = Date.now();
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-broker-'));
  const authority = makeAuthority('Test Authority', now);
  const issued = new Map<string, Credentials>();
  const credentials = (commonName: string): Credentials => {
    const known = issued.get(commonName);
    if (known !== undefined) return known;
    const fresh = issueCertificate({ authority, commonName, use: 'client', now, days: 1 });
    issued.set(commonName, fresh);
    return fresh;
  };
  return { authority, directory, now, credentials };
};

const partyAt = (
  brokerUrl: string,
  guests: Guests,
  stop: () => Promise<void>,
): Omit<Party, 'restart'> => ({
  ...guests,
  url: brokerUrl,
  settings: (commonName, url = brokerUrl) => ({
    url,
    clientId: commonName,
    keepaliveSeconds: 60,
    connectWithinMs: 5_000,
    tls: { ca: guests.authority.certificate, ...guests.credentials(commonName) },
  }),
  close: async () => {
    await stop();
    rmSync(guests.directory, { recursive: true, force: true });
  },
});
