/**
 * What whoever holds a MagTek reader's keys can do with them (manual 99875475-10 pp. 1, 2, 65-68 and examples
 * 6 to 10 of appendix D): make the MAC of a command, and authenticate itself. Both ends of it are here, that
 * of the reader and that of a host with keys; the agent is neither.
 */
import { decrypt, encrypt, keyFor, retailMac, xor } from './dukpt.ts';

/** The MAC of a command: four bytes over all that comes before them. */
export const macOf = (baseKey: Buffer, ksn: string, message: Uint8Array): Buffer =>
  retailMac(keyFor('macRequest', baseKey, ksn), message);

// The variants of the PIN key for what the reader says, and for what it is told (pp. 65 and 66).
const readerKey = (baseKey: Buffer, ksn: string): Buffer =>
  xor(keyFor('pin', baseKey, ksn), Buffer.alloc(16, 0xf0));
const hostKey = (baseKey: Buffer, ksn: string): Buffer =>
  xor(keyFor('pin', baseKey, ksn), Buffer.alloc(16, 0x3c));

/** Two challenges in clear: six random bytes and the end of the key serial number, and eight random bytes. */
export interface Challenges {
  readonly one: Uint8Array;
  readonly two: Uint8Array;
}

/** The reader's side: challenges as it sends them. */
export const sealChallenges = (baseKey: Buffer, ksn: string, { one, two }: Challenges): Buffer =>
  Buffer.concat([one, two].map((each) => encrypt(readerKey(baseKey, ksn), each)));

/** The host's side: what a reader sent, in clear. */
export const openChallenges = (baseKey: Buffer, ksn: string, sealed: Uint8Array): Challenges => {
  const open = (at: number) => decrypt(readerKey(baseKey, ksn), sealed.subarray(at, at + 8));
  return { one: open(0), two: open(8) };
};

/** The host's side: the data of its reply, which lets the reader read cards for so many seconds. */
export const replyTo = (
  baseKey: Buffer,
  ksn: string,
  { challenges, seconds }: { readonly challenges: Challenges; readonly seconds: number },
): Buffer => {
  const time = Buffer.from([seconds >> 8, seconds & 0xff]);
  return encrypt(hostKey(baseKey, ksn), Buffer.concat([challenges.one.subarray(0, 6), time]));
};

/** The host's side: the data that ends authenticated mode, with or without using up a key. */
export const farewellTo = (
  baseKey: Buffer,
  ksn: string,
  { challenges, usesKey }: { readonly challenges: Challenges; readonly usesKey: boolean },
): Buffer => {
  const flag = Buffer.from([usesKey ? 1 : 0]);
  return encrypt(hostKey(baseKey, ksn), Buffer.concat([challenges.two.subarray(0, 7), flag]));
};

/** The reader's side: what a host's reply or farewell says in clear. */
export const openReply = (baseKey: Buffer, ksn: string, sealed: Uint8Array): Buffer =>
  decrypt(hostKey(baseKey, ksn), sealed);
