/**
 * The second factor: what somebody needs besides a password. Pure.
 *
 * A code by time needs a clock to go by; while the device has none, and for a phone that was lost, a recovery
 * code stands in, each of them once.
 */
import { recoveryCodeForm, type ClockTrust, type Role } from '../../contract/index.ts';
import { saltedHash, sameSecret } from '../identity/digest.ts';
import type { Person } from './list.ts';
import { totpStepOf } from './totp.ts';

/** Whoever may change a device needs one; others, once the portal has given them one. */
const always: readonly Role[] = ['technician', 'admin'];

/** What somebody gave. */
export interface GivenFactors {
  readonly totp?: string | undefined;
  readonly recoveryCode?: string | undefined;
}

/** What it is judged by. */
export interface FactorGround {
  /** The secret of the codes by time; `undefined` where there is none, or it cannot be opened. */
  readonly secret: Uint8Array | undefined;
  readonly wallMs: number;
  readonly trust: ClockTrust;
  /** The last step somebody signed in with. */
  readonly usedStep: number | undefined;
  /** Whether a recovery code was used, by its hash. */
  readonly isUsed: (hash: string) => boolean;
}

/** What the factor was, to be kept as used; or that it is wrong. */
export type Factor =
  | { readonly is: 'none needed' }
  | { readonly is: 'totp'; readonly step: number }
  | { readonly is: 'recovery code'; readonly hash: string }
  | { readonly is: 'wrong' };

export const factorOf = (person: Person, given: GivenFactors, ground: FactorGround): Factor => {
  if (!always.includes(person.role) && person.totp === undefined) return { is: 'none needed' };
  const step = stepGiven(given, ground);
  if (step !== undefined) return { is: 'totp', step };
  const hash = codeGiven(person, given, ground);
  return hash === undefined ? { is: 'wrong' } : { is: 'recovery code', hash };
};

const stepGiven = (
  { totp }: GivenFactors,
  { secret, wallMs, trust, usedStep }: FactorGround,
): number | undefined =>
  totp === undefined || secret === undefined || trust === 'untrusted'
    ? undefined
    : totpStepOf(totp, secret, { wallMs, usedStep });

const codeGiven = (
  { recoveryCodes }: Person,
  { recoveryCode }: GivenFactors,
  { isUsed }: FactorGround,
): string | undefined => {
  const written = recoveryCode === undefined ? undefined : recoveryCodeAs(recoveryCode);
  if (written === undefined) return undefined;
  const fitting = recoveryCodes.filter(({ salt, hash }) =>
    sameSecret(saltedHash(salt, written), hash),
  );
  return fitting.find(({ hash }) => !isUsed(hash))?.hash;
};

/** A recovery code as it is hashed, however somebody typed it; `undefined` when it is none. */
export const recoveryCodeAs = (typed: string): string | undefined => {
  const bare = typed.toUpperCase().replaceAll(/[\s-]/g, '');
  const written = bare.replace(/^(.{4})(.{4})(.{4})(.{4})$/, '$1-$2-$3-$4');
  return recoveryCodeForm.test(written) ? written : undefined;
};
