/** Every route against every role and every scope: who may what stands here once more, in the other order. */
import { describe, expect, test } from 'vitest';
import { roles, scopes, type Role, type Scope } from '../../../contract/index.ts';
import type { Asker } from '../../../agent/access/asker.ts';
import { has, missing, rights, type RightRow } from '../../../agent/access/rights.ts';
import { routes } from '../../../agent/local-api/routes.ts';

const everybody = ['cashier', 'supervisor', 'technician', 'admin'] as const;
const office = ['supervisor', 'technician', 'admin'] as const;
const seniors = ['supervisor', 'admin'] as const;
const sellers = ['cashier', 'supervisor', 'admin'] as const;
const technical = ['technician', 'admin'] as const;

/** Of each route: the roles, and the scopes any one of which will do. */
const expected: Readonly<Record<string, readonly [readonly Role[], readonly Scope[]] | 'open'>> = {
  getHealth: 'open',
  getOpenApi: 'open',
  openSession: 'open',
  getStatus: [everybody, scopes],
  listReaders: [everybody, scopes],
  endSession: [everybody, scopes],
  beginTransaction: [sellers, ['transactions:write']],
  cancelTransaction: [sellers, ['transactions:write']],
  acceptTransaction: [sellers, ['transactions:write']],
  rejectTransaction: [sellers, ['transactions:write']],
  listTransactions: [everybody, ['transactions:read']],
  getTransaction: [everybody, ['transactions:read']],
  getReceipt: [everybody, ['transactions:read']],
  getQueue: [everybody, ['transactions:read']],
  holdRecord: [seniors, ['transactions:write']],
  releaseRecord: [seniors, ['transactions:write']],
  closeBatch: [seniors, ['transactions:write']],
  forwardQueue: [office, ['transactions:write', 'devices:manage']],
  listBatches: [office, ['reports:read']],
  getBatch: [office, ['reports:read']],
  getSummary: [office, ['reports:read']],
  getBatchReport: [office, ['reports:read']],
  getMetrics: [office, ['reports:read', 'devices:manage']],
  testReader: [technical, ['devices:manage']],
  watchReader: [technical, ['devices:manage']],
  getConfig: [technical, ['devices:manage']],
  getConfigHistory: [technical, ['devices:manage']],
  previewConfig: [technical, ['devices:manage']],
  holdConfig: [technical, ['devices:manage']],
};

const person = (role: Role): Asker => ({ kind: 'user', id: 'maria', role, session: 's' });
const program = (...given: Scope[]): Asker => ({ kind: 'application', id: 'till', scopes: given });

test('every route has a row here, and no other', () => {
  expect(Object.keys(expected).sort()).toEqual(routes.map(({ name }) => name).sort());
});

describe.each(routes.map((route) => [route.name, route] as const))('%s', (name, route) => {
  const row = expected[name];
  if (row === 'open' || row === undefined) {
    test('answers anybody', () => {
      expect([route.open, row]).toEqual([true, 'open']);
    });
    return;
  }
  const [mayRoles, mayScopes] = row;
  const right = route.needs ?? 'look';

  test.each(roles)('to a %s', (role) => {
    expect(has(person(role), right)).toBe(mayRoles.includes(role));
  });

  test.each(scopes)('to a program with %s', (scope) => {
    expect(has(program(scope), right)).toBe(mayScopes.includes(scope));
  });

  test('to nobody else', () => {
    expect(has({ kind: 'nobody' }, right)).toBe(false);
    expect(has(program(), right)).toBe(false);
    expect(has(program(...scopes), right)).toBe(true);
  });
});

/** What each role is, in scopes: nobody does more than a program with these could. */
const scopesOfRole: Readonly<Record<Role, readonly Scope[]>> = {
  cashier: ['transactions:write', 'transactions:read'],
  supervisor: ['transactions:write', 'transactions:read', 'reports:read'],
  technician: ['devices:manage', 'transactions:read', 'reports:read'],
  admin: scopes,
};

test.each(roles)('what a %s may, the scopes of the role allow', (role) => {
  for (const row of Object.values<RightRow>(rights)) {
    const isWithin = row.scopes.some((scope) => scopesOfRole[role].includes(scope));
    if (row.roles.includes(role)) expect([row.says, isWithin]).toEqual([row.says, true]);
  }
});

test('whoever lacks something is told the scope', () => {
  expect(missing(program('reports:read'), 'sell')).toBe(
    'This needs a key with the scope transactions:write.',
  );
  expect(missing(person('cashier'), 'connect')).toBe(
    'This is for the roles supervisor, technician, admin (scope transactions:write or devices:manage); ' +
      'you are signed in as cashier.',
  );
});
