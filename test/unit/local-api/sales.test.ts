import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Till } from './till.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill({
    offline: { enabled: true },
    storage: { reserveMiB: 1 },
  });
});
afterEach(() => till.close());

const waitFor = (seconds: number | string) => ({ Prefer: `wait=${seconds}` });
const waiting = () => until('the reader is armed', () => till.post.state().is === 'busy');

describe('a sale', () => {
  test('is 202 with its place while its card is awaited', async () => {
    const reply = await till.sell('a', { reference: 'order 7', echo: 'back to you' });
    expect(reply.status).toBe(202);
    expect(reply.headers['location']).toBe(
      `/v1/transactions/${String(reply.body['transactionId'])}`,
    );
    expect(reply.headers['preference-applied']).toBeUndefined();
    expect(reply.headers['idempotency-replayed']).toBeUndefined();
    expect(reply.body).toMatchObject({
      state: 'awaiting_card',
      outcome: null,
      final: false,
      reference: 'order 7',
      echo: 'back to you',
    });
  });

  test.each([
    ['approve', 'approved', '00'],
    ['decline', 'declined', '05'],
  ] as const)('that the host would %s is 201 once it did', async (reply, outcome, responseCode) => {
    till.host.reply = reply;
    const selling = till.sell('a', {}, waitFor(30));
    await waiting();
    till.post.tap();
    const sold = await selling;
    expect(sold.status).toBe(201);
    expect(sold.headers['preference-applied']).toBe('wait=30');
    expect(sold.body).toMatchObject({ outcome, final: true, responseCode });
    expect(sold.text).not.toContain('5452300551227189');
  });

  test('whose answer never came is 202 and unknown', async () => {
    till.host.reply = { is: 'no answer', reason: 'no_answer' };
    const selling = till.sell('a', {}, waitFor(30));
    await waiting();
    till.post.tap();
    const sold = await selling;
    expect([sold.status, sold.body['outcome']]).toEqual([202, 'unknown']);
  });

  test('that a gate refuses is 201: declined by the agent, with the reason', async () => {
    till.host.online = false;
    const selling = till.sell('a', { offline: 'forbid' }, waitFor(30));
    await waiting();
    till.post.tap();
    const sold = await selling;
    expect(sold.status).toBe(201);
    expect(sold.body).toMatchObject({
      outcome: 'declined',
      declinedBy: 'agent',
      reason: 'offline_forbidden',
    });
  });

  test('that is not done in time is told as it stands', async () => {
    const sold = await till.sell('a', {}, waitFor(1));
    expect([sold.status, sold.headers['preference-applied']]).toEqual([202, 'wait=1']);
    expect(sold.body['outcome']).toBeNull();
  });
});

test.each(['wait', 'wait=', 'wait=-1', 'wait=1.5', 'wait=soon', 'respond-async', 'waiting=60'])(
  'Prefer: %s is ignored',
  async (prefer) => {
    const reply = await till.sell('a', {}, { Prefer: prefer });
    expect([reply.status, reply.headers['preference-applied']]).toEqual([202, undefined]);
  },
);

describe('the same key', () => {
  test('again gives the same transaction as it is now, and says so', async () => {
    const first = await till.sell('a');
    till.post.tap();
    await until('the host answered', () => till.post.state().is === 'ready');
    const again = await till.sell('a', {}, waitFor(30));
    expect(again.status).toBe(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toMatchObject({
      transactionId: first.body['transactionId'],
      outcome: 'approved',
    });
  });

  test('with another body is 422', async () => {
    await till.sell('a');
    const other = await till.sell('a', { reference: 'another' });
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency_mismatch']);
  });

  test('from two clients at once is charged once', async () => {
    const both = await Promise.all([till.sell('a'), till.sell('a')]);
    const [one, other] = both.map(({ body }) => body['transactionId']);
    expect(one).toBe(other);
    expect(both.map(({ headers }) => headers['idempotency-replayed']).sort()).toEqual([
      'true',
      undefined,
    ]);
  });
});

describe('a reader', () => {
  test('that is taken is 409 busy and names whose it is', async () => {
    const first = await till.sell('a');
    const { transactionId } = first.body;
    const second = await till.sell('b');
    expect([second.status, second.body['code']]).toEqual([409, 'busy']);
    expect(second.body).toMatchObject({
      transactionId,
      instance: `/v1/transactions/${String(transactionId)}`,
    });
    expect(second.headers['retry-after']).toBeUndefined();
  });

  test('that is gone is 503 with Retry-After', async () => {
    till.post.stop();
    const gone = await till.sell('a');
    expect([gone.status, gone.body['code']]).toEqual([503, 'reader_not_ready']);
    expect(Number(gone.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('cancelling', () => {
  const cancel = (id: unknown) =>
    till.send(`/v1/transactions/${String(id)}/cancel`, { method: 'POST' });

  test('before the card is 200, twice too, and frees the reader', async () => {
    const { body } = await till.sell('a');
    for (const reply of [
      await cancel(body['transactionId']),
      await cancel(body['transactionId']),
    ]) {
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({ outcome: 'cancelled', reason: 'cancelled_by_pos' });
    }
    expect((await till.sell('b')).status).toBe(202);
  });

  test('after the card is 409', async () => {
    const { body } = await till.sell('a');
    till.post.tap();
    const reply = await cancel(body['transactionId']);
    expect([reply.status, reply.body['code']]).toEqual([409, 'conflict']);
    expect(reply.body['transactionId']).toBe(body['transactionId']);
  });

  test('what was never begun is 404', async () => {
    expect((await cancel('txn_00000000000000000000000000')).status).toBe(404);
  });

  test('answers whoever waits', async () => {
    const selling = till.sell('a', {}, waitFor(60));
    await waiting();
    const [open] = till.ledger.transactions.open();
    await cancel(open?.order.transactionId);
    const sold = await selling;
    expect([sold.status, sold.body['outcome']]).toEqual([201, 'cancelled']);
  });
});

describe('a transaction', () => {
  test('is 200 with the facts that made it so', async () => {
    const { body } = await till.sell('a', {}, waitFor(0));
    till.post.tap();
    const path = `/v1/transactions/${String(body['transactionId'])}`;
    const reply = await till.send(path, { headers: waitFor(30) });
    expect([reply.status, reply.headers['preference-applied']]).toEqual([200, 'wait=30']);
    expect(reply.body).toMatchObject({ outcome: 'approved' });
    const history = reply.body['history'] as { type: string; time: string; clock: string }[];
    expect(history.map(({ type }) => type)).toEqual([
      'transaction.created',
      'attempt.sent',
      'transaction.finished',
    ]);
    for (const fact of history) expect(Object.keys(fact)).toEqual(['type', 'time', 'clock']);
  });
});

describe('when the disk refuses to write', () => {
  test('no sale is begun: 503 with Retry-After', async () => {
    till.breakDisk(true);
    const reply = await till.sell('a');
    expect([reply.status, reply.body['code']]).toEqual([503, 'storage_unavailable']);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('a sale under way has no outcome: 503, and it can still be read', async () => {
    const { body } = await till.sell('a');
    const { transactionId } = body;
    till.breakDisk(true);
    till.post.tap();
    const again = await till.sell('a', {}, waitFor(30));
    expect([again.status, again.body['code']]).toEqual([503, 'storage_unavailable']);
    expect(again.body['transactionId']).toBe(transactionId);
    const read = await till.send(`/v1/transactions/${String(transactionId)}`);
    expect([read.status, read.body['outcome']]).toEqual([200, null]);
  });
});

test('the API closes without waiting for those who wait', async () => {
  const selling = till.sell('a', {}, waitFor(120));
  const cut = expect(selling).rejects.toThrow();
  await waiting();
  await till.close();
  await cut;
});
