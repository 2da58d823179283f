/**
 * The wrapping key: whatever must be readable on this device, and should not lie there in clear, is sealed
 * to it. The device makes it; its secret half never leaves it.
 */
import { Secret } from '../../drivers/index.ts';
import type { DataDirectory } from '../data-directory.ts';
import type { Dice } from '../world.ts';
import { unseal, type SealContext } from './hpke.ts';
import { ownKey } from './own-keys.ts';
import { privateKeyOf, rawPublicOf } from './raw-keys.ts';

/**
 * All that is asked of whatever holds the key. Today that is a file; a TPM or a PKCS #11 token would answer
 * the same two questions and give the secret half to nobody.
 */
export interface WrappingKey {
  /** What others seal to: 32 raw bytes, X25519. */
  publicHalf(): Uint8Array;
  /** Opens what was sealed to it (`sealerTo`). Throws when it was changed or meant for another. */
  open(sealed: Uint8Array, context: SealContext): Uint8Array;
}

/** The wrapping key of a data directory; made when there is none yet, whoever asks first. */
export const wrappingKeyOf = (directory: DataDirectory, dice: Dice): WrappingKey =>
  wrappingKeyFrom(ownKey(directory, 'wrappingKey', dice));

/** A wrapping key held in memory, from its secret half. */
export const wrappingKeyFrom = (secretHalf: Uint8Array): WrappingKey => {
  const held = new Secret(secretHalf);
  const publicHalf = held.use((raw) => rawPublicOf(privateKeyOf('x25519', raw)));
  return {
    publicHalf: () => publicHalf,
    open: (sealed, context) => held.use((raw) => unseal(raw, sealed, context)),
  };
};
