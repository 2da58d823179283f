/**
 * Access: who asks, and whether they may. Keys and sessions are judged by the last document of the portal,
 * also while nobody can be reached; the device's own key needs no document.
 */
import { scopes, subjectName } from '../../contract/index.ts';
import { sameSecret } from '../identity/digest.ts';
import { totpContext } from '../identity/hpke.ts';
import type { Scrypt } from '../identity/passwords.ts';
import type { WrappingKey } from '../identity/wrapping-key.ts';
import type { Settings } from '../../config/index.ts';
import type { KeptDocument } from '../ledger/desired.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Refused } from '../payments/entering.ts';
import type { World } from '../world.ts';
import { localApplication, type Asker } from './asker.ts';
import { auditedBy, auditOf, type Audit } from './audit.ts';
import { accessListOf, type AccessList, type Person } from './list.ts';
import { liftLocks } from './lifted-locks.ts';
import { signInLimits } from './limits.ts';
import { has, missing, type Right } from './rights.ts';
import { sessionsOf, type Sessions } from './sessions.ts';
import { signInOf, type SignedIn, type SignInOrder } from './sign-in.ts';
import { turnstileOf } from './turnstile.ts';

/** What a request brought to prove who asks; the first there is decides, and no other is looked at. */
export interface Proof {
  /** `x-api-key`. */
  readonly apiKey?: string | undefined;
  /** The token of `Authorization: Bearer`; empty when the header says something else. */
  readonly bearer?: string | undefined;
  /** The console's cookie, and what came with it. */
  readonly cookie?: string | undefined;
  readonly csrfToken?: string | undefined;
  /** Whether the call only reads: a browser sends a cookie with those from anywhere. */
  readonly isSafe: boolean;
}

export interface Access {
  readonly audit: Audit;
  /** Who asks, or why that is not believed. */
  recognise(proof: Proof): Asker | Refused;
  /** Why somebody may not do this; told to the portal, too. */
  refusalOf(asker: Asker, right: Right, call: string): Refused | undefined;
  signIn(order: SignInOrder): Promise<SignedIn | Refused>;
  signOut(asker: Asker): void;
  /** Another document was taken in. */
  changed(): void;
  /** Nothing is decided any more. */
  stop(): void;
}

export interface AccessParts {
  readonly world: Pick<World, 'clock' | 'dice'>;
  readonly settings: Pick<Settings, 'session.hours' | 'session.idleMinutes'>;
  readonly ledger: Ledger;
  /** The last access document that was taken in. */
  readonly document: () => KeptDocument | undefined;
  readonly localKey: string;
  /** Opens what the portal has sealed to this device. */
  readonly wrappingKey: Pick<WrappingKey, 'open'>;
  readonly hash: (password: string, how: Scrypt) => Promise<string>;
  /** Sends what was written. */
  readonly wake: () => void;
}

const refused = (code: Refused['code'], detail?: string): Refused => ({
  ...{ is: 'refused', code },
  ...(detail === undefined ? {} : { detail }),
});

export const accessOf = (parts: AccessParts): Access => {
  const { world, ledger, wake } = parts;
  let known = accessListOf(parts.document());
  let isOver = false;
  const list = () => known;
  const sessions = sessionsOf({ world, list, lives: () => livesBy(parts) });
  const audit = auditOf({ ledger, clock: world.clock, wake });
  const signIn = signInOf({
    ...{ world, ledger, list, sessions, audit, wake, hash: parts.hash },
    turnstile: turnstileOf(signInLimits.waiting),
    secretOf: (person) => secretOf(parts, person),
    isOver: () => isOver,
  });
  return {
    audit,
    signIn,
    recognise: (proof) => recognised(parts, { list, sessions }, proof),
    refusalOf: (asker, right, call) => {
      if (has(asker, right)) return undefined;
      const { by } = auditedBy(asker);
      const refusal = refused('forbidden', missing(asker, right));
      const act = { act: 'call', ...(by && { by }), about: call, code: refusal.code } as const;
      audit.tellOnce(`${by?.kind}:${by?.id}:${call}`, { ...act, result: 'refused' });
      return refusal;
    },
    signOut: (asker) => {
      if (asker.kind !== 'user') return;
      sessions.end(asker.session);
      audit.tell({ act: 'sign-out', ...auditedBy(asker), result: 'succeeded' });
    },
    changed: () => {
      const before = known;
      known = accessListOf(parts.document());
      sessions.review();
      liftLocks(ledger, before, known);
    },
    stop: () => void (isOver = true),
  };
};

const livesBy = ({ settings }: AccessParts) => ({
  idleMs: settings['session.idleMinutes'] * 60_000,
  wholeMs: settings['session.hours'] * 3_600_000,
});

const recognised = (
  { world, ledger, localKey }: AccessParts,
  { list, sessions }: { list: () => AccessList; sessions: Sessions },
  { apiKey, bearer, cookie, csrfToken, isSafe }: Proof,
): Asker | Refused => {
  if (apiKey !== undefined) {
    const isLocal = sameSecret(apiKey, localKey);
    const moment = { wallMs: world.clock.wallMs(), trust: ledger.clock.trust() };
    const application = list().application(apiKey, moment);
    return isLocal ? localAsker : (application ?? refused('unauthorized', keyUnknown));
  }
  if (bearer !== undefined) {
    return sessions.asker(bearer, 'bearer') ?? refused('unauthorized', sessionUnknown);
  }
  const asker = cookie === undefined ? undefined : sessions.asker(cookie, 'console');
  if (asker?.kind !== 'user') {
    return refused('unauthorized', cookie === undefined ? undefined : sessionUnknown);
  }
  const isOwn = isSafe || sessions.isOwnCsrf(asker.session, csrfToken ?? '');
  return isOwn ? asker : refused('csrf');
};

// The same for one that was never good and one that is good no more.
const keyUnknown =
  'The API key that was sent is not known here, or not any more; ask for a new one, and look at its dates.';
const sessionUnknown = 'The session that was sent is not known here, or over; sign in again.';

const localAsker: Asker = { kind: 'application', id: localApplication, scopes };

// One that cannot be opened counts as none: its owner has recovery codes, the portal seals it anew.
const secretOf = (
  { ledger: { subject }, wrappingKey }: AccessParts,
  { userId, totp }: Person,
): Uint8Array | undefined => {
  if (totp === undefined) return undefined;
  const sealed = new Uint8Array(Buffer.from(totp.sealed, 'base64'));
  try {
    return wrappingKey.open(sealed, totpContext(subjectName(subject), userId));
  } catch {
    return undefined;
  }
};
