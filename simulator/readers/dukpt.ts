/**
 * DUKPT with triple DES (ANSI X9.24-1, annex A): one key a transaction, none of which tells another.
 *
 * It stands on the side of whoever made the reader and of the host; the agent never holds any of these keys.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

/** The base derivation key of the published examples; it protects nothing. */
export const testBaseKey = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');

/** The initial key serial number of the published examples. */
export const testInitialKsn = 'FFFF9876543210E00000';

const counterMax = 0x1fffff;
const counterOnesMax = 10;

/** The 21-bit counter at the end of a key serial number of 20 hex digits. */
export const counterOf = (ksn: string): number => parseInt(ksn.slice(-6), 16) & counterMax;

const withCounter = (ksn: string, counter: number): string => {
  const low = ((parseInt(ksn.slice(-6), 16) & ~counterMax) | counter) >>> 0;
  return ksn.slice(0, -6) + low.toString(16).toUpperCase().padStart(6, '0');
};

/** The next key serial number, or `undefined` when all keys are used up. */
export const nextKsn = (ksn: string): string | undefined => {
  let counter = counterOf(ksn) + 1;
  // Counters of more than ten ones are skipped: that bounds the work of finding a key.
  while (onesIn(counter) > counterOnesMax) counter += counter & -counter;
  return counter > counterMax ? undefined : withCounter(ksn, counter);
};

const onesIn = (value: number): number => value.toString(2).replaceAll('0', '').length;

/** The initial key of a reader: what is injected into it. */
export const initialKey = (baseKey: Buffer, ksn: string): Buffer => {
  const id = Buffer.from(withCounter(ksn, 0).slice(0, 16), 'hex');
  return Buffer.concat([
    tripleDes(baseKey, id, 'encrypt'),
    tripleDes(xor(baseKey, keyMask), id, 'encrypt'),
  ]);
};

/** The key of one transaction, from which its variants are made. */
export const transactionKey = (baseKey: Buffer, ksn: string): Buffer => {
  const counter = counterOf(ksn);
  let key = initialKey(baseKey, ksn);
  let reached = 0;
  for (let bit = 0x100000; bit > 0; bit >>= 1) {
    if ((counter & bit) === 0) continue;
    reached |= bit;
    key = nextKey(key, Buffer.from(withCounter(ksn, reached).slice(4), 'hex'));
  }
  return key;
};

const keyMask = Buffer.from('C0C0C0C000000000C0C0C0C000000000', 'hex');

const nextKey = (key: Buffer, register: Buffer): Buffer =>
  Buffer.concat([nextHalf(xor(key, keyMask), register), nextHalf(key, register)]);

const nextHalf = (key: Buffer, register: Buffer): Buffer => {
  const right = key.subarray(8);
  return xor(singleDes(key.subarray(0, 8), xor(register, right), 'encrypt'), right);
};

/** What a transaction's key is turned into for each use. */
const variants = {
  pin: Buffer.from('00000000000000FF00000000000000FF', 'hex'),
  macRequest: Buffer.from('000000000000FF00000000000000FF00', 'hex'),
  macResponse: Buffer.from('00000000FF00000000000000FF000000', 'hex'),
  data: Buffer.from('0000000000FF00000000000000FF0000', 'hex'),
} as const;

/** A key of one use. The data key is encrypted with itself; MagTek encrypts cards with `pin`. */
export const keyFor = (use: keyof typeof variants, baseKey: Buffer, ksn: string): Buffer => {
  const key = xor(transactionKey(baseKey, ksn), variants[use]);
  if (use !== 'data') return key;
  const half = (at: number) => tripleDes(key, key.subarray(at, at + 8), 'encrypt');
  return Buffer.concat([half(0), half(8)]);
};

/** Encrypts with CBC and no initial vector, padded with zeros to whole blocks. */
export const encrypt = (key: Buffer, clear: Uint8Array): Buffer => {
  const padded = Buffer.alloc(Math.ceil(clear.length / 8) * 8);
  padded.set(clear);
  const cipher = createCipheriv('des-ede-cbc', key, Buffer.alloc(8)).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]);
};

/** Decrypts what `encrypt` made; the padding stays. */
export const decrypt = (key: Buffer, ciphertext: Uint8Array): Buffer => {
  const decipher = createDecipheriv('des-ede-cbc', key, Buffer.alloc(8)).setAutoPadding(false);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
};

/** The retail MAC of a message as readers send it: its first four bytes. */
export const retailMac = (key: Buffer, message: Uint8Array): Buffer =>
  wholeRetailMac(key, message).subarray(0, 4);

/** The eight bytes of a retail MAC (ISO/IEC 9797-1, algorithm 3), the message padded with zeros. */
export const wholeRetailMac = (key: Buffer, message: Uint8Array): Buffer => {
  const [left, right] = [key.subarray(0, 8), key.subarray(8)];
  const padded = Buffer.alloc(Math.ceil(message.length / 8) * 8);
  padded.set(message);
  let block: Buffer = Buffer.alloc(8);
  for (let at = 0; at < padded.length; at += 8) {
    block = singleDes(left, xor(block, padded.subarray(at, at + 8)), 'encrypt');
  }
  return singleDes(left, singleDes(right, block, 'decrypt'), 'encrypt');
};

/** Bytes of the longer one, each changed by the other's. */
export const xor = (one: Uint8Array, other: Uint8Array): Buffer =>
  Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)));

type Direction = 'encrypt' | 'decrypt';

/** One block or several, each for itself, under a key of two halves. */
export const tripleDes = (key: Buffer, block: Buffer, direction: Direction): Buffer => {
  const make = direction === 'encrypt' ? createCipheriv : createDecipheriv;
  const cipher = make('des-ede-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
};

// OpenSSL 3 has no single DES; with one key three times over, triple DES is the same.
const singleDes = (key: Buffer, block: Buffer, direction: Direction): Buffer =>
  tripleDes(Buffer.concat([key, key]), block, direction);
