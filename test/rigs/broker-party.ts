/** A Mosquitto with its authority and whoever dials it: what nearly every test of the link starts from. */
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
import { startMosquitto, type Mosquitto } from './mosquitto.ts';

export interface BrokerParty {
  readonly authority: Authority;
  readonly mosquitto: Mosquitto;
  readonly directory: string;
  readonly now: number;
  /** The client certificate of this common name, always the same one. */
  credentials(commonName: string): Credentials;
  /** How somebody of this common name dials the broker, or a proxy before it. */
  settings(commonName: string, url?: string): DialSettings;
  close(): Promise<void>;
}

/** Starts a Mosquitto in a temporary directory that goes with it. */
export const brokerParty = async (): Promise<BrokerParty> => {
  const now = Date.now();
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-broker-'));
  const authority = makeAuthority('Test Authority', now);
  const mosquitto = await startMosquitto({ directory, authority, now });
  const issued = new Map<string, Credentials>();
  const credentials = (commonName: string): Credentials => {
    const known = issued.get(commonName);
    if (known !== undefined) return known;
    const fresh = issueCertificate({ authority, commonName, use: 'client', now, days: 1 });
    issued.set(commonName, fresh);
    return fresh;
  };
  return {
    authority,
    mosquitto,
    directory,
    now,
    credentials,
    settings: (commonName, url = mosquitto.url) => ({
      url,
      clientId: commonName,
      keepaliveSeconds: 60,
      connectWithinMs: 5_000,
      tls: { ca: authority.certificate, ...credentials(commonName) },
    }),
    close: async () => {
      await mosquitto.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
