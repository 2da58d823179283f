/**
 * Raw 32-byte Curve25519 keys as node:crypto key objects, and back.
 *
 * By way of JWK (RFC 8037): OpenSSL reads the same key from DER ten times as slowly, because it tries
 * every decoder it has, and a key is made for every sealing.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

const keyBytes = 32;

export type Curve = 'x25519' | 'ed25519';

const names = { x25519: 'X25519', ed25519: 'Ed25519' } as const;

// OpenSSL takes a key with bytes behind it, and leaves them out.
const spelled = (raw: Uint8Array): string => {
  if (raw.length === keyBytes) return Buffer.from(raw).toString('base64url');
  throw new RangeError(`A key of this curve has ${keyBytes} bytes, this one ${raw.length}.`);
};

// `x` has to be a string and is not looked at: Node derives the public half. Left empty, so that a Node
// that did look would refuse the key instead of taking a wrong half.
export const privateKeyOf = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPrivateKey({
    key: { kty: 'OKP', crv: names[curve], x: '', d: spelled(raw) },
    format: 'jwk',
  });

export const publicKeyOf = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: names[curve], x: spelled(raw) }, format: 'jwk' });

/** The 32 bytes of a public key, also of a private key's public half. */
export const rawPublicOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url'));
