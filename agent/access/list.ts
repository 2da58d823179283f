/**
 * The access list: the last document of the portal, as it is asked. Pure.
 *
 * What it says is kept whatever the line does; a clock that is not trusted ends nothing of it.
 */
import {
  AccessBody,
  apiKeyForm,
  check,
  roles,
  scopes,
  type AccessUser,
  type ClientApplication,
  type ClockTrust,
  type Role,
} from '../../contract/index.ts';
import type { KeptDocument } from '../ledger/desired.ts';
import { saltedHash, sameSecret } from '../identity/digest.ts';
import type { Scrypt } from '../identity/passwords.ts';
import type { Asker } from './asker.ts';

/** The time a key is judged at. */
export interface Moment {
  readonly wallMs: number;
  readonly trust: ClockTrust;
}

/** A user who may sign in. */
export type Person = Omit<AccessUser, 'role'> & { readonly role: Role };

export interface AccessList {
  /** Whether there is anybody who could sign in. */
  readonly hasUsers: boolean;
  /** How the password of somebody unknown is hashed, so that it takes as long as a known one's. */
  readonly decoy: Scrypt;
  /** Everybody who may sign in. */
  people(): readonly Person[];
  /** A user who is not disabled and whose role this release knows. */
  person(userId: string): Person | undefined;
  /** The application an API key belongs to, while it is valid. */
  application(key: string, moment: Moment): Asker | undefined;
}

/** Costs as much as the passwords of the reference portal. */
const usualDecoy: Scrypt = { n: 16_384, r: 8, p: 5, salt: '00'.repeat(16) };

/** The list a document makes; one that is empty, where there is none or it is unsound. */
export const accessListOf = (document: KeptDocument | undefined): AccessList => {
  const checked = check(AccessBody, document?.body);
  const body = checked.ok ? checked.value : { users: [], applications: [] };
  const people = new Map(body.users.flatMap((user) => personIn(user)));
  const byKey = keysIn(body.applications);
  return {
    hasUsers: people.size > 0,
    decoy: body.users[0]?.password ?? usualDecoy,
    people: () => [...people.values()],
    person: (userId) => people.get(userId),
    application: (key, moment) => {
      const found = byKey.get(apiKeyForm.exec(key)?.[1] ?? '') ?? noKey;
      const fits = sameSecret(saltedHash(found.salt, key), found.hash);
      const issuedAt = document?.issuedAt ?? 0;
      if (!fits || found.of === undefined || !isValid(found.of, moment, issuedAt)) return undefined;
      const { applicationId: id, scopes: given } = found.of;
      return { kind: 'application', id, scopes: scopes.filter((scope) => given.includes(scope)) };
    },
  };
};

const personIn = (user: AccessUser): [string, Person][] => {
  const role = roles.find((known) => known === user.role);
  return role === undefined || user.disabled === true ? [] : [[user.userId, { ...user, role }]];
};

interface KnownKey {
  readonly salt: string;
  readonly hash: string;
  readonly of?: ClientApplication;
}

// A key nobody has is compared all the same.
const noKey: KnownKey = { salt: '00'.repeat(16), hash: '' };

const keysIn = (applications: readonly ClientApplication[]): Map<string, KnownKey> =>
  new Map(
    applications.flatMap((of) =>
      of.keys.map(({ keyId, salt, hash }): [string, KnownKey] => [keyId, { salt, hash, of }]),
    ),
  );

// Without a clock to go by nothing expires, and what had begun when the portal wrote has begun.
const isValid = (
  { from = 0, until = Infinity }: ClientApplication,
  { wallMs, trust }: Moment,
  issuedAt: number,
): boolean => (trust === 'untrusted' ? from <= issuedAt : from <= wallMs && wallMs < until);
