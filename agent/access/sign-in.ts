/**
 * Signing in: user, password and, for whoever needs one, a one-time code.
 *
 * A password is hashed for whoever is named, known or not, and the answer never says what was wrong. While
 * it is being hashed the world goes on: what was looked at before is looked at again before anything is
 * decided, and what is decided is written before it is told.
 */
import type { ClockTrust } from '../../contract/index.ts';
import { sameSecret, sha256 } from '../identity/digest.ts';
import type { Scrypt } from '../identity/passwords.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Refused } from '../payments/entering.ts';
import type { World } from '../world.ts';
import type { Audit } from './audit.ts';
import { signInLimits } from './limits.ts';
import type { AccessList, Person } from './list.ts';
import { afterFailure, lockedForMs } from './lockout.ts';
import { factorOf, type Factor, type GivenFactors } from './second-factor.ts';
import type { OpenedSession, SessionKind, Sessions } from './sessions.ts';
import type { Turnstile } from './turnstile.ts';

/** What somebody signs in with. */
export interface SignInOrder extends GivenFactors {
  readonly user: string;
  readonly password: string;
  readonly kind: SessionKind;
  /** The token of a console's session this one takes the place of. */
  readonly replaces?: string | undefined;
}

export interface SignedIn extends OpenedSession {
  readonly is: 'signed in';
  readonly person: Person;
}

export interface SignInParts {
  readonly world: Pick<World, 'clock'>;
  readonly ledger: Ledger;
  readonly list: () => AccessList;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly turnstile: Turnstile;
  readonly hash: (password: string, how: Scrypt) => Promise<string>;
  /** The secret of somebody's codes by time; `undefined` where there is none that can be opened. */
  readonly secretOf: (person: Person) => Uint8Array | undefined;
  /** Sends what was written. */
  readonly wake: () => void;
  /** Whether the agent has stopped meanwhile. */
  readonly isOver: () => boolean;
}

const refused = (code: Refused['code'], more: Partial<Refused> = {}): Refused => ({
  is: 'refused',
  code,
  ...more,
});

export const signInOf = (parts: SignInParts) => {
  const { list, turnstile, hash, isOver } = parts;
  return async (order: SignInOrder): Promise<SignedIn | Refused> => {
    const hindrance = hindranceOf(parts, order);
    if (hindrance !== undefined) return hindrance;
    const how = list().person(order.user)?.password ?? list().decoy;
    const hashing = turnstile.pass(() => hash(order.password, how));
    if (hashing === undefined) return refused('sign_in_busy');
    const hashed = await hashing;
    if (isOver()) return refused('stopping');
    // Whoever tries many passwords at once is locked by those that were looked at first.
    return hindranceOf(parts, order) ?? decided(parts, order, hashed);
  };
};

/** Why nobody is let try now, whatever the password. */
const hindranceOf = (parts: SignInParts, { user }: SignInOrder): Refused | undefined => {
  const { ledger, list, audit } = parts;
  if (!list().hasUsers) return refused('no_users_yet');
  const now = ledger.elapsed.now();
  const [code, waitMs] = waitOf(ledger, sha256(user), now);
  if (waitMs === 0) return undefined;
  const known = list().person(user);
  const about = code === 'locked_out' && known !== undefined ? `${code}:${user}` : code;
  audit.tellOnce(about, { ...signInBy(known), result: 'refused', code });
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  return refused(code, { retryAfterSeconds, detail: waitSays[code](Math.ceil(waitMs / 60_000)) });
};

const waitSays = {
  locked_out: (minutes: number) =>
    `Signing in failed too often for this user; wait ${minutes} min, or have the portal give a new password.`,
  too_many_failures: (minutes: number) =>
    `Signing in failed too often on this device; wait ${minutes} min, and try again.`,
};

const waitOf = ({ signIns }: Ledger, nameHash: string, now: number) => {
  const { windowMs, failuresOfAll } = signInLimits;
  const failed = signIns.failedSince(now - windowMs);
  const oldest = failed.at(-failuresOfAll);
  if (oldest !== undefined) return ['too_many_failures', oldest + windowMs - now] as const;
  return ['locked_out', lockedForMs(signIns.failuresOf(nameHash), now)] as const;
};

const signInBy = (person: Person | undefined) => ({
  act: 'sign-in' as const,
  ...(person === undefined
    ? {}
    : { by: { kind: 'user' as const, id: person.userId, role: person.role } }),
});

const decided = (parts: SignInParts, order: SignInOrder, hashed: string): SignedIn | Refused => {
  const { ledger, list, world } = parts;
  const person = list().person(order.user);
  const isRight = sameSecret(hashed, person?.password.hash ?? '');
  const trust = ledger.clock.trust();
  const factor: Factor =
    person === undefined || !isRight
      ? { is: 'wrong' }
      : factorOf(person, order, {
          ...{ secret: parts.secretOf(person), trust, wallMs: world.clock.wallMs() },
          usedStep: ledger.signIns.usedStep(person.userId),
          isUsed: (hash) => ledger.signIns.isCodeUsed(person.userId, hash),
        });
  return person === undefined || factor.is === 'wrong'
    ? failed(parts, order, person, trust)
    : succeeded(parts, order, person, factor);
};

const failed = (
  { ledger, audit, wake }: SignInParts,
  { user }: SignInOrder,
  person: Person | undefined,
  trust: ClockTrust,
): Refused => {
  const { signIns } = ledger;
  const now = ledger.elapsed.now();
  const nameHash = sha256(user);
  const failures = afterFailure(signIns.failuresOf(nameHash), now);
  const code = lockedForMs(failures, now) > 0 ? 'locked_out' : 'sign_in_refused';
  ledger.commit(() => {
    signIns.forgetBefore(now - signInLimits.forgottenAfterMs);
    signIns.count(now - signInLimits.windowMs);
    signIns.remember(nameHash, failures);
    if (person !== undefined) audit.write({ ...signInBy(person), result: 'refused', code });
  });
  wake();
  const stranger = { ...signInBy(undefined), result: 'refused', code: 'sign_in_refused' } as const;
  if (person === undefined) audit.tellOnce('stranger', stranger);
  return refused('sign_in_refused', trust === 'untrusted' ? { detail: untrustedSays } : {});
};

const untrustedSays =
  'The sign-in is refused. The clock of this device is not confirmed, so that codes of an app cannot be ' +
  'checked: use a recovery code, or let it reach the portal.';

const succeeded = (
  { ledger, audit, sessions, wake }: SignInParts,
  { user, kind, replaces }: SignInOrder,
  person: Person,
  factor: Factor,
): SignedIn | Refused => {
  const { signIns } = ledger;
  ledger.commit(() => {
    signIns.forgive(sha256(user));
    if (factor.is === 'totp') signIns.useStep(person.userId, factor.step);
    if (factor.is === 'recovery code') signIns.useCode(person.userId, factor.hash);
    audit.write({
      ...signInBy(person),
      result: 'succeeded',
      ...(factor.is === 'recovery code' ? { code: 'recovery_code' } : {}),
    });
  });
  wake();
  const replaced = sessions.asker(replaces ?? '', 'console');
  if (replaced?.kind === 'user') sessions.end(replaced.session);
  const opened = sessions.open(person, kind);
  if (opened === undefined) return refused('sign_in_busy', { detail: fullSays });
  return { is: 'signed in', person, ...opened };
};

const fullSays = 'As many people as can be are signed in; one of them has to sign out first.';
