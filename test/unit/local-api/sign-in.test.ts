import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signInLimits } from '../../../agent/access/limits.ts';
import { hired, installed, rosterOf, type Colleague } from '../../rigs/staff.ts';
import { openTill, tillDevice as device, type Reply, type Till } from './till.ts';

const minute = 60_000;
const hour = 60 * minute;

let maria: Colleague;
let tom: Colleague;
beforeAll(async () => {
  maria = await hired('maria', { role: 'cashier', device });
  tom = await hired('tom', { role: 'technician', device });
});

let till: Till;
beforeEach(async () => {
  till = await openTill({ offline: { enabled: true } });
  till.publish(rosterOf([maria, tom]));
});
afterEach(() => till.close());

const wallMs = () => Date.now() + till.shifted.allMs + till.shifted.wallMs;

/** Signs somebody in, with the code the phone shows unless told otherwise. */
const signIn = (who: Colleague, fields: object = {}): Promise<Reply> => {
  const { user, password } = who;
  const totp = user.totp === undefined ? {} : { totp: who.codeAt(wallMs()) };
  const body = { user: user.userId, password, ...totp, ...fields };
  return till.send('/v1/sessions', { method: 'POST', body, withoutKey: true });
};

const tokenOf = async (who: Colleague): Promise<string> => {
  const { body } = await signIn(who);
  return String(body['token']);
};

const as = (token: string) => ({ withoutKey: true, headers: { Authorization: `Bearer ${token}` } });

const said = ({ status, body }: Reply) => [status, body['code']];

/** The wall clock goes back before this release was built. */
const loseClock = () => (till.shifted.wallMs = -20 * 365 * 24 * hour);

test('a cashier signs in with a password, sells, and signs out', async () => {
  const signedIn = await signIn(maria);
  expect(signedIn.status).toBe(201);
  expect(signedIn.body).toMatchObject({ userId: 'maria', role: 'cashier', idleMinutes: 15 });
  const token = String(signedIn.body['token']);
  const sold = await till.send('/v1/transactions', {
    method: 'POST',
    body: { type: 'sale', amount: { value: 4250, currency: 'USD' } },
    withoutKey: true,
    headers: { 'Idempotency-Key': 'order-1', Authorization: `Bearer ${token}` },
  });
  expect(sold.status).toBe(202);
  const { order } = till.ledger.transactions.open()[0] ?? {};
  expect(order?.application).toBe('user:maria');
  const ended = await till.send('/v1/sessions/current', { ...as(token), method: 'DELETE' });
  expect([ended.status, ended.body]).toEqual([200, { ended: true }]);
  expect(said(await till.send('/v1/status', as(token)))).toEqual([401, 'unauthorized']);
});

test('the same idempotency key of a person and of a program is two sales', async () => {
  const { application, key } = installed('maria', ['transactions:write']);
  till.publish(rosterOf([maria], [application]));
  const token = await tokenOf(maria);
  await till.sell('same', {}, { 'x-api-key': key });
  till.post.tap();
  const sale = { type: 'sale', amount: { value: 4250, currency: 'USD' } };
  await till.send('/v1/transactions', {
    method: 'POST',
    body: sale,
    withoutKey: true,
    headers: { 'Idempotency-Key': 'same', Authorization: `Bearer ${token}` },
  });
  const page = till.ledger.transactions.list({ limit: 10 });
  const applications = page.map(({ order }) => order.application).sort();
  expect(applications).toEqual(['maria', 'user:maria']);
});

describe('the answer does not say what was wrong', () => {
  test.each([
    ['an unknown user', { user: 'nobody' }],
    ['a wrong password', { password: 'wrong' }],
    ['a wrong code', { totp: '000000' }],
    ['no code', { totp: undefined }],
    ['a wrong recovery code', { totp: undefined, recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }],
    ['a name of the machinery', { user: '__proto__' }],
  ])('%s', async (_, fields) => {
    const reply = await signIn(tom, fields);
    expect(said(reply)).toEqual([401, 'sign_in_refused']);
    expect(reply.body['detail']).toBe(reply.body['title']);
    expect(till.hashed).toHaveLength(1);
  });
});

test('somebody unknown costs the same as somebody known', async () => {
  await signIn(tom, { password: 'wrong' });
  await signIn(tom, { user: 'nobody' });
  const [known, unknown] = till.hashed.map(({ n, r, p }) => ({ n, r, p }));
  expect(unknown).toEqual(known);
});

test('a device nobody has told of users says so', async () => {
  till.publish({ users: [], applications: [] });
  expect(said(await signIn(maria))).toEqual([409, 'no_users_yet']);
  expect(till.hashed).toHaveLength(0);
});

describe('codes', () => {
  test('a technician needs one, and a code is taken once', async () => {
    const totp = tom.codeAt(wallMs());
    expect((await signIn(tom, { totp })).status).toBe(201);
    expect(said(await signIn(tom, { totp }))).toEqual([401, 'sign_in_refused']);
    till.shifted.allMs += minute;
    expect((await signIn(tom)).status).toBe(201);
  });

  test('a cashier who was given a phone needs one too', async () => {
    const anna = await hired('anna', { role: 'cashier', device, hasPhone: true });
    till.publish(rosterOf([anna]));
    expect(said(await signIn(anna, { totp: undefined }))).toEqual([401, 'sign_in_refused']);
    expect((await signIn(anna)).status).toBe(201);
  });

  test('a technician whom nobody gave one cannot sign in', async () => {
    const bob = await hired('bob', { role: 'technician', device, hasPhone: false });
    till.publish(rosterOf([{ ...bob, user: { ...bob.user, recoveryCodes: [] } }]));
    expect(said(await signIn(bob))).toEqual([401, 'sign_in_refused']);
  });

  test('a secret that was sealed to another device opens nothing', async () => {
    const eve = await hired('eve', { role: 'admin', device: 'client-1/device-2' });
    till.publish(rosterOf([eve]));
    expect(said(await signIn(eve))).toEqual([401, 'sign_in_refused']);
    const [recoveryCode] = eve.recoveryCodes;
    expect((await signIn(eve, { totp: undefined, recoveryCode })).status).toBe(201);
  });

  test('while the clock is not trusted a recovery code stands in, once', async () => {
    loseClock();
    const refused = await signIn(tom);
    expect(said(refused)).toEqual([401, 'sign_in_refused']);
    expect(refused.body['detail']).toMatch(/use a recovery code/);
    const [first = '', second = ''] = tom.recoveryCodes;
    const typed = ` ${first.toLowerCase().replaceAll('-', ' ')} `;
    expect((await signIn(tom, { totp: undefined, recoveryCode: typed })).status).toBe(201);
    const again = await signIn(tom, { totp: undefined, recoveryCode: first });
    expect(said(again)).toEqual([401, 'sign_in_refused']);
    expect((await signIn(tom, { totp: undefined, recoveryCode: second })).status).toBe(201);
  });

  test('a wrong password uses no code up', async () => {
    const [recoveryCode] = tom.recoveryCodes;
    const totp = tom.codeAt(wallMs());
    await signIn(tom, { password: 'wrong', totp, recoveryCode });
    expect((await signIn(tom, { totp })).status).toBe(201);
    expect((await signIn(tom, { totp: undefined, recoveryCode })).status).toBe(201);
  });
});

describe('sessions', () => {
  const status = async (token: string) => (await till.send('/v1/status', as(token))).status;

  test('end when they are not used', async () => {
    const token = await tokenOf(maria);
    till.shifted.allMs += 14 * minute;
    expect(await status(token)).toBe(200);
    till.shifted.allMs += 14 * minute;
    expect(await status(token)).toBe(200);
    till.shifted.allMs += 16 * minute;
    expect(await status(token)).toBe(401);
  });

  test('end after twelve hours, however much they are used', async () => {
    const token = await tokenOf(maria);
    for (let spent = 0; spent < 12 * hour - 10 * minute; spent += 10 * minute) {
      till.shifted.allMs += 10 * minute;
      expect(await status(token)).toBe(200);
    }
    till.shifted.allMs += 10 * minute;
    expect(await status(token)).toBe(401);
  });

  test('do not end when the wall clock jumps', async () => {
    const token = await tokenOf(maria);
    till.shifted.wallMs = 30 * 24 * hour;
    expect(await status(token)).toBe(200);
  });

  test.each([
    ['is dropped', () => rosterOf([tom])],
    ['is disabled', () => rosterOf([{ ...maria, user: { ...maria.user, disabled: true } }, tom])],
    [
      'has another role',
      () => rosterOf([{ ...maria, user: { ...maria.user, role: 'supervisor' } }]),
    ],
    [
      'has another password',
      () => rosterOf([{ ...maria, user: { ...maria.user, password: tom.user.password } }]),
    ],
  ])('end when somebody %s, and do not come back', async (_, roster) => {
    const [token, other] = [await tokenOf(maria), await tokenOf(maria)];
    till.publish(roster());
    expect(await status(token)).toBe(401);
    till.publish(rosterOf([maria, tom]));
    expect([await status(token), await status(other)]).toEqual([401, 401]);
  });

  test('go on when the document changes for others', async () => {
    const token = await tokenOf(maria);
    till.publish(rosterOf([maria]));
    expect(await status(token)).toBe(200);
  });

  test('of one user are a few, and a new one ends the oldest', async () => {
    const tokens: string[] = [];
    for (let i = 0; i <= signInLimits.sessionsOfOneUser; i += 1) tokens.push(await tokenOf(maria));
    expect(await status(tokens[0] ?? '')).toBe(401);
    expect(await status(tokens[1] ?? '')).toBe(200);
    expect(await status(tokens.at(-1) ?? '')).toBe(200);
  });

  test('a key has none to end', async () => {
    const reply = await till.send('/v1/sessions/current', { method: 'DELETE' });
    expect(said(reply)).toEqual([409, 'conflict']);
  });

  test('nothing is signed into where nothing can be written', async () => {
    till.breakDisk(true);
    expect(said(await signIn(maria))).toEqual([503, 'storage_unavailable']);
    till.breakDisk(false);
    expect((await signIn(maria)).status).toBe(201);
  });
});

describe('lockout', () => {
  const fail = async (times: number, user = 'maria') => {
    for (let i = 0; i < times; i += 1) await signIn(maria, { user, password: 'wrong' });
  };

  test.each(['maria', 'nobody'])(
    'five failures lock %s out for a quarter of an hour',
    async (user) => {
      await fail(5, user);
      const locked = await signIn(maria, { user });
      expect(said(locked)).toEqual([429, 'locked_out']);
      const seconds = Number(locked.headers['retry-after']);
      expect(seconds).toBeGreaterThan(14 * 60);
      expect(seconds).toBeLessThanOrEqual(15 * 60);
      expect(locked.body['detail']).toMatch(/wait 15 min/);
      expect(till.hashed).toHaveLength(5);
    },
  );

  test('the right password waits for its end, and then begins anew', async () => {
    await fail(5);
    expect(said(await signIn(maria))).toEqual([429, 'locked_out']);
    till.shifted.wallMs = 24 * hour;
    expect(said(await signIn(maria))).toEqual([429, 'locked_out']);
    till.shifted.allMs += 15 * minute;
    expect((await signIn(maria)).status).toBe(201);
    await fail(4);
    expect((await signIn(maria)).status).toBe(201);
  });

  test('a new password at the portal lifts it, and no other change does', async () => {
    await fail(5);
    till.publish(rosterOf([maria]));
    expect(said(await signIn(maria))).toEqual([429, 'locked_out']);
    const anew = await hired('maria', { role: 'cashier', device });
    till.publish(rosterOf([anew]));
    expect((await signIn(anew)).status).toBe(201);
  });

  test('new codes lift it too, and of nobody else', async () => {
    await fail(5);
    await fail(5, 'tom');
    const { recoveryCodes } = (await hired('tom', { role: 'technician', device })).user;
    till.publish(rosterOf([maria, { ...tom, user: { ...tom.user, recoveryCodes } }]));
    expect((await signIn(tom)).status).toBe(201);
    expect(said(await signIn(maria))).toEqual([429, 'locked_out']);
  });

  test('where nothing can be written it stays, and nothing falls over', async () => {
    await fail(5);
    const anew = await hired('maria', { role: 'cashier', device });
    till.breakDisk(true);
    till.publish(rosterOf([anew]));
    till.breakDisk(false);
    expect(said(await signIn(anew))).toEqual([429, 'locked_out']);
  });

  test('it survives a restart, and so does a code that was used', async () => {
    const totp = tom.codeAt(wallMs());
    const [recoveryCode] = tom.recoveryCodes;
    expect((await signIn(tom, { totp })).status).toBe(201);
    expect((await signIn(tom, { totp: undefined, recoveryCode })).status).toBe(201);
    const token = await tokenOf(maria);
    await fail(5);
    const { directory } = till;
    await till.close('keeping its data');
    till = await openTill({}, directory);
    till.publish(rosterOf([maria, tom]));
    expect(said(await signIn(maria))).toEqual([429, 'locked_out']);
    expect(said(await signIn(tom, { totp }))).toEqual([401, 'sign_in_refused']);
    const again = await signIn(tom, { totp: undefined, recoveryCode });
    expect(said(again)).toEqual([401, 'sign_in_refused']);
    expect((await till.send('/v1/status', as(token))).status).toBe(401);
  });

  test('the portal hears of what somebody known did', async () => {
    await fail(5);
    await signIn(maria);
    await signIn(maria);
    await till.send('/v1/sessions/current', { ...as(await tokenOf(tom)), method: 'DELETE' });
    const by = { kind: 'user', id: 'maria', role: 'cashier' };
    const refused = { act: 'sign-in', by, result: 'refused', code: 'sign_in_refused' };
    const technician = { kind: 'user', id: 'tom', role: 'technician' };
    expect(till.audits()).toEqual([
      ...[refused, refused, refused, refused],
      { ...refused, code: 'locked_out' },
      { ...refused, code: 'locked_out' },
      { act: 'sign-in', by: technician, result: 'succeeded' },
      { act: 'sign-out', by: technician, result: 'succeeded' },
    ]);
  });
});
