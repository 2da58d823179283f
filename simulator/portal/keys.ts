/** Keys: the portal's signing (Ed25519) and sealing (X25519) pairs, and what devices are given of them. */
import type { PortalKeys as PublicKeys } from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import { privateKeyOf, rawPublicOf, type Curve } from '../../agent/identity/raw-keys.ts';

/** A key pair, both halves raw 32 bytes; `keyId` follows from the public half. */
export interface KeyPair {
  readonly keyId: string;
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
}

export interface PortalKeys {
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
}

const pairOf = (curve: Curve, prefix: string, seed: Uint8Array): KeyPair => {
  const key = rawPublicOf(privateKeyOf(curve, seed));
  return { keyId: `${prefix}-${sha256(key).slice(0, 12)}`, seed, key };
};

/** The portal's keys from two seeds of 32 bytes. */
export const portalKeys = (seeds: { signing: Uint8Array; sealing: Uint8Array }): PortalKeys => ({
  signing: pairOf('ed25519', 'signing', seeds.signing),
  sealing: pairOf('x25519', 'sealing', seeds.sealing),
});

/** The public halves, as a device keeps them in its `portal-keys.json`; the first set has version 1. */
export const portalKeysFile = ({ signing, sealing }: PortalKeys, version = 1): PublicKeys => ({
  version,
  signing: [{ keyId: signing.keyId, key: Buffer.from(signing.key).toString('base64') }],
  sealing: { keyId: sealing.keyId, key: Buffer.from(sealing.key).toString('base64') },
});
