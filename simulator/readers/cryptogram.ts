/**
 * Cryptograms: what a chip answers with, and what its issuer answers it, by triple DES (EMV 4.3 book 2, 8.1,
 * 8.2 and annex A1). The issuer's master key is the published test base key; it protects nothing.
 */
import { testBaseKey, tripleDes, wholeRetailMac, xor } from './dukpt.ts';

/** Whose key it is: a card's number and sequence number, and the count of the transaction. */
export interface CardKey {
  readonly pan: string;
  /** Two digits. */
  readonly sequence: string;
  /** Two bytes, tag 9F36. */
  readonly counter: Uint8Array;
}

/** Eight bytes for tag 9F26, over the values a chip puts it to. */
export const cryptogram = (key: CardKey, values: Uint8Array): Buffer =>
  // Padded to whole blocks with 80 and zeros (ISO/IEC 9797-1, method 2).
  wholeRetailMac(sessionKey(key), Buffer.concat([values, Buffer.of(0x80)]));

/** The issuer’s proof for tag 91: eight bytes over the chip’s cryptogram and the code, then the code. */
export const issuerProof = (key: CardKey, request: Uint8Array, responseCode: string): Buffer => {
  const code = Buffer.from(responseCode, 'latin1');
  const proof = tripleDes(sessionKey(key), xor(request, code), 'encrypt');
  return Buffer.concat([proof, code]);
};

/** The key of one transaction: the count of them makes one for each (book 2, A1.3.1). */
export const sessionKey = (key: CardKey): Buffer => {
  const half = (mark: number) =>
    tripleDes(cardMasterKey(key), Buffer.from([...key.counter, mark, 0, 0, 0, 0, 0]), 'encrypt');
  return Buffer.concat([half(0xf0), half(0x0f)]);
};

/** The key of one card: of the last sixteen digits of number and sequence (book 2, A1.4.1, option A). */
export const cardMasterKey = ({ pan, sequence }: CardKey): Buffer => {
  const digits = (pan + sequence).slice(-16).padStart(16, '0');
  const left = Buffer.from(digits, 'hex');
  const right = xor(left, Buffer.alloc(8, 0xff));
  return tripleDes(testBaseKey, Buffer.concat([left, right]), 'encrypt');
};
