import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTill, type Till } from './till.ts';

let till: Till;
beforeAll(async () => {
  till = await openTill();
});
afterAll(() => till.close());

/** Sends bytes as they are, and gives all that comes back until the connection is closed. */
const raw = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let heard = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (heard += chunk));
    socket.once('close', () => resolve(heard));
    socket.once('error', reject);
  });

describe('without a key', () => {
  test('the description of the API can be read', async () => {
    const reply = await till.send('/openapi.json', { withoutKey: true });
    expect([reply.status, reply.body['openapi']]).toEqual([200, '3.1.0']);
  });

  test('/v1/health answers', async () => {
    const health = await till.send('/v1/health', { withoutKey: true });
    expect([health.status, health.body]).toEqual([200, { status: 'ok', reasons: [] }]);
  });

  test.each([
    '/v1/status',
    '/v1/transactions',
    '/v1/queue',
    '/v1/readers',
    '/v1/config',
    '/metrics',
    '/',
    '/v1/nothing',
    '/v1/health/../status',
    '/v1/healthy',
    '/v1/%zz',
  ])('%s is 401', async (path) => {
    const reply = await till.send(path, { withoutKey: true });
    expect([reply.status, reply.body['code']]).toEqual([401, 'unauthorized']);
  });

  test('a body is not even read', async () => {
    const reply = await till.send('/v1/transactions', {
      method: 'POST',
      raw: '{ this is no JSON',
      withoutKey: true,
    });
    expect(reply.status).toBe(401);
  });
});

test.each([{ Authorization: 'Bearer of-nobody' }, { Cookie: 'holdfast_session=of-nobody' }])(
  'a session that is not known is 401 and said to be: %j',
  async (headers) => {
    const reply = await till.send('/v1/status', { withoutKey: true, headers });
    expect(reply.status).toBe(401);
    expect(reply.body['detail']).toMatch(/sign in again/);
  },
);

test('a wrong key is 401, also one that only begins right', async () => {
  for (const key of ['wrong', 'key-of-this-tes', 'key-of-this-test ', 'KEY-OF-THIS-TEST']) {
    const headers = { 'x-api-key': key === 'key-of-this-test ' ? 'key-of-this-test, x' : key };
    const reply = await till.send('/v1/status', { withoutKey: true, headers });
    expect(reply.status, key).toBe(401);
    expect(reply.body['detail']).toMatch(/API key that was sent is not known here/);
  }
});

test('with the key, what is not there is 404 and not retryable', async () => {
  const reply = await till.send('/v1/nothing');
  expect(reply.status).toBe(404);
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.body).toMatchObject({
    type: 'urn:holdfast:refusal:not_found',
    status: 404,
    code: 'not_found',
  });
  expect(reply.headers['retry-after']).toBeUndefined();
});

test.each(['/v1/transactions/..%2f..%2fetc%2fpasswd', '/v1/transactions/%00', '/v1/%zz'])(
  '%s finds nothing',
  async (path) => {
    const reply = await till.send(path);
    expect([reply.status, reply.body['code']]).toEqual([404, 'not_found']);
  },
);

test('an id longer than any is not found either', async () => {
  const reply = await till.send(`/v1/transactions/txn_${'A'.repeat(4_000)}`);
  expect([reply.status, reply.body['code']]).toEqual([404, 'not_found']);
});

describe('the Host header', () => {
  test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('may be %s', async (host) => {
    for (const written of [host, `${host}:${till.port}`]) {
      const reply = await till.send('/v1/health', { headers: { Host: written } });
      expect(reply.status, written).toBe(200);
    }
  });

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1:1',
    '192.168.0.7',
    '0.0.0.0',
  ])('may not be "%s"', async (host) => {
    for (const path of ['/v1/health', '/v1/status', '/v1/nothing', '/v1/%zz']) {
      const reply = await till.send(path, { withoutKey: true, headers: { Host: host } });
      expect([reply.status, reply.body['code']], path).toEqual([400, 'host_not_allowed']);
    }
  });

  test.each(['', 'Host:\r\n'])('may not be left out or be empty: "%s"', async (host) => {
    const head = `GET /v1/health HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
    const reply = await raw(till.port, head);
    expect(reply).toMatch(/^HTTP\/1\.1 400 [^]*host_not_allowed/);
  });
});

test('no page of a browser may read an answer', async () => {
  const reply = await till.send('/v1/health', { headers: { Origin: 'http://localhost:3000' } });
  const cors = Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'));
  expect(cors).toEqual([]);
  expect(reply.headers['cache-control']).toBe('no-store');
});

test.each([
  ['no HTTP at all', '\x16\x03\x01\x02', 400],
  ['more head than any', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, 431],
])('what is %s is answered with a problem too', async (_what, bytes, status) => {
  const reply = await raw(till.port, bytes);
  const [head = '', body = ''] = reply.split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(head).toContain('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status, code: 'malformed' });
});

test('headers that dribble in are cut off', async () => {
  const began = performance.now();
  const reply = await raw(till.port, 'GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: 1');
  expect(reply).toMatch(/^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*"status":408/);
  expect(performance.now() - began).toBeLessThan(10_000);
});
