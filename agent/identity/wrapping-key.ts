/**
 * The wrapping key: whatever must be readable on this device, and should not lie there in clear, is sealed
 * to it. The device makes it; its secret half never leaves it.
 */
import { Secret } from '../../drivers/index.ts';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { Dice } from '../world.ts';
import { unseal, type SealContext } from './hpke.ts';
import { keyText, ownKey, wrappedForm } from './own-keys.ts';
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
export const wrappingKeyOf = (directory: DataDirectory, dice: Dice): WrappingKey => {
  refuseLost(directory);
  return wrappingKeyFrom(ownKey(directory, 'wrappingKey', dice));
};

// A new one would open nothing of what was sealed to the one that is gone.
const refuseLost = (directory: DataDirectory): void => {
  const isWrapped = wrappedForm.test(keyText(directory, 'velocityKey') ?? '');
  if (!isWrapped || keyText(directory, 'wrappingKey') !== undefined) return;
  throw new StartFault(
    'identity_missing',
    `${directory.pathOf('wrappingKey')} is missing, and ${directory.pathOf('velocityKey')} opens ` +
      'with no other; restore it from the backup.',
  );
};

/** A wrapping key held in memory, from its secret half. */
export const wrappingKeyFrom = (secretHalf: Uint8Array): WrappingKey => {
  const held = new Secret(secretHalf);
  const publicHalf = held.use((raw) => rawPublicOf(privateKeyOf('x25519', raw)));
  return {
    publicHalf: () => publicHalf,
    open: (sealed, context) => held.use((raw) => unseal(raw, sealed, context)),
  };
};
