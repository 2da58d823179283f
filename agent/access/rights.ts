/**
 * Rights: what there is to be allowed on the local API, and whom. Every route names the right it needs.
 *
 * A program has a right through any one of its scopes, a person through a role. The four scopes are coarser
 * than the roles: a till that may sell also closes its batch, a cashier does not.
 */
import { scopes, roles, type Role, type Scope } from '../../contract/index.ts';
import type { Asker } from './asker.ts';

export interface RightRow {
  readonly says: string;
  /** Any one of them gives it. */
  readonly scopes: readonly Scope[];
  readonly roles: readonly Role[];
}

export const rights = {
  look: {
    says: 'see how the device and its readers stand; end one’s own session',
    scopes,
    roles,
  },
  sell: {
    says: 'begin, cancel, accept and reject transactions',
    scopes: ['transactions:write'],
    roles: ['cashier', 'supervisor', 'admin'],
  },
  'read transactions': {
    says: 'see transactions, receipts and the queue',
    scopes: ['transactions:read'],
    roles,
  },
  'read reports': {
    says: 'see reports and batches',
    scopes: ['reports:read'],
    roles: ['supervisor', 'technician', 'admin'],
  },
  'close batches': {
    says: 'close a batch',
    scopes: ['transactions:write'],
    roles: ['supervisor', 'admin'],
  },
  'hold queue': {
    says: 'hold and release what waits in the queue',
    scopes: ['transactions:write'],
    roles: ['supervisor', 'admin'],
  },
  connect: {
    says: 'connect to the portal now, and forward the queue',
    scopes: ['transactions:write', 'devices:manage'],
    roles: ['supervisor', 'technician', 'admin'],
  },
  measure: {
    says: 'read the metrics',
    scopes: ['reports:read', 'devices:manage'],
    roles: ['supervisor', 'technician', 'admin'],
  },
  'manage device': {
    says: 'test and watch readers, see and hold the settings',
    scopes: ['devices:manage'],
    roles: ['technician', 'admin'],
  },
} as const satisfies Record<string, RightRow>;

export type Right = keyof typeof rights;

/** Whether somebody has a right. */
export const has = (asker: Asker, right: Right): boolean => {
  const row: RightRow = rights[right];
  switch (asker.kind) {
    case 'nobody':
      return false;
    case 'application':
      return asker.scopes.some((scope) => row.scopes.includes(scope));
    case 'user':
      return row.roles.includes(asker.role);
  }
};

/** What is missing to somebody who has not the right, as a sentence. */
export const missing = (asker: Asker, right: Right): string => {
  const row: RightRow = rights[right];
  const scope = row.scopes.join(' or ');
  return asker.kind === 'user'
    ? `This is for the roles ${row.roles.join(', ')} (scope ${scope}); you are signed in as ${asker.role}.`
    : `This needs a key with the scope ${scope}.`;
};
