/** Passwords: scrypt (RFC 7914), away from the main thread. A door to node:crypto. */
import { scrypt } from 'node:crypto';

/** Bytes of a hash. */
const hashBytes = 32;

// OpenSSL counts a little more than the 128·n·r bytes that scrypt works in; the contract bounds n and r.
const memoryBytesMost = 64 * 1_048_576;

/** How a password is hashed; the salt in hex. */
export interface Scrypt {
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
}

/** The hash of a password, in hex. However its letters were composed, it is the same password. */
export const passwordHash = (password: string, { n, r, p, salt }: Scrypt): Promise<string> =>
  new Promise((resolve, reject) => {
    const cost = { N: n, r, p, maxmem: memoryBytesMost };
    scrypt(password.normalize('NFC'), Buffer.from(salt, 'hex'), hashBytes, cost, (error, hash) => {
      if (error === null) resolve(hash.toString('hex'));
      else reject(error);
    });
  });
