/** Digests: SHA-256 and HMAC-SHA-256, as lower-case hex. A door to node:crypto. */
import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of UTF-8 text or bytes. */
export const sha256 = (content: string | Uint8Array): string => hash('sha256', content);

/** HMAC-SHA-256 of UTF-8 text under a key. */
export const keyedHash = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');

/** Whether two texts are the same, in a time that tells nothing of where they differ. */
export const sameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

/** SHA-256 over a salt's bytes, given in hex, and a text: for secrets that are enough chance themselves. */
export const saltedHash = (salt: string, text: string): string =>
  createHash('sha256').update(salt, 'hex').update(text).digest('hex');

/** HMAC-SHA-1 (RFC 2104), which one-time codes are made with. */
export const hmacSha1 = (key: Uint8Array, content: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac('sha1', key).update(content).digest());
