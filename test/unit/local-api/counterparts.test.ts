import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../simulator/shop/until.ts';
import { nobody } from '../../../agent/access/asker.ts';
import { apiLimits } from '../../../agent/local-api/limits.ts';
import { routes } from '../../../agent/local-api/routes.ts';
import { handTimers } from '../../rigs/hand-timers.ts';
import { openTill, type Till } from './till.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill({
    offline: { enabled: true },
    link: { brokerUrl: 'mqtts://user:pass@portal.example:8883' },
  });
});
afterEach(() => till.close());

test('health is degraded by what the shop says', async () => {
  till.faults.push('reader_not_ready');
  const { status, body } = await till.send('/v1/health', { withoutKey: true });
  expect([status, body]).toEqual([200, { status: 'degraded', reasons: ['reader_not_ready'] }]);
});

test('status tells of all there is', async () => {
  const { status, body } = await till.send('/v1/status');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    device: { clientId: 'client-1', deviceId: 'device-1' },
    link: { state: 'waiting' },
    clock: { now: expect.stringMatching(/^20\d\d-.*Z$/) as string },
    queue: { exposure: [], reversing: 0, unsentEntries: 1 },
    batch: { open: null, lastClosed: null },
    readers: [{ id: 'front', state: 'ready', identity: { firmware: 'played' } }],
    storage: { freeBytes: expect.any(Number) as number },
    config: { number: 1, from: { environment: 0 } },
  });
});

describe('the queue', () => {
  const sellWith = async (key: string): Promise<unknown> => {
    const selling = till.sell(key, { reference: key }, { Prefer: 'wait=30' });
    await until('the reader is armed', () => till.post.state().is === 'busy');
    till.post.tap();
    return (await selling).body['outcome'];
  };

  test('holds stored and unknown sales with age and totals, and reversals', async () => {
    till.host.online = false;
    expect(await sellWith('stored')).toBe('approved_offline');
    till.host.online = true;
    till.host.reply = { is: 'no answer', reason: 'no_answer' };
    expect(await sellWith('unknown')).toBe('unknown');
    const { status, body } = await till.send('/v1/queue');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      records: [
        { state: 'stored', reference: 'stored', ageSeconds: expect.any(Number) as number },
        { state: 'unknown', reference: 'unknown' },
      ],
      count: 2,
      exposure: [{ count: 2, amount: { value: 8500, currency: 'USD' } }],
      oldestStoredSeconds: 0,
      reversing: { count: 1, attempts: [{ attemptId: expect.stringMatching(/^att_/) as string }] },
      unsentEntries: 6,
    });
  });

  test('is forwarded on request', async () => {
    const { status, body } = await till.send('/v1/queue/forward', { method: 'POST' });
    expect([status, till.connects.count]).toEqual([202, 1]);
    expect(body).toMatchObject({ link: { state: 'waiting' }, unsentEntries: 1 });
  });
});

describe('a reader', () => {
  const testOf = (id: string) => till.send(`/v1/readers/${id}/test`, { method: 'POST' });

  test('is listed with its state', async () => {
    await till.sell('a');
    const { body } = await till.send('/v1/readers');
    expect(body).toMatchObject({
      readers: [{ id: 'front', state: 'busy', transactionId: expect.any(String) as string }],
    });
  });

  test('answers a test', async () => {
    const { status, body } = await testOf('front');
    expect([status, body]).toEqual([200, { passed: true, identity: {}, detail: 'It answers.' }]);
  });

  test('that is busy is 409, that is gone 503, that is none 404', async () => {
    await till.sell('a');
    expect((await testOf('front')).body['code']).toBe('busy');
    till.post.stop();
    expect((await testOf('front')).body).toMatchObject({ status: 503, code: 'reader_not_ready' });
    expect((await testOf('..%2ffront')).status).toBe(404);
  });

  test('that stays silent is 503 after a while', async () => {
    till.post.tested = undefined;
    const timers = handTimers();
    const route = routes.find(({ name }) => name === 'testReader');
    const ask = {
      path: { id: 'front' },
      body: {},
      query: {},
      header: () => undefined,
      by: nobody,
      isSecure: false,
    };
    const answer = route?.answer(ask, till.shop, { ...timers, wallMs: () => 0 });
    timers.pass(apiLimits.readerTestWithinMs);
    expect(await answer).toMatchObject({ is: 'refused', code: 'reader_not_ready' });
  });
});

describe('the settings', () => {
  test('tell where their values came from', async () => {
    const { body } = await till.send('/v1/config');
    expect(body['settings']).toMatchObject({
      'offline.enabled': { value: true, from: 'file', default: false },
      'offline.windowHours': { value: 24, from: 'default', unit: 'h' },
    });
  });

  test('can be asked for one by one', async () => {
    const { body } = await till.send('/v1/config?key=offline.enabled');
    expect(Object.keys(body['settings'] as object)).toEqual(['offline.enabled']);
    expect((await till.send('/v1/config?key=toString')).status).toBe(404);
  });

  test('keep the password of a broker to themselves', async () => {
    const { text } = await till.send('/v1/config');
    expect(text).toContain('mqtts://***@portal.example:8883');
    expect(text).not.toContain('user:pass');
  });
});
