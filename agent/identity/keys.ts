/**
 * Who this device is: its name at the portal, the portal's public keys, its certificate, and the keys it
 * made for itself. Files below `identity/`, put in place when the device is commissioned.
 */
import { check, isSubject, PortalKeys, type Subject } from '../../contract/index.ts';
import { Type } from 'typebox';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { SealingKey } from '../payments/vault.ts';
import type { Place } from '../places.ts';
import type { TlsFiles } from '../portal/broker.ts';
import type { Dice } from '../world.ts';
import type { PinnedKey } from './jws.ts';
import { certificateFacts } from './forge.ts';
import { ownKey } from './own-keys.ts';
import { wrappedKey } from './wrapped-keys.ts';
import { wrappingKeyOf, type WrappingKey } from './wrapping-key.ts';

const Device = Type.Object({ clientId: Type.String(), deviceId: Type.String() });

export interface Identity {
  readonly subject: Subject;
  readonly pinned: readonly PinnedKey[];
  readonly sealing: SealingKey;
  readonly tls: TlsFiles;
  /** What the local API asks for in `x-api-key`. */
  readonly localKey: string;
  /** Keys the hash that knows a card again. */
  readonly velocityKey: Uint8Array;
  /** Opens what was sealed to this device. */
  readonly wrappingKey: WrappingKey;
}

/** Reads the identity, and makes what the device makes itself at its first start. Throws a `StartFault`. */
export const loadIdentity = (directory: DataDirectory, dice: Dice): Identity => {
  const subject = document(directory, 'device', Device);
  if (!isSubject(subject)) {
    throw new StartFault(
      'identity_malformed',
      `${directory.pathOf('device')} names ids that no topic can carry; put the portal's own there.`,
    );
  }
  const keys = document(directory, 'portalKeys', PortalKeys);
  const wrappingKey = wrappingKeyOf(directory, dice);
  return {
    subject: { clientId: subject.clientId, deviceId: subject.deviceId },
    pinned: keys.signing.map(rawKey),
    sealing: rawKey(keys.sealing),
    tls: tlsFiles(directory),
    localKey: ownKey(directory, 'localKey', dice).toString('base64url'),
    velocityKey: wrappedKey({ directory, dice, wrappingKey }, 'velocityKey'),
    wrappingKey,
  };
};

/** From when on the device's certificate is good; 0 when it has none that can be read. */
export const certifiedFrom = ({ tls }: Identity): number => {
  if (tls.certificate === undefined) return 0;
  try {
    return certificateFacts(tls.certificate).notBefore;
  } catch {
    // Whoever connects with it says what is wrong with it.
    return 0;
  }
};

const rawKey = ({ keyId, key }: { keyId: string; key: string }) => ({
  keyId,
  key: new Uint8Array(Buffer.from(key, 'base64')),
});

const document = <S extends typeof Device | typeof PortalKeys>(
  directory: DataDirectory,
  place: Place,
  schema: S,
) => {
  const text = directory.read(place);
  if (text === undefined) {
    throw new StartFault(
      'identity_missing',
      `${directory.pathOf(place)} is missing; register the device first: ` +
        '`holdfast register CODE --portal URL`.',
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const checked = check(schema, parsed);
  if (!checked.ok) {
    throw new StartFault(
      'identity_malformed',
      `${directory.pathOf(place)}: ${checked.why}; put a whole one there.`,
    );
  }
  return checked.value;
};

const tlsFiles = (directory: DataDirectory): TlsFiles => {
  const ca = directory.read('authority');
  const certificate = directory.read('certificate');
  const privateKey = directory.read('privateKey');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
};
