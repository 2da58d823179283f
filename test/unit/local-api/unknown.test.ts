/** What is not here: who asks for it is told what it was, and how to see what there is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTill, type Reply, type Till } from './till.ts';

let till: Till;
beforeAll(async () => {
  till = await openTill();
});
afterAll(() => till.close());

const post = (path: string) => till.send(path, { method: 'POST' });

const asked: [string, () => Promise<Reply>, string][] = [
  ['transaction', () => till.send('/v1/transactions/nope'), 'holdfast transactions'],
  ['transaction', () => post('/v1/transactions/nope/cancel'), 'holdfast transactions'],
  ['reader', () => post('/v1/readers/nope/test'), 'holdfast readers'],
  ['reader', () => till.sell('a', { reader: 'nope' }), 'holdfast readers'],
  ['setting', () => till.send('/v1/config?key=nope'), 'holdfast config'],
];
test.each(asked)('a %s is named, with how to list them', async (kind, ask, how) => {
  const { status, body } = await ask();
  expect([status, body['code']]).toEqual([404, 'not_found']);
  expect(body['detail']).toContain(`There is no ${kind} "nope"; \`${how}\``);
});

test('a call is named without its query', async () => {
  const { status, body } = await post('/v1/refunds?secret=1');
  expect([status, body['detail']]).toEqual([
    404,
    'There is no call "POST /v1/refunds"; /openapi.json lists them.',
  ]);
});

test('what looks like a card number is not said back', async () => {
  for (const path of ['/v1/transactions/4111111111111111', '/v1/4111111111111111']) {
    const { status, text } = await till.send(path);
    expect([status, text.includes('4111111111111111')]).toEqual([404, false]);
  }
});

test('a long name is cut, and control characters are shown as dots', async () => {
  const { body } = await till.send(`/v1/transactions/%1b%5b2J${'x'.repeat(80)}`);
  expect(body['detail']).toMatch(/^There is no transaction "·\[2Jx{60}";/);
});

test('a sale for a reader that is not there uses up no key', async () => {
  await till.sell('b', { reader: 'nope' });
  expect((await till.sell('b')).status).toBe(202);
});
