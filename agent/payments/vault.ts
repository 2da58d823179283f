/**
 * The vault: what happens to account data between the reader and the ledger. It is sealed to the portal's
 * key at once and wiped; what is left is ciphertext nobody here can open, and a keyed hash to know the card
 * again.
 */
import { linkLimits, subjectName, type Subject } from '../../contract/index.ts';
import { wipeRead, type CardRead } from '../../drivers/index.ts';
import { keyedHash, sha256 } from '../identity/digest.ts';
import { accountDataContext, sealerTo } from '../identity/hpke.ts';
import type { Dice } from '../world.ts';

/** The portal's public sealing key: 32 raw bytes, X25519. */
export interface SealingKey {
  readonly keyId: string;
  readonly key: Uint8Array;
}

/** A card once its account data is sealed. */
export interface SealedCard {
  readonly keyId: string;
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly cardHash: string;
}

/** Seals what was read and wipes it; `undefined` when it is more than the link can carry. */
export type Vault = (read: CardRead, transactionId: string) => SealedCard | undefined;

export const vaultOf = (
  subject: Subject,
  sealing: () => SealingKey,
  velocityKey: Uint8Array,
  dice: Dice,
): Vault => {
  // Made once for each key: a rotation changes it, hardly ever.
  let sealer: { readonly keyId: string; readonly seal: ReturnType<typeof sealerTo> } | undefined;
  const current = () => {
    const { keyId, key } = sealing();
    if (sealer?.keyId !== keyId) sealer = { keyId, seal: sealerTo(key) };
    return sealer;
  };
  return (read, transactionId) => {
    const { keyId, seal } = current();
    const { accountData, likeness } = read;
    const context = accountDataContext(subjectName(subject), transactionId);
    try {
      const bytes = accountData.use((plain) => seal(plain, context, dice.bytes(32)));
      if (bytes.length > linkLimits.sealedBytes) return undefined;
      const cardHash = likeness.use((text) => keyedHash(velocityKey, text));
      return { keyId, bytes, digest: sha256(bytes), cardHash };
    } finally {
      wipeRead(read);
    }
  };
};
