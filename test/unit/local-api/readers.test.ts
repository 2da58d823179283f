/** Readers over HTTP: what is listed, what a test and a search answer, and what went over a line. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTill, playedPlugs, type Till } from './till.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill();
});
afterEach(() => till.close());

test('readers are listed with what else is plugged in', async () => {
  const { status, body } = await till.send('/v1/readers');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    readers: [{ id: 'front', state: 'ready' }],
    pluggedIn: playedPlugs,
  });
});

test('a test takes no body, or one that asks for the baud rate', async () => {
  const path = '/v1/readers/front/test';
  expect((await till.send(path, { method: 'POST' })).body).toMatchObject({ passed: true });
  const found = await till.send(path, { method: 'POST', body: { findBaud: true } });
  expect(found.body).toMatchObject({
    passed: true,
    baudRate: 19_200,
    detail: 'Reader front answers at 19200 baud; set its baudRate to that.',
  });
  const odd = await till.send(path, { method: 'POST', body: { findBaud: 'yes' } });
  expect(odd.status).toBe(400);
});

test('a search is refused while a sale waits for its card, and says whose', async () => {
  await till.sell('key-1');
  till.post.found = undefined;
  const { status, body } = await till.send('/v1/readers/front/test', {
    method: 'POST',
    body: { findBaud: true },
  });
  expect([status, body['code']]).toEqual([409, 'busy']);
  expect(body['transactionId']).toBeTypeOf('string');
});

test('what went over a line is told from an entry on', async () => {
  till.post.traced.push(
    { seq: 1, atMs: 0, from: 'in', kind: 'record', byteCount: 60 },
    { seq: 2, atMs: 1_000, from: 'reader', kind: 'card', says: '411111******1111, visa' },
  );
  const all = await till.send('/v1/readers/front/frames');
  expect(all.body).toEqual({
    frames: [
      { seq: 1, at: '1970-01-01T00:00:00.000Z', from: 'in', kind: 'record', byteCount: 60 },
      {
        ...{ seq: 2, at: '1970-01-01T00:00:01.000Z', from: 'reader', kind: 'card' },
        says: '411111******1111, visa',
      },
    ],
  });
  const later = await till.send('/v1/readers/front/frames?after=1');
  expect(later.body['frames']).toHaveLength(1);
  expect((await till.send('/v1/readers/front/frames?after=-1')).status).toBe(400);
  expect((await till.send('/v1/readers/back/frames')).status).toBe(404);
});
