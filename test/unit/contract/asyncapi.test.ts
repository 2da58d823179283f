/** `contract/asyncapi.json` is a whole AsyncAPI 3.0 document, and its schemas accept what travels. */
import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/schema';
import { describe, expect, test } from 'vitest';
import { facts, messages, words } from '../../../contract/index.ts';
import { validMessage, wrongMessage } from '../../fixtures/messages.ts';

interface Reference {
  readonly $ref: string;
}
interface Channel {
  readonly address: string;
  readonly parameters: Readonly<Record<string, { readonly description: string }>>;
  readonly messages: Readonly<Record<string, Reference>>;
}
interface Operation {
  readonly action: string;
  readonly channel: Reference;
  readonly messages: readonly Reference[];
  readonly bindings: { readonly mqtt: { readonly qos: number; readonly retain: boolean } };
}
interface Document {
  readonly asyncapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly payload: Reference; readonly contentType: string }>
    >;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

const text = readFileSync(new URL('../../../contract/asyncapi.json', import.meta.url), 'utf8');
const document = JSON.parse(text) as Document;
const names = Object.keys(messages);

/** Where a reference inside the document leads, or `undefined`. */
const follow = (reference: string): unknown =>
  reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>(
      (held, name) => (held as Readonly<Record<string, unknown>> | undefined)?.[name],
      document,
    );

/** A schema that stands alone: the components it refers to come with it. */
const alone = (name: string) => {
  const moved = JSON.parse(
    JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
  ) as Record<string, object>;
  return Compile({ $ref: `#/$defs/${name}`, $defs: moved });
};

test('it says what it is', () => {
  expect(document.asyncapi).toBe('3.0.0');
  expect(document.info).toMatchObject({ title: 'Holdfast link', version: '1.0.0' });
});

test('every message has a channel, an operation and a payload, and there is no other', () => {
  expect(Object.keys(document.channels)).toEqual(names);
  expect(Object.keys(document.operations)).toEqual(names);
  expect(Object.keys(document.components.messages)).toEqual(names);
});

test('every reference leads somewhere', () => {
  const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, to = '']) => to);
  expect(references.length).toBeGreaterThan(names.length);
  expect(references.filter((to) => follow(to) === undefined)).toEqual([]);
});

test.each(Object.entries(document.channels))(
  '%s: its address names its parameters',
  (_, channel) => {
    const parameters = [...channel.address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(channel.parameters)).toEqual(parameters);
    for (const { description } of Object.values(channel.parameters))
      expect(description).toMatch(/\.$/);
  },
);

test.each(Object.entries(document.operations))(
  '%s: its operation is that of the table',
  (name, told) => {
    const row = messages[name as keyof typeof messages];
    expect(told.action).toBe(row.from === 'device' ? 'send' : 'receive');
    expect(told.channel.$ref).toBe(`#/channels/${name}`);
    expect(told.messages).toEqual([{ $ref: `#/channels/${name}/messages/${name}` }]);
    expect(told.bindings.mqtt).toMatchObject({ qos: row.qos, retain: row.retained });
    const contentType = row.signed ? 'application/jose' : 'application/json';
    expect(document.components.messages[name]?.contentType).toBe(contentType);
  },
);

describe.each([
  ...names.map((name) => [name, name] as const),
  ...Object.keys(facts).map((name) => [name, `fact.${name}`] as const),
  ...Object.keys(words).map((name) => [name, `word.${name}`] as const),
])('%s', (name, schema) => {
  test('its schema takes what is right and refuses what is wrong', () => {
    const validator = alone(schema);
    expect(validator.Check(validMessage(name))).toBe(true);
    expect(validator.Check(wrongMessage(name).payload)).toBe(false);
  });
});
