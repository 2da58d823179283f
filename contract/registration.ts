/**
 * Registration: what a device without a name asks for with a one-time code, and what it is given or refused.
 *
 * The key pair is made on the device and never leaves it. Asked again with the same code and the same key,
 * the portal gives the same certificate until the device first connected with it, so a power cut costs
 * nothing; with another key the code is used.
 */
import { Type, type Static } from 'typebox';

/** A one-time code, as people read it to each other: `7K3QM-9XW2D`, fifty bits of chance. */
export const registrationCodeForm = /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/;

/** How long the same code and key are given the same certificate, unless the device connects before, ms. */
export const regrantMs = 7 * 86_400_000;

const Name = Type.String({ minLength: 1, maxLength: 64 });
const Pem = Type.String({ maxLength: 16_384 });
const RawKey = Type.Object({
  keyId: Name,
  /** Base64 of 32 raw bytes. */
  key: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
});

/** The portal's public keys: those it signs with (Ed25519), and the one card data is sealed to (X25519). */
export const PortalKeys = Type.Object({
  signing: Type.Array(RawKey, { minItems: 1, maxItems: 8 }),
  sealing: RawKey,
});
export type PortalKeys = Static<typeof PortalKeys>;

export const RegistrationRequest = Type.Object({
  code: Name,
  serialNumber: Name,
  hardware: Name,
  csr: Type.String({ maxLength: 8_192 }),
  agentVersion: Name,
  nonce: Name,
});
export type RegistrationRequest = Static<typeof RegistrationRequest>;

/** All a device needs to begin; `time` is the portal's wall time, ms since 1970. */
export const RegistrationGrant = Type.Object({
  ok: Type.Literal(true),
  deviceId: Name,
  clientId: Name,
  deviceGroupId: Name,
  certificate: Pem,
  chain: Type.Array(Pem, { maxItems: 8 }),
  portalKeys: PortalKeys,
  brokerUrl: Type.String({ maxLength: 512 }),
  time: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});
export type RegistrationGrant = Static<typeof RegistrationGrant>;

export const RegistrationResponse = Type.Union([
  RegistrationGrant,
  Type.Object({
    ok: Type.Literal(false),
    refusal: Type.Object({ code: Name, retryable: Type.Boolean() }),
  }),
]);
export type RegistrationResponse = Static<typeof RegistrationResponse>;
