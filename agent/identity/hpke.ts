/**
 * Sealing: HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.
 *
 * The device seals account data to the portal's key and cannot open it again. Synchronous, on node:crypto, so
 * that nothing comes between reading a card and recording the sale; see docs/decisions.
 */
import { createCipheriv, createDecipheriv, createHmac, diffieHellman } from 'node:crypto';
import { privateKeyOf, publicKeyOf, rawPublicOf } from './raw-keys.ts';

const kemId = 0x0020;
const kdfId = 0x0001;
const aeadId = 0x0002;
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

const kemSuite = Buffer.concat([utf8('KEM'), uint16(kemId)]);
const hpkeSuite = Buffer.concat([utf8('HPKE'), uint16(kemId), uint16(kdfId), uint16(aeadId)]);

const extract = (salt: Uint8Array, material: Uint8Array): Buffer =>
  createHmac('sha256', salt).update(material).digest();

/** HKDF-Expand (RFC 5869 §2.3) for at most one block, all that this suite needs. */
const expand = (key: Uint8Array, info: Uint8Array, length: number): Buffer =>
  createHmac('sha256', key).update(info).update(Uint8Array.of(1)).digest().subarray(0, length);

// RFC 9180 §4: LabeledExtract and LabeledExpand.
const labeledExtract = (suite: Buffer, salt: Uint8Array, label: string, material: Uint8Array) =>
  extract(salt, Buffer.concat([utf8('HPKE-v1'), suite, utf8(label), material]));

const labeledExpand = (
  suite: Buffer,
  key: Uint8Array,
  { label, info, length }: { label: string; info: Uint8Array; length: number },
) =>
  expand(key, Buffer.concat([uint16(length), utf8('HPKE-v1'), suite, utf8(label), info]), length);

const none = new Uint8Array(0);

// RFC 9180 §4.1: ExtractAndExpand of DHKEM.
const sharedSecretOf = (dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Buffer => {
  const prk = labeledExtract(kemSuite, none, 'eae_prk', dh);
  const info = Buffer.concat([enc, recipient]);
  return labeledExpand(kemSuite, prk, { label: 'shared_secret', info, length: keyBytes });
};

// Base mode has no pre-shared key, so the hash of its name is always this one.
const pskIdHash = labeledExtract(hpkeSuite, none, 'psk_id_hash', none);

// RFC 9180 §5.1: KeySchedule in base mode; the first nonce is the base nonce itself (sequence 0).
const scheduleOf = (shared: Uint8Array, info: Uint8Array) => {
  const infoHash = labeledExtract(hpkeSuite, none, 'info_hash', info);
  const context = Buffer.concat([Uint8Array.of(0), pskIdHash, infoHash]);
  const secret = labeledExtract(hpkeSuite, shared, 'secret', none);
  return {
    key: labeledExpand(hpkeSuite, secret, { label: 'key', info: context, length: keyBytes }),
    nonce: labeledExpand(hpkeSuite, secret, {
      label: 'base_nonce',
      info: context,
      length: nonceBytes,
    }),
  };
};

/** What a sealing is bound to: `info` names its purpose, `aad` the transaction it belongs to. */
export interface SealContext {
  readonly info: string;
  readonly aad: string;
}

/** Seals bytes to one recipient; `ephemeral` is 32 fresh random bytes. Gives `enc ‖ ciphertext ‖ tag`. */
export type Sealer = (plain: Uint8Array, context: SealContext, ephemeral: Uint8Array) => Uint8Array;

/** Makes the sealer to a raw public key. What depends on the recipient alone is computed once. */
export const sealerTo = (recipient: Uint8Array): Sealer => {
  const publicKey = publicKeyOf('x25519', recipient);
  return (plain, context, ephemeral) => {
    const privateKey = privateKeyOf('x25519', ephemeral);
    const enc = rawPublicOf(privateKey);
    const dh = diffieHellman({ privateKey, publicKey });
    const { key, nonce } = scheduleOf(sharedSecretOf(dh, enc, recipient), utf8(context.info));
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(utf8(context.aad));
    const sealed = [enc, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    return new Uint8Array(Buffer.concat(sealed));
  };
};

/** Opens what a sealer made, with the raw private key. Throws when it was changed or meant for another. */
export const unseal = (
  secretKey: Uint8Array,
  sealed: Uint8Array,
  context: SealContext,
): Uint8Array => {
  const ours = privateKeyOf('x25519', secretKey);
  const enc = sealed.subarray(0, 32);
  const dh = diffieHellman({ privateKey: ours, publicKey: publicKeyOf('x25519', enc) });
  const { key, nonce } = scheduleOf(sharedSecretOf(dh, enc, rawPublicOf(ours)), utf8(context.info));
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(utf8(context.aad));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const body = sealed.subarray(32, sealed.length - tagBytes);
  return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
};

/** The context of a transaction's account data. */
export const accountDataContext = (subject: string, transactionId: string): SealContext => ({
  info: 'holdfast/sealed/1',
  aad: `${subject}/${transactionId}`,
});

/** The context of the secret of somebody's one-time codes, sealed to one device. */
export const totpContext = (subject: string, userId: string): SealContext => ({
  info: 'holdfast/totp/1',
  aad: `${subject}/${userId}`,
});
