/** Batches over the local API: closed once, shown for ever, and told how the portal found them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeWords } from '../../../agent/payments/words.ts';
import { until } from '../../../simulator/shop/until.ts';
import { settlementOf } from '../../rigs/back-office.ts';
import { wordLog } from '../../rigs/word-log.ts';
import { openTill, type Reply, type Till } from './till.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill({ offline: { enabled: true }, batch: { closeWithinMs: 60_000 } });
});
afterEach(() => till.close());

let keys = 0;
/** Begins a sale; resolves when the reader waits for its card, with what comes of it. */
const begin = async (fields: object = {}): Promise<{ readonly selling: Promise<Reply> }> => {
  const selling = till.sell(`key-${(keys += 1)}`, fields, { Prefer: 'wait=30' });
  await until('the reader is armed', () => till.post.state().is === 'busy');
  return { selling };
};

const sell = async (fields: object = {}): Promise<void> => {
  const { selling } = await begin(fields);
  till.post.tap();
  await selling;
};

const close = (body?: object, headers: Record<string, string> = {}): Promise<Reply> =>
  till.send('/v1/batches/current/close', {
    ...{ method: 'POST', headers },
    ...(body === undefined ? {} : { body }),
  });

const settle = (...[number, differently]: Parameters<typeof settlementOf>): void => {
  const words = wordLog(1, { clientId: 'client-1', deviceId: 'device-1' });
  words.say('settlement', settlementOf(number, differently));
  for (const news of takeWords(till.ledger, words.frame(1)).told) till.shop.clerk.heard(news);
};

describe('closing', () => {
  test('needs no body, and answers 200 with the totals', async () => {
    await sell();
    const { status, body, headers } = await close();
    expect([status, headers['location']]).toEqual([200, '/v1/batches/System-1']);
    expect(body).toMatchObject({
      ...{ batchId: 'System-1', state: 'closed', outcome: 'unconfirmed', trigger: 'hand' },
      ...{ by: { userId: 'local' }, count: 1, net: [{ value: 4_250, currency: 'USD' }] },
      totals: [{ type: 'sale', currency: 'USD', approved: { count: 1, value: 4_250 } }],
    });
    expect((await till.send('/v1/batches/System-1')).body).toEqual(body);
  });

  test('an already closed number answers 200 with what it answered before', async () => {
    await sell();
    const first = await close({ number: 1 });
    await sell();
    const again = await close({ number: 1 });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await till.send('/v1/batches/System-2')).body).toMatchObject({ state: 'open' });
  });

  test('with nothing open is 409, and a number that never was 404', async () => {
    const nothing = await close();
    expect([nothing.status, nothing.body['code']]).toEqual([409, 'conflict']);
    expect(nothing.body['detail']).toMatch(/nothing to close/);
    const unknown = await close({ number: 7 });
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'not_found']);
    expect(unknown.body['detail']).toMatch(/no batch "System-7"; `holdfast batch list`/);
  });

  test('while a sale is under way is 202, and says what it waits for', async () => {
    const { selling } = await begin();
    const { status, body } = await close();
    expect([status, body['state'], body['waitsFor']]).toEqual([
      ...[202, 'closing', { underWay: 1, reversals: 0, undecided: 0 }],
    ]);
    till.post.tap();
    await selling;
    const done = await close({ number: 1 }, { Prefer: 'wait=30' });
    expect([done.status, done.body['count']]).toEqual([200, 1]);
  });

  test('waits as long as the client would', async () => {
    const { selling } = await begin();
    const closing = close({}, { Prefer: 'wait=30' });
    await until('it is closing', () => till.ledger.batches.unfinished()[0]?.state.is === 'closing');
    till.post.tap();
    await selling;
    const { status, headers } = await closing;
    expect([status, headers['preference-applied']]).toEqual([200, 'wait=30']);
  });

  test('another name has batches of its own', async () => {
    await sell({ batchName: 'Bar-2' });
    expect((await close()).status).toBe(409);
    const { status, body } = await close({ batchName: 'Bar-2' });
    expect([status, body['batchId']]).toEqual([200, 'Bar-2-1']);
    expect((await till.send('/v1/batches/Bar-2-1')).body).toMatchObject({ batchName: 'Bar-2' });
  });

  test('a disk that refuses to write is 503, and the batch stays open', async () => {
    await sell();
    till.breakDisk(true);
    const { status, body } = await close();
    expect([status, body['code']]).toEqual([503, 'storage_unavailable']);
    till.breakDisk(false);
    expect((await close()).status).toBe(200);
  });

  test.each([
    [{ number: 0 }, 'malformed'],
    [{ number: '1' }, 'malformed'],
    [{ batchName: '' }, 'malformed'],
    [{ name: 'System' }, 'unknown_field'],
  ])('%j is refused', async (body, code) => {
    const reply = await close(body);
    expect([reply.status, reply.body['code']]).toEqual([400, code]);
  });
});

describe('a settled batch', () => {
  test('that agreed shows what is settled beside what was closed', async () => {
    await sell();
    await close();
    settle(1, { settled: [{ currency: 'USD', value: 4_000 }] });
    expect((await till.send('/v1/batches/System-1')).body).toMatchObject({
      ...{ outcome: 'agreed', differences: [], differenceCount: 0, declinedAfterClose: [] },
      ...{ net: [{ value: 4_250 }], settled: [{ value: 4_000 }] },
    });
  });

  test('is waited for', async () => {
    await sell();
    await close();
    const waiting = till.send('/v1/batches/System-1', { headers: { Prefer: 'wait=30' } });
    // A call that is not there yet would find it settled: either way it is told.
    settle(1);
    expect((await waiting).body).toMatchObject({ outcome: 'agreed' });
  });
});

test('batches are listed newest first, page by page', async () => {
  for (const number of [1, 2, 3]) {
    await sell();
    if (number < 3) await close();
  }
  const first = await till.send('/v1/batches?limit=2');
  const ids = ({ body }: Reply) =>
    (body['batches'] as { batchId: string }[]).map(({ batchId }) => batchId);
  expect(ids(first)).toEqual(['System-3', 'System-2']);
  const second = await till.send(`/v1/batches?limit=2&cursor=${String(first.body['nextCursor'])}`);
  expect([ids(second), second.body['nextCursor']]).toEqual([['System-1'], null]);
});

test.each(['System-9', 'System', 'System-0', '-1', 'Nope-1', 'x'.repeat(200)])(
  'there is no batch %s',
  async (id) => {
    const { status, body } = await till.send(`/v1/batches/${id}`);
    expect([status, body['code']]).toEqual([404, 'not_found']);
  },
);

test('status tells of the open batch and of the last that was closed', async () => {
  const batch = async () => (await till.send('/v1/status')).body['batch'];
  await sell();
  expect(await batch()).toMatchObject({
    ...{ lastClosed: null },
    open: { name: 'System', number: 1, count: 1, net: [{ value: 4_250, currency: 'USD' }] },
  });
  await close();
  expect(await batch()).toMatchObject({
    ...{ open: null, lastClosed: { name: 'System', number: 1, outcome: 'unconfirmed' } },
  });
});
