/**
 * Registration: what a device without a name asks for with a one-time code, and what it is given or refused.
 * And what a device asks later in the same corner of the broker: another certificate, or to be let go.
 *
 * The key pair is made on the device and never leaves it. Asked again with the same code and the same key,
 * the portal gives the same certificate until the device first connected with it, so a power cut costs
 * nothing; with another key the code is used.
 */
import { Type, type Static } from 'typebox';
import { Whole } from './payment.ts';

/**
 * A one-time code, as people read it to each other: `7K3QM-9XW2D`, fifty bits of chance. Four more groups are
 * the fingerprint of the authority of the broker's certificate, where that is a private one.
 */
export const registrationCodeForm =
  /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}((-[0-9A-HJKMNP-TV-Z]{5}){4})?$/;

/** How long the same code and key are given the same certificate, unless the device connects before, ms. */
export const regrantMs = 7 * 86_400_000;

const Name = Type.String({ minLength: 1, maxLength: 64 });
const Pem = Type.String({ maxLength: 16_384 });
const Csr = Type.String({ maxLength: 8_192 });
const Url = Type.String({ maxLength: 512 });
/** Base64 of 32 raw bytes. */
const Raw = Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' });
const NamedKey = Type.Object({ keyId: Name, key: Raw });

/**
 * The portal's public keys: those it signs with (Ed25519), and the one card data is sealed to (X25519). Each
 * set has the number after the one before it; the first is 1.
 */
export const PortalKeys = Type.Object({
  version: Whole(1),
  signing: Type.Array(NamedKey, { minItems: 1, maxItems: 8 }),
  sealing: NamedKey,
});
export type PortalKeys = Static<typeof PortalKeys>;

/**
 * A device asks for its name. `recoveryKey` (Ed25519) is what it will prove itself with in this corner when
 * its certificate is of no use; `wrappingKey` (X25519) is what the portal seals secrets for this device to.
 */
export const RegistrationRequest = Type.Object({
  code: Name,
  serialNumber: Name,
  hardware: Name,
  csr: Csr,
  recoveryKey: Raw,
  wrappingKey: Raw,
  agentVersion: Name,
  nonce: Name,
});
export type RegistrationRequest = Static<typeof RegistrationRequest>;

/** A compact JWS signed with a device's recovery key; its `typ` says what is asked, its `sub` who asks. */
export const SignedRequest = Type.Object({ signed: Type.String({ maxLength: 16_384 }) });
export type SignedRequest = Static<typeof SignedRequest>;

/** Where the question was asked: an answer is worth nothing in another corner, nor is the question. */
const corner = { registrationId: Type.String({ pattern: '^[0-9a-f]{32}$' }) };

/** `typ: renewal`: another certificate, for a new key. */
export const Renewal = Type.Object({ ...corner, csr: Csr, agentVersion: Name });
export type Renewal = Static<typeof Renewal>;

/** `typ: retirement`: the device is taken out of service; its log ended here. */
export const Retirement = Type.Object({
  ...corner,
  epoch: Whole(1),
  head: Whole(0),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
export type Retirement = Static<typeof Retirement>;

/**
 * `typ: receipt`, signed by the portal, `sub` the device it is about: the portal has the device's whole log
 * through this entry, from a file. With it a device may go that could tell nothing itself any more.
 */
export const ExportReceipt = Type.Object({
  epoch: Whole(1),
  seq: Whole(0),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  at: Whole(0),
});
export type ExportReceipt = Static<typeof ExportReceipt>;

export const CornerRequest = Type.Union([RegistrationRequest, SignedRequest]);
export type CornerRequest = Static<typeof CornerRequest>;

/**
 * All a device needs to begin; `time` is the portal's wall time, ms since 1970. `registrationUrl` is where
 * it asks for its next certificate, when that is not where it asked for this one.
 */
export const RegistrationGrant = Type.Object({
  ok: Type.Literal(true),
  deviceId: Name,
  clientId: Name,
  deviceGroupId: Name,
  certificate: Pem,
  chain: Type.Array(Pem, { maxItems: 8 }),
  portalKeys: PortalKeys,
  brokerUrl: Url,
  registrationUrl: Type.Optional(Url),
  time: Whole(0),
});
export type RegistrationGrant = Static<typeof RegistrationGrant>;

/** The next certificate. */
export const RenewalGrant = Type.Object({
  ok: Type.Literal(true),
  certificate: Pem,
  chain: Type.Array(Pem, { maxItems: 8 }),
  time: Whole(0),
});
export type RenewalGrant = Static<typeof RenewalGrant>;

/** The portal has the whole log, and lets the device go. */
export const RetirementGrant = Type.Object({
  ok: Type.Literal(true),
  retired: Type.Literal(true),
  time: Whole(0),
});
export type RetirementGrant = Static<typeof RetirementGrant>;

export const CornerRefusal = Type.Object({
  ok: Type.Literal(false),
  refusal: Type.Object({ code: Name, retryable: Type.Boolean() }),
});
export type CornerRefusal = Static<typeof CornerRefusal>;

/** What the portal answers in a corner of registration. */
export const CornerResponse = Type.Union([
  RegistrationGrant,
  RenewalGrant,
  RetirementGrant,
  CornerRefusal,
]);
export type CornerResponse = Static<typeof CornerResponse>;
