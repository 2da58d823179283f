/**
 * DUKPT with AES (ANSI X9.24-3-2017): one key a transaction, none of which tells another, of 128 or 256 bits.
 *
 * It stands on the side of whoever made the reader and of the host; the agent never holds any of these keys.
 * The key serial number is 12 bytes: the initial key's id (8) and the transaction's counter (4).
 */
import { createCipheriv } from 'node:crypto';

/** The base derivation key of the published examples, of 128 bits; it protects nothing. */
export const testAesBaseKey = Buffer.from('FEDCBA9876543210F1F1F1F1F1F1F1F1', 'hex');

/** Counters with more ones than this are skipped. */
const counterOnesMax = 16;
const counterMax = 0xffff_ffff;

/** What a key is for (table 3 of the standard, by its numbers). */
const keyUses = {
  keyDerivation: 0x8000,
  initialKeyDerivation: 0x8001,
  pinEncryption: 0x1000,
  macGeneration: 0x2000,
  macVerification: 0x2001,
  macBoth: 0x2002,
  dataEncryption: 0x3000,
  dataDecryption: 0x3001,
  dataBoth: 0x3002,
} as const;
export type AesKeyUse = keyof typeof keyUses;

/** A key's kind, by its length in bytes: AES-128 or AES-256. */
const algorithms = new Map([
  [16, 0x0002],
  [32, 0x0004],
]);

interface Derivation {
  readonly use: number;
  /** Initial key id, or its lower half and the counter: eight bytes. */
  readonly about: Buffer;
  /** Bytes of the key that comes out. */
  readonly keyBytes: number;
}

// Clause 6.3.2: for every 16 bytes a block that names what is derived, encrypted with the key above it.
const derive = (from: Buffer, { use, about, keyBytes }: Derivation): Buffer => {
  const algorithm = algorithms.get(keyBytes);
  if (algorithm === undefined) throw new RangeError('A key has 16 or 32 bytes.');
  const blocks = Array.from({ length: keyBytes / 16 }, (_, at) => {
    const block = Buffer.alloc(8);
    block.writeUInt8(0x01, 0);
    block.writeUInt8(at + 1, 1);
    block.writeUInt16BE(use, 2);
    block.writeUInt16BE(algorithm, 4);
    block.writeUInt16BE(keyBytes * 8, 6);
    return encryptBlock(from, Buffer.concat([block, about]));
  });
  return Buffer.concat(blocks);
};

const encryptBlock = (key: Buffer, block: Buffer): Buffer => {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
};

/** The initial key of a reader, whose id has 16 hex digits: what is injected into it. */
export const aesInitialKey = (baseKey: Buffer, initialKeyId: string): Buffer =>
  derive(baseKey, {
    use: keyUses.initialKeyDerivation,
    about: Buffer.from(initialKeyId, 'hex'),
    keyBytes: baseKey.length,
  });

/** The counter at the end of a key serial number of 24 hex digits. */
export const aesCounterOf = (ksn: string): number => parseInt(ksn.slice(16), 16);

const idHalfAndCounter = (ksn: string, counter: number): Buffer =>
  Buffer.from(ksn.slice(8, 16) + counter.toString(16).padStart(8, '0'), 'hex');

/** The key of one transaction, from which those of each use are made. */
export const aesTransactionKey = (baseKey: Buffer, ksn: string): Buffer => {
  const counter = aesCounterOf(ksn);
  let key = aesInitialKey(baseKey, ksn.slice(0, 16));
  let reached = 0;
  for (let bit = 0x8000_0000; bit >= 1; bit /= 2) {
    if (Math.floor(counter / bit) % 2 === 0) continue;
    reached += bit;
    const about = idHalfAndCounter(ksn, reached);
    key = derive(key, { use: keyUses.keyDerivation, about, keyBytes: baseKey.length });
  }
  return key;
};

/** A key of one use, as long as the base key unless said otherwise. */
export const aesKeyFor = (
  use: AesKeyUse,
  baseKey: Buffer,
  ksn: string,
  keyBytes: number = baseKey.length,
): Buffer =>
  derive(aesTransactionKey(baseKey, ksn), {
    use: keyUses[use],
    about: idHalfAndCounter(ksn, aesCounterOf(ksn)),
    keyBytes,
  });

/** The next key serial number, or `undefined` when all keys are used up. */
export const nextAesKsn = (ksn: string): string | undefined => {
  let counter = aesCounterOf(ksn) + 1;
  while (onesIn(counter) > counterOnesMax) counter += lowestOne(counter);
  return counter > counterMax
    ? undefined
    : ksn.slice(0, 16) + counter.toString(16).toUpperCase().padStart(8, '0');
};

const onesIn = (value: number): number => value.toString(2).replaceAll('0', '').length;

const lowestOne = (value: number): number => {
  const zeros = /0*$/.exec(value.toString(2))?.[0].length ?? 0;
  return 2 ** zeros;
};
