/**
 * The recovery key: what a device proves itself with where its certificate is of no use, because that has
 * expired or is about to. It can ask for another certificate or to be let go, and nothing else.
 */
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { Dice } from '../world.ts';
import { signerOf } from './jws.ts';
import { keyIn, keyText, ownKey } from './own-keys.ts';
import { privateKeyOf, rawPublicOf } from './raw-keys.ts';

/** What a device may ask for with it. */
export const recoveryRequests = ['renewal', 'retirement'] as const;
export type RecoveryRequest = (typeof recoveryRequests)[number];

/** The name of the key in what it signs; a device has one. */
export const recoveryKeyId = 'recovery';

export interface RecoveryKey {
  /** What the portal is given when the device registers: base64 of 32 raw bytes, Ed25519. */
  publicHalf(): string;
  /** Signs what a device asks, as a compact JWS. */
  sign(request: RecoveryRequest, device: string, payload: unknown): string;
}

/** The recovery key of a device that registers; made when there is none yet. */
export const recoveryKeyOf = (directory: DataDirectory, dice: Dice): RecoveryKey =>
  recoveryKeyFrom(ownKey(directory, 'recoveryKey', dice));

/** The recovery key of a device that has registered: the portal would not know another. */
export const recoveryKeyIn = (directory: DataDirectory): RecoveryKey => {
  const kept = keyText(directory, 'recoveryKey');
  if (kept !== undefined) return recoveryKeyFrom(keyIn(directory, 'recoveryKey', kept));
  throw new StartFault(
    'recovery_key_missing',
    `${directory.pathOf('recoveryKey')} is missing or empty, and the portal knows no other key; restore it ` +
      'from a backup. Without it no certificate is renewed: register anew in another directory in time.',
  );
};

const recoveryKeyFrom = (seed: Uint8Array): RecoveryKey => {
  const signer = signerOf(recoveryKeyId, seed);
  return {
    publicHalf: () => Buffer.from(rawPublicOf(privateKeyOf('ed25519', seed))).toString('base64'),
    sign: (typ, sub, payload) => signer(payload, { typ, sub }),
  };
};
