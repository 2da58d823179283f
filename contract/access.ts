/**
 * Access: who may do what on a device. The body of the document the portal publishes to it, and the words for
 * programs' scopes and people's roles.
 *
 * Secrets travel as what checks them, never as themselves: API keys and recovery codes as salted SHA-256
 * (they are chance, 160 and 80 bits of it, so a hash that is slow on purpose would gain nothing), passwords
 * as scrypt, and the secret of a TOTP sealed to the one device the document is for.
 */
import { Type, type Static } from 'typebox';

/** What a program may be allowed. */
export const scopes = [
  'transactions:write',
  'transactions:read',
  'reports:read',
  'devices:manage',
] as const;
export type Scope = (typeof scopes)[number];

/** What a person may be. */
export const roles = ['cashier', 'supervisor', 'technician', 'admin'] as const;
export type Role = (typeof roles)[number];

/** How much a document may hold. */
export const accessLimits = {
  applications: 32,
  /** Keys of one application: the one in use, and those it is being changed to. */
  keysPerApplication: 4,
  users: 40,
  recoveryCodesPerUser: 8,
} as const;

/** An API key as its holder has it; the first part is its name, the second its secret. */
export const apiKeyForm = /^hfk_([0-9A-HJKMNP-TV-Z]{8})_[0-9A-HJKMNP-TV-Z]{32}$/;

/** A recovery code as it is written down; any letter case, with or without its dashes, is the same code. */
export const recoveryCodeForm = /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/;

const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Name = Type.String({ minLength: 1, maxLength: 64 });
const Salt = Type.String({ pattern: '^(?:[0-9a-f]{2}){8,32}$' });
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

// A scope or a role of a later release gives nothing here; it must not keep a revocation from being taken in.
const Word = Type.String({ pattern: '^[a-z:_-]{1,64}$' });

/** The name of an application; `local` is whoever holds the device's own key. */
export const ApplicationId = Type.String({ pattern: '^(?!local$)[A-Za-z0-9_-]{1,64}$' });

/** The name somebody signs in with; `user:` before it still fits where an application is named. */
export const UserId = Type.String({ pattern: '^(?!local$)[A-Za-z0-9_.@-]{1,59}$' });

/** What a secret of enough chance is checked with: `hash` is SHA-256 over the salt's bytes and its text. */
export const SaltedHash = Type.Object({ salt: Salt, hash: Hash });
export type SaltedHash = Static<typeof SaltedHash>;

/** What a password is checked with. The bounds keep a check below 32 MiB and a second on a small device. */
export const PasswordHash = Type.Object({
  scheme: Type.Literal('scrypt'),
  n: Type.Enum([16_384, 32_768]),
  r: Type.Literal(8),
  p: Type.Integer({ minimum: 1, maximum: 5 }),
  salt: Salt,
  hash: Hash,
});
export type PasswordHash = Static<typeof PasswordHash>;

/** A program that may call the device's local API. */
export const ClientApplication = Type.Object({
  applicationId: ApplicationId,
  name: Name,
  scopes: Type.Array(Word, { maxItems: 16 }),
  keys: Type.Array(
    Type.Object({
      keyId: Type.String({ pattern: '^[0-9A-HJKMNP-TV-Z]{8}$' }),
      salt: Salt,
      hash: Hash,
    }),
    { maxItems: accessLimits.keysPerApplication },
  ),
  from: Type.Optional(Time),
  until: Type.Optional(Time),
});
export type ClientApplication = Static<typeof ClientApplication>;

/** Somebody who may sign in on the device. */
export const AccessUser = Type.Object({
  userId: UserId,
  name: Name,
  role: Word,
  password: PasswordHash,
  totp: Type.Optional(
    Type.Object({ sealed: Type.String({ pattern: '^[A-Za-z0-9+/]+={0,2}$', maxLength: 256 }) }),
  ),
  recoveryCodes: Type.Array(SaltedHash, { maxItems: accessLimits.recoveryCodesPerUser }),
  disabled: Type.Optional(Type.Boolean()),
});
export type AccessUser = Static<typeof AccessUser>;

/** The body of the access document. */
export const AccessBody = Type.Object({
  users: Type.Array(AccessUser, { maxItems: accessLimits.users }),
  applications: Type.Array(ClientApplication, { maxItems: accessLimits.applications }),
});
export type AccessBody = Static<typeof AccessBody>;

/** A privileged act, as the log tells it: who did what, and how it ended. */
export const Audit = Type.Object({
  act: Type.String({ pattern: '^[a-z]+(?:[._-][a-z]+)*$', maxLength: 64 }),
  /** Left out of what nobody known did. */
  by: Type.Optional(
    Type.Object({
      kind: Type.Enum(['user', 'application']),
      id: Name,
      role: Type.Optional(Name),
    }),
  ),
  result: Type.Enum(['succeeded', 'refused', 'failed']),
  code: Type.Optional(Name),
  /** The transaction, batch, reader or call it was about. */
  about: Type.Optional(Name),
});
export type Audit = Static<typeof Audit>;
