/** A device's identity as registration leaves it, put in place by hand: files only their owner may read. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from '../../contract/index.ts';
import type { Credentials } from '../authority.ts';

export interface PlacedIdentity {
  readonly subject: Subject;
  /** The device's certificate and key; none for a broker without TLS. */
  readonly device?: Credentials;
  /** The certificate of the authority that signed the broker's, PEM. */
  readonly ca?: string;
  /** The content of `portal-keys.json`. */
  readonly portalKeys: unknown;
}

/** Writes `DATA/identity/` with mode 0700 and its files with mode 0600. */
export const placeIdentity = (data: string, identity: PlacedIdentity): void => {
  const directory = join(data, 'identity');
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o700);
  const { clientId, deviceId } = identity.subject;
  const files = {
    'device.json': JSON.stringify({ clientId, deviceId }),
    'portal-keys.json': JSON.stringify(identity.portalKeys),
    'device.crt': identity.device?.certificate,
    'device.key': identity.device?.privateKey,
    'ca.crt': identity.ca,
  };
  for (const [name, content] of Object.entries(files)) {
    if (content === undefined) continue;
    const path = join(directory, name);
    writeFileSync(path, content);
    // The mode given to writeFileSync holds for new files only.
    chmodSync(path, 0o600);
  }
};
