/** Every row has a fixture that is right and one that is wrong, and its schema tells them apart. */
import { expect, test } from 'vitest';
import type { TSchema } from 'typebox';
import { check, facts, messages, words } from '../../../contract/index.ts';
import { fixtureNames, validMessage, wrongMessage } from '../../fixtures/messages.ts';

const bodies = (rows: Readonly<Record<string, { readonly body: TSchema }>>) =>
  Object.entries(rows).map(([name, row]) => [name, row.body] as const);

const rows: readonly (readonly [string, TSchema])[] = [
  ...Object.entries(messages).map(([name, row]) => [name, row.payload] as const),
  ...bodies(facts),
  ...bodies(words),
];
const names = rows.map(([name]) => name);

test('no name stands in two tables', () => {
  expect(new Set(names).size).toBe(names.length);
});

test.each(['valid', 'invalid'] as const)(
  'every row has a %s fixture, and there is no other',
  (side) => {
    expect(fixtureNames(side)).toEqual([...names].sort());
  },
);

test.each(rows)('%s: the valid fixture passes', (name, schema) => {
  const payload = validMessage(name);
  expect(check(schema, payload)).toEqual({ ok: true, value: payload });
});

test.each(rows)('%s: the wrong fixture is refused, with a reason', (name, schema) => {
  const { why, payload } = wrongMessage(name);
  expect(why).toMatch(/^[A-Z].*\.$/);
  const found = check(schema, payload);
  expect(found.ok).toBe(false);
  expect(found.ok ? '' : found.why).not.toBe('');
});

test.each(rows)('%s: a field from the future does no harm', (name, schema) => {
  const payload = validMessage(name);
  expect(check(schema, { ...(payload as object), fieldOfTomorrow: true }).ok).toBe(true);
});
