/**
 * Signed messages: compact JWS (RFC 7515) with Ed25519 (RFC 8037).
 *
 * The protected header names the key, the channel (`typ`) and the device (`sub`) the message is meant for, so
 * that what was signed for one device or one topic is worth nothing on another. The algorithm is fixed by the
 * key we pinned; a header that names another one is refused, never obeyed.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { privateKeyOf, publicKeyOf } from './raw-keys.ts';

/** A public key of the portal we were given to trust. */
export interface PinnedKey {
  readonly keyId: string;
  /** 32 raw bytes, Ed25519. */
  readonly key: Uint8Array;
}

/** Where a signed message belongs. */
export interface Addressed {
  readonly typ: string;
  readonly sub: string;
}

export type Opened =
  { readonly ok: true; readonly payload: unknown } | { readonly ok: false; readonly why: string };

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const parse = (part: string): unknown =>
  JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

/** Makes the signer of one key: `seed` is the raw 32-byte private key. */
export const signerOf = (keyId: string, seed: Uint8Array) => {
  const key = privateKeyOf('ed25519', seed);
  return (payload: unknown, { typ, sub }: Addressed): string => {
    const signed = `${encode({ alg: 'EdDSA', kid: keyId, typ, sub })}.${encode(payload)}`;
    return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
  };
};

/** Makes the opener for a set of pinned keys. */
export const openerOf = (pinned: readonly PinnedKey[]) => {
  const keys = new Map<string, KeyObject>(
    pinned.map(({ keyId, key }) => [keyId, publicKeyOf('ed25519', key)]),
  );
  return (jws: string, expected: Addressed): Opened => {
    const [head, body, signature, ...more] = jws.split('.');
    if (head === undefined || body === undefined || signature === undefined || more.length > 0) {
      return { ok: false, why: 'not a compact JWS of three parts' };
    }
    try {
      const header = parse(head) as Record<string, unknown> | null;
      const refusal = headerFault(header, expected);
      if (refusal !== undefined) return { ok: false, why: refusal };
      const key = keys.get(String(header?.['kid']));
      if (key === undefined)
        return { ok: false, why: 'signed by a key this device does not trust' };
      const signed = Buffer.from(`${head}.${body}`);
      if (!verify(null, signed, key, Buffer.from(signature, 'base64url'))) {
        return { ok: false, why: 'the signature does not fit' };
      }
      return { ok: true, payload: parse(body) };
    } catch {
      return { ok: false, why: 'a part of the JWS is not JSON' };
    }
  };
};

/** What a JWS says, whoever signed it: to be looked into, never to be believed. */
export const unverified = (jws: string | undefined): unknown => partOf(jws, 1);

/** What a JWS says it is about, whoever signed it. */
export const unverifiedHeader = (jws: string): { readonly typ?: unknown; readonly sub?: unknown } =>
  partOf(jws, 0) ?? {};

const partOf = (jws: string | undefined, index: 0 | 1): unknown => {
  try {
    return parse(jws?.split('.')[index] ?? '');
  } catch {
    return undefined;
  }
};

const headerFault = (header: Record<string, unknown> | null, { typ, sub }: Addressed) => {
  if (header === null || typeof header !== 'object') return 'the header is no object';
  if (header['alg'] !== 'EdDSA')
    return 'the header names an algorithm the pinned key does not have';
  // RFC 7515 §4.1.11: what `crit` names has to be understood, and this device understands none of it.
  if ('crit' in header) return 'the header asks for an extension this device does not know';
  if (header['typ'] !== typ) return `signed for another channel than ${typ}`;
  if (header['sub'] !== sub) return `signed for another device than ${sub}`;
  return undefined;
};
