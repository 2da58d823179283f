/**
 * Raw 32-byte Curve25519 keys as node:crypto key objects, and back.
 *
 * Node reads DER only; the prefixes are the fixed headers of RFC 8410 (PKCS #8 and SubjectPublicKeyInfo).
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

const keyBytes = 32;

export type Curve = 'x25519' | 'ed25519';

const privateHeads = {
  x25519: '302e020100300506032b656e04220420',
  ed25519: '302e020100300506032b657004220420',
} as const;
const publicHeads = {
  x25519: '302a300506032b656e032100',
  ed25519: '302a300506032b6570032100',
} as const;

// OpenSSL takes a key with bytes behind it, and leaves them out.
const whole = (raw: Uint8Array): Uint8Array => {
  if (raw.length === keyBytes) return raw;
  throw new RangeError(`A key of this curve has ${keyBytes} bytes, this one ${raw.length}.`);
};

export const privateKeyOf = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from(privateHeads[curve], 'hex'), whole(raw)]),
    format: 'der',
    type: 'pkcs8',
  });

export const publicKeyOf = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPublicKey({
    key: Buffer.concat([Buffer.from(publicHeads[curve], 'hex'), whole(raw)]),
    format: 'der',
    type: 'spki',
  });

/** The 32 bytes of a public key, also of a private key's public half. */
export const rawPublicOf = (key: KeyObject): Uint8Array => {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return new Uint8Array(half.export({ format: 'der', type: 'spki' }).subarray(-keyBytes));
};
