/**
 * The recovery key: what a device proves itself with where its certificate is of no use, because that has
 * expired or is about to. It can ask for another certificate or to be let go, and nothing else.
 */
import type { DataDirectory } from '../data-directory.ts';
import type { Dice } from '../world.ts';
import { signerOf } from './jws.ts';
import { ownKey } from './own-keys.ts';
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

/** The recovery key of a data directory; made when there is none yet. */
export const recoveryKeyOf = (directory: DataDirectory, dice: Dice): RecoveryKey => {
  const seed = ownKey(directory, 'recoveryKey', dice);
  const signer = signerOf(recoveryKeyId, seed);
  return {
    publicHalf: () => Buffer.from(rawPublicOf(privateKeyOf('ed25519', seed))).toString('base64'),
    sign: (typ, sub, payload) => signer(payload, { typ, sub }),
  };
};
