/**
 * Sessions: who is signed in. In memory only, and of each token its hash only: a restart ends them all.
 *
 * Time is monotonic. Every look at a session asks the access list again, so that whoever was dropped,
 * disabled or given another role or password is out with the next call at the latest.
 */
import { sha256, sameSecret } from '../identity/digest.ts';
import type { World } from '../world.ts';
import type { Asker } from './asker.ts';
import { signInLimits } from './limits.ts';
import type { AccessList, Person } from './list.ts';

/** How a session is proved: by a token a program sends itself, or by a cookie a browser sends. */
export type SessionKind = 'bearer' | 'console';

/** What is told once, to whoever signed in. */
export interface OpenedSession {
  readonly token: string;
  /** What a page sends besides its cookie. */
  readonly csrfToken: string;
}

export interface Sessions {
  /** Opens one; `undefined` when there is no room, and none of this user's own to end for it. */
  open(person: Person, kind: SessionKind): OpenedSession | undefined;
  /** Whose token it is, while the session lives; this is taken as a sign of life. */
  asker(token: string, kind: SessionKind): Asker | undefined;
  /** Whether a CSRF token belongs to a session. */
  isOwnCsrf(session: string, csrfToken: string): boolean;
  end(session: string): void;
  /** Ends those of users who are not what they were. */
  review(): void;
}

export interface SessionParts {
  readonly world: Pick<World, 'clock' | 'dice'>;
  readonly list: () => AccessList;
  /** How long one lives unused and at most, ms. */
  readonly lives: () => { readonly idleMs: number; readonly wholeMs: number };
}

interface Session {
  readonly name: string;
  readonly kind: SessionKind;
  readonly userId: string;
  readonly role: Person['role'];
  /** What the password was checked with; another password ends the session. */
  readonly passwordMark: string;
  readonly csrfHash: string;
  readonly openedAt: number;
  usedAt: number;
}

const tokenBytes = 32;

export const sessionsOf = ({ world, list, lives }: SessionParts): Sessions => {
  const sessions = new Map<string, Session>();
  const now = () => world.clock.monotonicMs();
  const isAlive = (session: Session): boolean => {
    const { idleMs, wholeMs } = lives();
    const person = list().person(session.userId);
    return (
      now() - session.usedAt < idleMs &&
      now() - session.openedAt < wholeMs &&
      person?.role === session.role &&
      markOf(person) === session.passwordMark
    );
  };
  const review = () => {
    for (const session of sessions.values()) {
      if (!isAlive(session)) sessions.delete(session.name);
    }
  };
  const drawn = () => Buffer.from(world.dice.bytes(tokenBytes)).toString('base64url');
  return {
    review,
    open: (person, kind) => {
      review();
      makeRoom(sessions, person.userId);
      if (sessions.size >= signInLimits.sessions) return undefined;
      const opened = { token: drawn(), csrfToken: drawn() };
      const { userId, role } = person;
      const name = sha256(opened.token);
      sessions.set(name, {
        ...{ name, kind, userId, role, passwordMark: markOf(person) },
        ...{ csrfHash: sha256(opened.csrfToken), openedAt: now(), usedAt: now() },
      });
      return opened;
    },
    asker: (token, kind) => {
      // Looked up by its hash, nothing can be learned of a token from how long that takes.
      const session = sessions.get(sha256(token));
      if (session === undefined || session.kind !== kind) return undefined;
      if (!isAlive(session)) {
        sessions.delete(session.name);
        return undefined;
      }
      session.usedAt = now();
      const { userId: id, role, name } = session;
      return { kind: 'user', id, role, session: name };
    },
    isOwnCsrf: (name, csrfToken) =>
      sameSecret(sessions.get(name)?.csrfHash ?? '', sha256(csrfToken)),
    end: (name) => void sessions.delete(name),
  };
};

/** Ends the oldest sessions of a user who has as many as one may have. */
const makeRoom = (sessions: Map<string, Session>, userId: string): void => {
  // A map keeps the order things came in.
  const own = [...sessions.values()].filter((session) => session.userId === userId);
  const isFull = sessions.size >= signInLimits.sessions;
  const keep = isFull ? own.length - 1 : signInLimits.sessionsOfOneUser - 1;
  for (const { name } of own.slice(0, Math.max(0, own.length - keep))) sessions.delete(name);
};

const markOf = ({ password: { n, p, salt, hash } }: Person): string => `${n}/${p}/${salt}/${hash}`;
