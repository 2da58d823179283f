/**
 * Who this device is: its name at the portal, the portal's public keys, its certificate, and the keys it
 * made for itself. Files below `identity/`, put in place when the device is commissioned.
 */
import { isSubject, PortalKeys, type Subject } from '../../contract/index.ts';
import { Type, type Static, type TSchema } from 'typebox';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { Place } from '../places.ts';
import type { Dice } from '../world.ts';
import { Credentials } from './credentials.ts';
import { documentAt } from './document.ts';
import { ownKey } from './own-keys.ts';
import { portalTrust, type PortalTrust } from './portal-trust.ts';
import { tlsFilesOf } from './renewal-files.ts';
import { wrappedKey } from './wrapped-keys.ts';
import { wrappingKeyOf, type WrappingKey } from './wrapping-key.ts';

const Device = Type.Object({ clientId: Type.String(), deviceId: Type.String() });

export interface Identity {
  readonly subject: Subject;
  readonly trust: PortalTrust;
  readonly credentials: Credentials;
  /** What the local API asks for in `x-api-key`. */
  readonly localKey: string;
  /** Keys the hash that knows a card again. */
  readonly velocityKey: Uint8Array;
  /** Opens what was sealed to this device. */
  readonly wrappingKey: WrappingKey;
}

/** Reads the identity, and makes what the device makes itself at its first start. Throws a `StartFault`. */
export const loadIdentity = (directory: DataDirectory, dice: Dice): Identity => {
  const subject = subjectIn(directory);
  const trust = trustIn(directory);
  const wrappingKey = wrappingKeyOf(directory, dice);
  return {
    subject,
    trust,
    credentials: credentialsIn(directory),
    localKey: ownKey(directory, 'localKey', dice).toString('base64url'),
    velocityKey: wrappedKey({ directory, dice, wrappingKey }, 'velocityKey'),
    wrappingKey,
  };
};

/** The name of this device. Throws a `StartFault` when it has none. */
export const subjectIn = (directory: DataDirectory): Subject => {
  const subject = whole(directory, 'device', Device);
  if (!isSubject(subject)) {
    throw new StartFault(
      'identity_malformed',
      `${directory.pathOf('device')} names ids that no topic can carry; put the portal's own there.`,
    );
  }
  return { clientId: subject.clientId, deviceId: subject.deviceId };
};

/** The keys of the portal this device trusts. Throws a `StartFault` when it has none. */
export const trustIn = (directory: DataDirectory): PortalTrust =>
  portalTrust(whole(directory, 'portalKeys', PortalKeys), (followed) => {
    directory.write('portalKeys', `${JSON.stringify(followed, null, 2)}\n`);
  });

const whole = <S extends TSchema>(directory: DataDirectory, place: Place, schema: S): Static<S> => {
  const found = documentAt(directory, place, schema, 'put a whole one there');
  if (found !== undefined) return found;
  throw new StartFault(
    'identity_missing',
    `${directory.pathOf(place)} is missing; register the device first: ` +
      '`holdfast register CODE --portal URL`.',
  );
};

const credentialsIn = (directory: DataDirectory): Credentials => {
  try {
    return new Credentials(tlsFilesOf(directory));
  } catch (error) {
    if (error instanceof StartFault) throw error;
    const says = `${directory.pathOf('certificate')}: ${(error as Error).message}`;
    throw new StartFault('identity_malformed', says, { cause: error });
  }
};
