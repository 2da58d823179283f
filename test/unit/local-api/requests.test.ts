import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTill, type Till } from './till.ts';

let till: Till;
beforeAll(async () => {
  till = await openTill();
});
afterAll(() => till.close());

const sale = { type: 'sale', amount: { value: 100, currency: 'USD' } };
const post = (body: unknown, headers = {}) =>
  till.send('/v1/transactions', {
    method: 'POST',
    body,
    headers: { 'Idempotency-Key': 'k', ...headers },
  });

describe('a field nobody knows is refused by its name', () => {
  test.each([
    [{ ...sale, tip: 1 }, 'tip'],
    [{ ...sale, amount: { ...sale.amount, decimals: 2 } }, 'amount.decimals'],
    [{ ...sale, userDefinedFields: { 'a b': 'x' } }, 'userDefinedFields.a b'],
  ])('%j', async (body, name) => {
    const reply = await post(body);
    expect([reply.status, reply.body['code']]).toEqual([400, 'unknown_field']);
    expect(reply.body['detail']).toContain(`"${name}"`);
  });

  test('in a query too', async () => {
    for (const path of ['/v1/transactions?ref=1', '/v1/status?x=1', '/v1/health?x=1']) {
      const reply = await till.send(path);
      expect([reply.status, reply.body['code']], path).toEqual([400, 'unknown_field']);
    }
  });

  test('and in the body of a call that takes none', async () => {
    const path = '/v1/queue/forward';
    const reply = await till.send(path, { method: 'POST', body: { now: true } });
    expect([reply.status, reply.body['code']]).toEqual([400, 'unknown_field']);
    expect(reply.body['detail']).toContain('"now"');
    expect((await till.send(path, { method: 'POST', body: {} })).status).toBe(202);
    expect((await till.send(path, { method: 'POST', body: [1] })).body['code']).toBe('malformed');
  });

  test('without repeating a name longer than any', async () => {
    const reply = await post({ ...sale, ['x'.repeat(10_000)]: 1 });
    expect(reply.body['code']).toBe('unknown_field');
    expect(reply.text.length).toBeLessThan(1_000);
  });
});

describe('a wrong type is malformed, with its place', () => {
  test.each([
    [{ ...sale, reference: 7 }, 'reference'],
    [{ ...sale, offline: true }, 'offline'],
    [{ ...sale, offline: 'maybe' }, 'offline'],
    [{ ...sale, type: 'gift' }, 'type'],
    [{ ...sale, amount: '42.50' }, 'amount'],
    [{ ...sale, userDefinedFields: { table: 7 } }, 'userDefinedFields.table'],
    [{ ...sale, reference: '' }, 'reference'],
    [{ ...sale, reference: 'x'.repeat(65) }, 'reference'],
    [{ ...sale, reference: 'half \ud800 of a pair' }, 'reference'],
    [{ ...sale, echo: 'a bell \u0007' }, 'echo'],
    [{ amount: sale.amount }, 'type'],
    [{}, 'body'],
    [[], 'body'],
    ['sale', 'body'],
    [null, 'body'],
  ])('%j', async (body, place) => {
    const reply = await post(body);
    expect([reply.status, reply.body['code']]).toEqual([400, 'malformed']);
    expect(reply.body['detail']).toContain(place);
  });

  test.each(['limit=0', 'limit=201', 'limit=ten', 'limit=1&limit=2', 'outcome=fine', 'cursor=-1'])(
    '?%s',
    async (query) => {
      const reply = await till.send(`/v1/transactions?${query}`);
      expect([reply.status, reply.body['code']]).toEqual([400, 'malformed']);
      expect(reply.body['detail']).toContain(query.split('=')[0]);
    },
  );
});

describe('a body that is no JSON', () => {
  test.each(['{ "type": ', '', '{"type":"sale"} {}', '{"__proto__":{"type":"sale"}}'])(
    'is malformed: %s',
    async (text) => {
      const reply = await till.send('/v1/transactions', {
        method: 'POST',
        raw: text,
        headers: { 'Idempotency-Key': 'k' },
      });
      expect([reply.status, reply.body['code']]).toEqual([400, 'malformed']);
    },
  );

  test('is not repeated in the answer', async () => {
    const text = '{"card": 5452300551227189 "track"}';
    const reply = await till.send('/v1/transactions', { method: 'POST', raw: text });
    expect(reply.status).toBe(400);
    expect(reply.text).not.toContain('5452300551227189');
    expect(till.logged).toEqual([]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/x'])(
    'as %s is 415',
    async (type) => {
      const reply = await post(sale, { 'Content-Type': type });
      expect([reply.status, reply.body['code']]).toEqual([415, 'unsupported_media_type']);
    },
  );

  test('may say its character set', async () => {
    const headers = { 'Content-Type': 'application/json; charset=utf-8' };
    expect((await post({ type: 'gift' }, headers)).body['code']).toBe('malformed');
  });
});

describe('a body of', () => {
  const sized = (bytes: number): string => {
    const text = JSON.stringify({ ...sale, echo: '' });
    return text.replace('"echo":""', `"echo":"${'e'.repeat(bytes - text.length)}"`);
  };

  test('64 KiB is read', async () => {
    const raw = sized(65_536);
    expect(raw).toHaveLength(65_536);
    const headers = { 'Idempotency-Key': 'k' };
    const reply = await till.send('/v1/transactions', { method: 'POST', raw, headers });
    expect([reply.status, reply.body['code']]).toEqual([400, 'malformed']);
  });

  test('64 KiB and one byte is 413', async () => {
    const raw = sized(65_537);
    const headers = { 'Idempotency-Key': 'k' };
    const reply = await till.send('/v1/transactions', { method: 'POST', raw, headers });
    expect([reply.status, reply.body['code']]).toEqual([413, 'too_large']);
  });
});

describe('the Idempotency-Key', () => {
  test.each([undefined, '', 'with space', 'x'.repeat(256), 'über'])(
    'may not be %s',
    async (key) => {
      const headers = key === undefined ? {} : { 'Idempotency-Key': key };
      const reply = await till.send('/v1/transactions', { method: 'POST', body: sale, headers });
      expect([reply.status, reply.body['code']]).toEqual([400, 'idempotency_key_missing']);
    },
  );

  test('may have 255 characters', async () => {
    till.post.stop();
    const reply = await till.sell('~'.repeat(255));
    till.post.start();
    expect(reply.body['code']).toBe('reader_not_ready');
  });
});

test('an unknown method is not found', async () => {
  expect((await till.send('/v1/transactions', { method: 'PUT' })).status).toBe(404);
});

test('what went wrong inside is 500, logged, and not told', async () => {
  till.ledger.close();
  const reply = await till.send('/v1/queue');
  expect([reply.status, reply.body['code']]).toEqual([500, 'internal']);
  expect(reply.text).not.toMatch(/database|\.ts|node:/);
  expect(till.logged).toEqual([expect.stringMatching(/^api\.failed .*"route":"\/v1\/queue"/)]);
});
