/** Attacks on who may do what: each is a way in that somebody would try, and the refusal that meets it. */
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signInLimits } from '../../../agent/access/limits.ts';
import { home } from '../../house/tree.ts';
import { hired, installed, rosterOf, type Colleague } from '../../rigs/staff.ts';
import { localKey, openTill, tillDevice as device, type Reply, type Till } from './till.ts';

const minute = 60_000;

let maria: Colleague;
let tom: Colleague;
beforeAll(async () => {
  maria = await hired('maria', { role: 'supervisor', device });
  tom = await hired('tom', { role: 'technician', device });
});

let till: Till;
beforeEach(async () => {
  till = await openTill({ offline: { enabled: true } });
  till.publish(rosterOf([maria, tom]));
});
afterEach(() => till.close());

const said = ({ status, body }: Reply) => [status, body['code']];

const signIn = (fields: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  till.send('/v1/sessions', {
    method: 'POST',
    body: { user: 'maria', password: maria.password, ...fields },
    withoutKey: true,
    headers,
  });

interface ConsoleSession {
  readonly cookie: string;
  readonly token: string;
  readonly csrf: string;
}

const atConsole = async (
  headers: Readonly<Record<string, string>> = {},
): Promise<ConsoleSession> => {
  const { body, headers: sent } = await signIn({ console: true }, headers);
  const [setCookie = ''] = [sent['set-cookie'] ?? []].flat();
  const [cookie = ''] = setCookie.split(';');
  return { cookie, token: cookie.split('=')[1] ?? '', csrf: String(body['csrfToken']) };
};

const close = (headers: Readonly<Record<string, string>>): Promise<Reply> =>
  till.send('/v1/batches/current/close', { method: 'POST', withoutKey: true, headers });

describe('guessing passwords', () => {
  test('of many users at once: after thirty failures nobody may try, also after a restart', async () => {
    for (let i = 0; i < signInLimits.failuresOfAll; i += 1) {
      expect(said(await signIn({ user: `user-${i}`, password: 'Spring2026!' }))).toEqual([
        401,
        'sign_in_refused',
      ]);
    }
    expect(said(await signIn({}))).toEqual([429, 'too_many_failures']);
    expect(till.hashed).toHaveLength(signInLimits.failuresOfAll);
    const { directory } = till;
    await till.close('keeping its data');
    till = await openTill({}, directory);
    till.publish(rosterOf([maria]));
    const refused = await signIn({});
    expect(said(refused)).toEqual([429, 'too_many_failures']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(14 * 60);
    till.shifted.allMs += 15 * minute;
    expect((await signIn({})).status).toBe(201);
  });

  test('of one user, all at the same moment: five are looked at, then even the right one waits', async () => {
    const wrong = Array.from({ length: 8 }, () => signIn({ password: 'wrong' }));
    const replies = await Promise.all([...wrong, signIn({})]);
    const codes = replies.map(({ body }) => body['code']);
    expect(codes.filter((code) => code === 'sign_in_refused')).toHaveLength(5);
    expect(codes.filter((code) => code === 'locked_out')).toHaveLength(4);
    expect(said(await signIn({}))).toEqual([429, 'locked_out']);
  });

  test('by as many requests as there can be: few wait, the others are turned away', async () => {
    const many = Array.from({ length: 40 }, (_, i) => signIn({ user: `user-${i}` }));
    const codes = (await Promise.all(many)).map(({ body }) => body['code']);
    const busy = codes.filter((code) => code === 'sign_in_busy').length;
    expect(busy).toBeGreaterThan(0);
    expect(till.hashed).toHaveLength(40 - busy);
  });

  test('fills no log: strangers make one fact a minute', async () => {
    for (let i = 0; i < 12; i += 1) await signIn({ user: `user-${i}`, password: 'wrong' });
    const stranger = { act: 'sign-in', result: 'refused', code: 'sign_in_refused' };
    expect(till.audits()).toEqual([stranger]);
    till.shifted.allMs += minute;
    await signIn({ user: 'user-99', password: 'wrong' });
    expect(till.audits()).toEqual([stranger, stranger]);
  });

  test('typed into the wrong field, a password is in no file', async () => {
    const secret = 'hunter2-in-the-wrong-field';
    await signIn({ user: secret });
    till.ledger.checkpoint();
    expect(readFileSync(`${till.directory}/ledger.sqlite`).includes(secret)).toBe(false);
    expect(till.logged.join('\n')).not.toContain(secret);
  });
});

test('a TOTP that somebody looked at is worth nothing once it was used, in no session', async () => {
  const totp = tom.codeAt(Date.now());
  const order = { user: 'tom', password: tom.password, totp };
  expect((await signIn(order)).status).toBe(201);
  expect(said(await signIn(order))).toEqual([401, 'sign_in_refused']);
  expect(said(await signIn({ ...order, console: true }))).toEqual([401, 'sign_in_refused']);
});

test('two people who type the same TOTP at the same moment: one is let in', async () => {
  const order = { user: 'tom', password: tom.password, totp: tom.codeAt(Date.now()) };
  const replies = await Promise.all([signIn(order), signIn(order)]);
  expect(replies.map(({ status }) => status).sort()).toEqual([201, 401]);
});

describe('keys', () => {
  test('are compared by what takes the same time wherever they differ', () => {
    for (const file of ['access', 'list', 'second-factor', 'sessions', 'sign-in', 'totp']) {
      const text = readFileSync(`${home}/agent/access/${file}.ts`, 'utf8');
      expect([file, text.includes('sameSecret(')]).toEqual([file, true]);
      expect([
        file,
        /(?:hash|token|password|secret|csrf|totp)\w* === (?!undefined)/i.exec(text)?.[0],
      ]).toEqual([file, undefined]);
    }
    const digest = readFileSync(`${home}/agent/identity/digest.ts`, 'utf8');
    expect(/sameSecret = [^;]*timingSafeEqual\(/.test(digest)).toBe(true);
  });

  test('that are revoked are refused with the next call', async () => {
    const { application, key } = installed('pos', ['transactions:read']);
    till.publish(rosterOf([], [application]));
    const ask = () => till.send('/v1/queue', { headers: { 'x-api-key': key } });
    expect((await ask()).status).toBe(200);
    till.publish(rosterOf([], [{ ...application, keys: [] }]));
    expect(said(await ask())).toEqual([401, 'unauthorized']);
  });

  test('of a program without the scope are told which, and the portal hears of it once', async () => {
    const { application, key } = installed('pos', ['transactions:read']);
    till.publish(rosterOf([], [application]));
    for (let i = 0; i < 3; i += 1) {
      const reply = await till.sell(`order-${i}`, {}, { 'x-api-key': key });
      expect(said(reply)).toEqual([403, 'forbidden']);
      expect(reply.body['detail']).toMatch(/scope transactions:write/);
    }
    const by = { kind: 'application', id: 'pos' };
    const refused = { result: 'refused', code: 'forbidden' };
    expect(till.audits()).toEqual([{ act: 'call', by, about: 'beginTransaction', ...refused }]);
  });

  test('decide alone: a session beside a wrong one opens nothing', async () => {
    const { body } = await signIn({});
    const headers = { Authorization: `Bearer ${String(body['token'])}`, 'x-api-key': 'wrong' };
    expect(said(await till.send('/v1/status', { headers }))).toEqual([401, 'unauthorized']);
  });

  test.each(['local', 'user:maria'])('are no way to be %s', (applicationId) => {
    const { application, key } = installed(applicationId, ['transactions:write']);
    till.publish(rosterOf([maria], [application]));
    const headers = { 'x-api-key': key };
    return expect(till.send('/v1/status', { headers }).then(said)).resolves.toEqual([
      401,
      'unauthorized',
    ]);
  });
});

describe('sessions', () => {
  test('are not those somebody planted: a sign-in draws its own and ends the one it replaces', async () => {
    const before = await atConsole();
    const after = await atConsole({ Cookie: before.cookie });
    expect(after.token).not.toBe(before.token);
    const ask = (cookie: string) =>
      till.send('/v1/status', { withoutKey: true, headers: { Cookie: cookie } });
    expect(said(await ask(before.cookie))).toEqual([401, 'unauthorized']);
    expect((await ask(after.cookie)).status).toBe(200);
    expect(said(await ask('holdfast_session=planted'))).toEqual([401, 'unauthorized']);
  });

  test('of which two cookies are sent are none', async () => {
    const { cookie } = await atConsole();
    for (const Cookie of [`${cookie}; holdfast_session=x`, `holdfast_session=x; ${cookie}`]) {
      const reply = await till.send('/v1/status', { withoutKey: true, headers: { Cookie } });
      expect(said(reply)).toEqual([401, 'unauthorized']);
    }
  });

  test('of a console are no token, and a token is no cookie', async () => {
    const { token } = await atConsole();
    const bearer = await till.send('/v1/status', {
      withoutKey: true,
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(said(bearer)).toEqual([401, 'unauthorized']);
    const { body } = await signIn({});
    const cookie = await till.send('/v1/status', {
      withoutKey: true,
      headers: { Cookie: `holdfast_session=${String(body['token'])}` },
    });
    expect(said(cookie)).toEqual([401, 'unauthorized']);
  });

  test('of a console cannot be read by a page, and their token is in no answer', async () => {
    const reply = await signIn({ console: true });
    const [setCookie] = [reply.headers['set-cookie'] ?? []].flat();
    expect(setCookie).toMatch(/^holdfast_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(reply.body['token']).toBeUndefined();
    expect(reply.text).not.toContain(/=([\w-]+);/.exec(String(setCookie))?.[1]);
  });

  test('are in memory as hashes: neither the ledger nor the log has a token', async () => {
    const { body } = await signIn({});
    till.ledger.checkpoint();
    const token = String(body['token']);
    expect(readFileSync(`${till.directory}/ledger.sqlite`).includes(token)).toBe(false);
    expect(till.logged.join('\n')).not.toContain(token);
  });

  test.each(['Basic bWFyaWE6eA==', 'Bearer', 'Bearer ', 'Bearer a b', `Bearer ${localKey}`])(
    'are not "%s"',
    async (Authorization) => {
      const reply = await till.send('/v1/status', { withoutKey: true, headers: { Authorization } });
      expect(said(reply)).toEqual([401, 'unauthorized']);
    },
  );
});

describe('a page of somebody else (CSRF)', () => {
  test('reads nothing it could use, and changes nothing without the token', async () => {
    const { cookie, csrf } = await atConsole();
    const other = await atConsole();
    await till.sell('order-1');
    till.post.tap();
    for (const headers of [{}, { 'X-CSRF-Token': '' }, { 'X-CSRF-Token': other.csrf }]) {
      expect(said(await close({ Cookie: cookie, ...headers }))).toEqual([403, 'csrf']);
    }
    expect(till.ledger.batches.lastClosed()).toBeUndefined();
    const closed = await close({ Cookie: cookie, 'X-CSRF-Token': csrf });
    expect([200, 202]).toContain(closed.status);
  });

  test('cannot end a session either', async () => {
    const { cookie, csrf } = await atConsole();
    const end = (headers: Readonly<Record<string, string>>) =>
      till.send('/v1/sessions/current', {
        method: 'DELETE',
        withoutKey: true,
        headers: { Cookie: cookie, ...headers },
      });
    expect(said(await end({}))).toEqual([403, 'csrf']);
    const ended = await end({ 'X-CSRF-Token': csrf });
    expect(ended.status).toBe(200);
    expect([ended.headers['set-cookie']].flat()[0]).toMatch(/^holdfast_session=; .*Max-Age=0$/);
  });

  test('cannot sign somebody in with a form', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const reply = await till.send('/v1/sessions', {
        method: 'POST',
        raw: JSON.stringify({ user: 'maria', password: maria.password, console: true }),
        withoutKey: true,
        headers: { 'Content-Type': type },
      });
      expect(said(reply)).toEqual([415, 'unsupported_media_type']);
    }
  });

  test('is told nothing by CORS', async () => {
    const reply = await till.send('/v1/health', { headers: { Origin: 'https://evil.example' } });
    const told = Object.keys(reply.headers).filter((name) => name.startsWith('access-control'));
    expect(told).toEqual([]);
  });
});

describe('names that are paths, or headers', () => {
  test.each([
    ['/v1/queue/..%2f..%2fidentity%2flocal.key/hold', 'POST'],
    ['/v1/transactions/..%2f..%2f..%2fetc%2fpasswd', 'GET'],
    ['/v1/batches/%2e%2e%2f%2e%2e', 'GET'],
    ['/v1/readers/..%5c..%5cidentity/test', 'POST'],
    ['/v1/sessions/%2e%2e/current', 'DELETE'],
  ] as const)('%s finds nothing', async (path, method) => {
    expect(said(await till.send(path, { method }))).toEqual([404, 'not_found']);
  });

  test.each(['maria\r\nSet-Cookie: holdfast_session=x', 'maria\u0000', '../../etc/passwd'])(
    'a user called %j is nobody, and comes back in no header',
    async (user) => {
      const reply = await signIn({ user, console: true });
      expect([400, 401]).toContain(reply.status);
      expect(reply.headers['set-cookie']).toBeUndefined();
      expect(reply.text).not.toContain('Set-Cookie');
    },
  );

  test('a header that holds a line break is sent by nobody and split by nobody', async () => {
    const outgoing = () =>
      request({ host: '127.0.0.1', port: till.port, headers: { 'x-api-key': 'a\r\nx-evil: 1' } });
    expect(outgoing).toThrow(/Invalid character/);
    const smuggled = await till.send('/v1/status?x=%0d%0ax-api-key:%20local', { withoutKey: true });
    expect(said(smuggled)).toEqual([401, 'unauthorized']);
  });
});

test('the acts of a supervisor are told, with who it was', async () => {
  const { body } = await signIn({});
  const headers = { Authorization: `Bearer ${String(body['token'])}` };
  await till.sell('order-1');
  till.post.tap();
  await close(headers);
  await till.send('/v1/queue/forward', { method: 'POST', withoutKey: true, headers });
  await till.send('/v1/queue/txn_none/hold', { method: 'POST', withoutKey: true, headers });
  await till.send('/v1/readers/front/test', { method: 'POST' });
  const by = { kind: 'user', id: 'maria', role: 'supervisor' };
  expect(till.audits()).toEqual([
    { act: 'sign-in', by, result: 'succeeded' },
    { act: 'batch.close', by, result: 'succeeded', about: 'System-1' },
    { act: 'queue.forward', by, result: 'succeeded' },
    { act: 'queue.hold', by, result: 'refused', code: 'not_found' },
    {
      ...{ act: 'reader.test', by: { kind: 'application', id: 'local' } },
      ...{ result: 'succeeded', about: 'front' },
    },
  ]);
  const closing = till.ledger.batches.find({ name: 'System', number: 1 });
  expect(JSON.stringify(closing)).toContain('"userId":"maria","role":"supervisor"');
});
