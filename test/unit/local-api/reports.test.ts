/** Reports over HTTP: the summary of some days, and what stands in a batch. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../../contract/index.ts';
import { routes } from '../../../agent/local-api/routes.ts';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Till } from './till.ts';

let till: Till;
const sellWith = async (key: string, fields: object = {}): Promise<unknown> => {
  const selling = till.sell(key, fields, { Prefer: 'wait=30' });
  await until('the reader is armed', () => till.post.state().is === 'busy');
  till.post.tap();
  return (await selling).body['outcome'];
};

beforeAll(async () => {
  till = await openTill({
    timeZone: 'Europe/Berlin',
    offline: { enabled: true, duplicateWindowSeconds: 0 },
  });
  expect(await sellWith('one')).toBe('approved');
  expect(await sellWith('two', { amount: { value: 100, currency: 'JPY' } })).toBe('approved');
  till.host.reply = 'decline';
  expect(await sellWith('three')).toBe('declined');
  till.host.reply = { is: 'no answer', reason: 'no_answer' };
  expect(await sellWith('four')).toBe('unknown');
  till.host.online = false;
  expect(await sellWith('five')).toBe('approved_offline');
});
afterAll(() => till.close());

const promised = (name: string) => {
  const schema = routes.find((route) => route.name === name)?.answers[200]?.schema;
  if (schema === undefined) throw new Error(`${name} promises nothing.`);
  return schema;
};

describe('the summary', () => {
  const summary = (query = '', headers = {}) =>
    till.send(`/v1/reports/summary${query}`, { headers });

  test('is of today, by day, in JSON', async () => {
    const { status, headers, body } = await summary();
    expect([status, headers['vary']]).toEqual([200, 'Accept']);
    expect(headers['content-type']).toContain('application/json');
    expect(check(promised('getSummary'), body)).toMatchObject({ ok: true });
    expect(body).toMatchObject({
      by: 'day',
      timeZone: 'Europe/Berlin',
      rows: [
        { currency: 'JPY', transactions: 1, sales: { count: 1, value: 100 }, net: 100 },
        {
          ...{ currency: 'USD', transactions: 4, sales: { count: 1, value: 4250 } },
          ...{ declined: { count: 1 }, unknown: { count: 1, value: 4250 } },
          ...{ offline: { count: 1, value: 4250 }, net: 4250 },
        },
      ],
    });
    expect(body['from']).toBe(body['to']);
  });

  test('can be by outcome, brand, entry mode, user, type and batch', async () => {
    const groups = async (by: string) => {
      const { body } = await summary(`?by=${by}`);
      const rows = body['rows'] as { group: string }[];
      return [...new Set(rows.map(({ group }) => group))];
    };
    expect(await groups('outcome')).toEqual([
      ...['approved', 'approved_offline', 'declined', 'unknown'],
    ]);
    expect(await groups('brand')).toEqual(['mastercard']);
    expect(await groups('entryMode')).toEqual(['chip']);
    expect(await groups('user')).toEqual(['local']);
    expect(await groups('type')).toEqual(['sale']);
    expect(await groups('batch')).toEqual(['System 1']);
  });

  test('is CSV for who accepts that, under a name to keep it by', async () => {
    const { status, headers, text } = await summary('?by=type', { Accept: 'text/csv' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toMatch(/filename="summary_.*_by_type\.csv"/);
    expect(text).toMatch(/^type,currency,transactions,.*\r\nsale,JPY,1,1,100,.*\r\nsale,USD,4,/);
  });

  test.each([
    ['?from=2026-02-30', 422, 'period_invalid'],
    ['?from=2026-11-22&to=2026-11-21', 422, 'period_invalid'],
    ['?from=2025-01-01&to=2026-11-22', 422, 'period_invalid'],
    ['?from=yesterday', 400, 'malformed'],
    ['?by=weather', 400, 'malformed'],
    ['?until=2026-11-22', 400, 'unknown_field'],
  ])('%s is refused', async (query, status, code) => {
    expect((await summary(query)).body).toMatchObject({ status, code });
  });

  test('in a form nobody has is 406', async () => {
    const { status, headers, body } = await summary('', { Accept: 'application/pdf' });
    expect([status, body['code']]).toEqual([406, 'not_acceptable']);
    expect(headers['content-type']).toContain('application/problem+json');
  });
});

describe('the report of a batch', () => {
  const report = (id: string, headers = {}) => till.send(`/v1/batches/${id}`, { headers });

  test('tells what stands in it', async () => {
    const { status, body } = await report('System-1/report');
    expect(status).toBe(200);
    expect(check(promised('getBatchReport'), body)).toMatchObject({ ok: true });
    expect(body).toMatchObject({
      kind: 'X',
      batch: { name: 'System', number: 1 },
      now: {
        net: [
          { currency: 'JPY', count: 1, value: 100 },
          { currency: 'USD', count: 1, value: 4250 },
        ],
        exposure: [{ currency: 'USD', count: 2, value: 8500 }],
        declined: [{ currency: 'USD', count: 1, value: 4250 }],
      },
    });
  });

  test('is CSV for who accepts that', async () => {
    const { headers, text } = await report('System-1/report', { Accept: 'text/csv' });
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toContain('filename="batch_1.csv"');
    expect(text).toContain('System 1,now,declined,,,USD,1,42.50\r\n');
  });

  test('can be printed', async () => {
    const { headers, text } = await report('System-1/report?width=32', { Accept: 'text/plain' });
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toContain('X REPORT - BATCH OPEN');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(32);
  });

  test('of a batch there is not is 404', async () => {
    expect((await report('System-2/report')).body).toMatchObject({
      ...{ status: 404, code: 'not_found' },
      detail: expect.stringContaining('batch "System-2"'),
    });
    expect((await report('Evening/report')).status).toBe(404);
    expect((await report('System-1/report', { Accept: 'text/html' })).status).toBe(406);
  });

  test('of a closed batch tells what was closed, and keeps telling it', async () => {
    const asked = { method: 'POST' as const, body: {} };
    await till.send('/v1/batches/current/close', asked);
    await until('it is closed', () => {
      const kept = till.ledger.batches.find({ name: 'System', number: 1 });
      return kept?.state.is === 'closed';
    });
    const { body } = await report('System-1/report');
    expect(check(promised('getBatchReport'), body)).toMatchObject({ ok: true });
    expect(body).toMatchObject({
      ...{ kind: 'Z', state: 'closed', settlement: { outcome: 'unconfirmed' } },
      closed: { trigger: 'hand', by: { userId: 'local' }, carriedTo: { number: 2 } },
    });
    const batch = (await report('System-1')).body;
    expect(body['closed']).toMatchObject({ totals: batch['totals'], net: batch['net'] });
  });
});
