import { describe, expect, test } from 'vitest';
import { accessListOf, type Moment } from '../../../agent/access/list.ts';
import { applicationOf } from '../../../agent/access/asker.ts';
import { hired, installed, rosterOf } from '../../rigs/staff.ts';

const device = 'client-1/device-1';
const issuedAt = 1_000_000;
const moment = (wallMs: number, trust: Moment['trust'] = 'trusted'): Moment => ({ wallMs, trust });
const listOf = (body: unknown) => accessListOf({ version: 1, issuedAt, body });

describe('an application', () => {
  const till = installed('till', ['transactions:write', 'reports:read']);
  const list = listOf(rosterOf([], [till.application]));

  test('is known by its key, with its scopes', () => {
    expect(list.application(till.key, moment(0))).toEqual({
      ...{ kind: 'application', id: 'till' },
      scopes: ['transactions:write', 'reports:read'],
    });
  });

  test.each([
    ['another secret', (key: string) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`],
    ['another name', (key: string) => key.replace(/_.{8}_/, '_00000000_')],
    ['more behind it', (key: string) => `${key}0`],
    ['another case', (key: string) => key.toLowerCase()],
    ['nothing', () => ''],
  ])('is not known by a key with %s', (_, spoil) => {
    expect(list.application(spoil(till.key), moment(0))).toBeUndefined();
  });

  test('may have several keys at a time', () => {
    const other = installed('till', []);
    const keys = [...till.application.keys, ...other.application.keys];
    const both = listOf(rosterOf([], [{ ...till.application, keys }]));
    for (const key of [till.key, other.key]) {
      expect(both.application(key, moment(0))).toMatchObject({ id: 'till' });
    }
  });

  test('has none of the scopes this release does not know', () => {
    const odd = installed('odd', ['moon:land', 'transactions:read']);
    const known = listOf(rosterOf([], [odd.application])).application(odd.key, moment(0));
    expect(known).toMatchObject({ scopes: ['transactions:read'] });
  });
});

test.each([
  ['before it begins', 'trusted', 1_499_999, false],
  ['once it has begun', 'trusted', 1_500_000, true],
  ['before it ends', 'bounded', 1_999_999, true],
  ['once it has ended', 'bounded', 2_000_000, false],
  ['with a clock far ahead that nobody trusts', 'untrusted', 9_000_000, false],
] as const)('a key %s', (_, trust, wallMs, isTaken) => {
  const { application, key } = installed('till', [], { from: 1_500_000, until: 2_000_000 });
  const list = listOf(rosterOf([], [application]));
  expect(list.application(key, moment(wallMs, trust)) !== undefined).toBe(isTaken);
});

test('without a clock nothing expires, and what had begun when the portal wrote has begun', () => {
  const { application, key } = installed('till', [], { from: issuedAt, until: 2_000_000 });
  const list = listOf(rosterOf([], [application]));
  for (const wallMs of [0, 9_000_000]) {
    expect(list.application(key, moment(wallMs, 'untrusted'))).toMatchObject({ id: 'till' });
  }
});

describe('people', () => {
  test('who are disabled, or of a role this release does not know, are not there', async () => {
    const maria = await hired('maria', { role: 'cashier', device });
    const list = listOf({
      ...rosterOf([maria]),
      users: [
        maria.user,
        { ...maria.user, userId: 'gone', disabled: true },
        { ...maria.user, userId: 'odd', role: 'astronaut' },
      ],
    });
    expect(list.hasUsers).toBe(true);
    expect(list.person('maria')?.role).toBe('cashier');
    for (const userId of ['gone', 'odd', 'nobody', '__proto__']) {
      expect(list.person(userId)).toBeUndefined();
    }
  });

  test('are hashed like the others when nobody knows them', async () => {
    const cost = { n: 32_768, p: 2 } as const;
    const maria = await hired('maria', { role: 'cashier', device, cost });
    expect(listOf(rosterOf([maria])).decoy).toMatchObject(cost);
  });
});

test.each([undefined, {}, { users: [{}], applications: [] }])(
  'a document that is %o lets nobody in',
  (body) => {
    const list = listOf(body);
    expect(list.hasUsers).toBe(false);
    expect(list.application(`hfk_00000000_${'0'.repeat(32)}`, moment(0))).toBeUndefined();
  },
);

test('no person shares idempotency keys with a program', () => {
  const person = applicationOf({ kind: 'user', id: 'till', role: 'cashier', session: 's' });
  expect(person).toBe('user:till');
  expect(applicationOf({ kind: 'application', id: 'till', scopes: [] })).toBe('till');
});
