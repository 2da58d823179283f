import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check, refusals } from '../../../contract/index.ts';
import { openApiDocument, routes } from '../../../agent/local-api/routes.ts';
import { home } from '../../house/tree.ts';
import { openTill, type Till } from './till.ts';

let till: Till;
beforeAll(async () => {
  till = await openTill();
});
afterAll(() => till.close());

test('openapi.json is what the table of routes says', () => {
  const file = JSON.parse(readFileSync(`${home}/openapi.json`, 'utf8')) as unknown;
  const why = 'Renew it: npm run build && node scripts/generate.mjs';
  expect(file, why).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});

test('it is served as it is on the disk', async () => {
  const { status, body } = await till.send('/openapi.json');
  expect(status).toBe(200);
  expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});

test('every route has a name of its own and a sentence', () => {
  const names = routes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { says } of routes) expect(says).toMatch(/^[A-Z].*\.$/);
});

test('every reference leads somewhere', () => {
  const document = openApiDocument() as { components: { schemas: object } };
  const text = JSON.stringify(document);
  const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
});

test('an answer that can be text says of which kind', () => {
  const { paths } = JSON.parse(JSON.stringify(openApiDocument())) as {
    paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
  };
  const typesOf = (path: string) => Object.keys(paths[path]?.get.responses['200']?.content ?? {});
  expect(typesOf('/v1/reports/summary')).toEqual(['application/json', 'text/csv']);
  const receipt = '/v1/transactions/{id}/receipt';
  expect(typesOf(receipt)).toEqual(['application/json', 'text/plain']);
  expect(typesOf('/v1/status')).toEqual(['application/json']);
  expect(typesOf('/metrics')).toEqual(['text/plain; version=0.0.4']);
});

test('every refusal with a status of the API can be told', () => {
  for (const { refusals: codes = [] } of routes) {
    for (const code of codes) expect(Object.keys(refusals)).toContain(code);
  }
});

describe('what is answered has the shape that is promised', () => {
  const shapeOf = (name: string, status: 200 | 202) => {
    const schema = routes.find((route) => route.name === name)?.answers[status]?.schema;
    if (schema === undefined) throw new Error(`${name} promises nothing for ${status}.`);
    return schema;
  };

  test.each([
    ['getHealth', '/v1/health'],
    ['getStatus', '/v1/status'],
    ['listTransactions', '/v1/transactions'],
    ['getQueue', '/v1/queue'],
    ['listReaders', '/v1/readers'],
    ['getConfig', '/v1/config'],
  ])('%s', async (name, path) => {
    await till.sell('shape');
    const { body } = await till.send(path);
    expect(check(shapeOf(name, 200), body)).toMatchObject({ ok: true });
  });

  test('transactions', async () => {
    const { body } = await till.sell('shape');
    expect(check(shapeOf('beginTransaction', 202), body)).toMatchObject({ ok: true });
    const read = await till.send(`/v1/transactions/${String(body['transactionId'])}`);
    expect(check(shapeOf('getTransaction', 200), read.body)).toMatchObject({ ok: true });
  });
});
