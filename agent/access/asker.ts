/** Who asks: a program with its scopes, or a person with a role. */
import type { Actor, Role, Scope } from '../../contract/index.ts';

export type Asker =
  /** Somebody who has proved nothing, at a call that is open. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'application'; readonly id: string; readonly scopes: readonly Scope[] }
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly role: Role;
      /** Names the session, for whoever ends it. */
      readonly session: string;
    };

/** Who asks at a call that is open. */
export const nobody: Asker = { kind: 'nobody' };

/** The application whoever holds the device's own key is known as. */
export const localApplication = 'local';

/**
 * Whose idempotency keys count together (invariant I1). No application has a colon in its name, so that no
 * person's key is ever a program's.
 */
export const applicationOf = (asker: Asker): string => {
  switch (asker.kind) {
    case 'nobody':
      return 'nobody';
    case 'application':
      return asker.id;
    case 'user':
      return `user:${asker.id}`;
  }
};

/** Who did it, as facts tell it; a program's role says that it is one. */
export const actorOf = (asker: Asker): Actor => {
  switch (asker.kind) {
    case 'nobody':
      return { userId: 'nobody' };
    case 'application':
      return { userId: asker.id, role: asker.id === localApplication ? 'admin' : 'application' };
    case 'user':
      return { userId: asker.id, role: asker.role };
  }
};
