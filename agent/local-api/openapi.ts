/** The OpenAPI 3.1 document, made from the table of routes. Pure: rows in, document out. */
import type { TSchema } from 'typebox';
import {
  Actor,
  Amount,
  BatchTotal,
  ConfigurationInForce,
  ConfigurationLayers,
  ConfigurationRefused,
  MaskedCard,
  refusals,
  type RefusalCode,
} from '../../contract/index.ts';
import { rights, type RightRow } from '../access/rights.ts';
import { sessionCookie } from './access.ts';
import { release } from '../../firmware/index.ts';
import { Problem, problemType, statusOf } from './problem.ts';
import { membersOf } from './reading.ts';
import { BatchShape } from './batches.ts';
import { CurrencySums, Sum } from './reports.ts';
import type { Route, TextType } from './route.ts';
import { ReaderShape, TransactionShape, TransactionWithHistory } from './shapes.ts';

/** Shapes that stand in the document once, and are referred to wherever they occur. */
const named: Readonly<Record<string, TSchema>> = {
  Actor,
  Amount,
  Batch: BatchShape,
  BatchTotal,
  ConfigurationInForce,
  ConfigurationLayers,
  ConfigurationRefused,
  CurrencySums,
  MaskedCard,
  Problem,
  Reader: ReaderShape,
  Sum,
  Transaction: TransactionShape,
  TransactionWithHistory,
};

/** The document that describes some routes. */
export const openApiOf = (routes: readonly Route[]): object => ({
  openapi: '3.1.0',
  info: {
    title: 'Holdfast local API',
    version: release.version,
    summary: 'What a point of sale and a technician ask the agent on the same device.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: 'http://127.0.0.1:7420' }],
  paths: pathsOf(routes),
  components: {
    securitySchemes: {
      apiKey: {
        type: 'apiKey',
        in: 'header',
        name: 'x-api-key',
        description:
          'The key of an application, with its scopes, or the one the first start wrote to ' +
          '`identity/local.key`, with all of them.',
      },
      bearer: {
        type: 'http',
        scheme: 'bearer',
        description: 'The token of `POST /v1/sessions`, with the role of who signed in.',
      },
      console: {
        type: 'apiKey',
        in: 'cookie',
        name: sessionCookie,
        description:
          'The session of a browser, with the role of who signed in. All but GET need the header ' +
          '`X-CSRF-Token` too.',
      },
    },
    schemas: Object.fromEntries(
      Object.entries(named).map(([name, schema]) => [name, shapesIn(schema)]),
    ),
  },
});

const pathsOf = (routes: readonly Route[]): object => {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(route),
    };
  }
  return paths;
};

const operationOf = (route: Route): object => ({
  operationId: route.name,
  summary: route.says,
  security: securityOf(route),
  parameters: parametersOf(route),
  ...(route.body === undefined
    ? {}
    : {
        requestBody: {
          required: route.bodyOptional !== true,
          content: jsonOf('application/json', route.body),
        },
      }),
  responses: { ...answersOf(route), ...refusalsOf(route) },
});

/** Any one of these will do; beside each scheme, the scope or the roles it needs. */
const securityOf = ({ open, needs }: Route): object[] => {
  if (open === true) return [];
  const row: RightRow = rights[needs];
  return [
    ...row.scopes.map((scope) => ({ apiKey: [scope] })),
    { bearer: row.roles },
    { console: row.roles },
  ];
};

const parametersOf = ({ path, query, headers = [] }: Route): object[] => [
  ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  ...Object.entries(membersOf(query)).map(([name, schema]) => ({ name, in: 'query', schema })),
  ...headers.map(({ name, says, schema, required }) => ({
    name,
    in: 'header',
    description: says,
    required,
    schema,
  })),
];

const answersOf = ({ answers }: Route): object =>
  Object.fromEntries(
    Object.entries(answers).map(([status, { says, schema, texts = [] }]) => [
      status,
      {
        description: says,
        content: {
          ...(schema === undefined ? {} : jsonOf('application/json', schema)),
          ...textsOf(texts),
        },
      },
    ]),
  );

const textsOf = (types: readonly TextType[]): object =>
  Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]));

const refusalsOf = (route: Route): object => {
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of codesOf(route)) {
    const status = statusOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const rows = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${refusals[code].says}`).join(' '),
      content: jsonOf(problemType, Problem),
    },
  ]);
  return Object.fromEntries(rows) as object;
};

const codesOf = ({ open, method, body, refusals: own = [] }: Route): Set<RefusalCode> =>
  new Set([
    'host_not_allowed',
    'malformed',
    'unknown_field',
    ...(open === true ? [] : (['unauthorized', 'forbidden'] as const)),
    ...(open === true || method === 'GET' ? [] : (['csrf'] as const)),
    ...(body === undefined ? [] : (['too_large', 'unsupported_media_type'] as const)),
    ...own,
    'internal',
  ]);

const jsonOf = (type: string, schema: object): object => ({ [type]: { schema: shapeOf(schema) } });

// An optional member is a copy of its schema, so likeness counts, not identity.
const names = new Map(Object.entries(named).map(([name, shape]) => [JSON.stringify(shape), name]));

/** A schema with references in place of those that have a name. */
const shapeOf = (schema: unknown): unknown => {
  const name = names.get(JSON.stringify(schema));
  return name === undefined ? shapesIn(schema) : { $ref: `#/components/schemas/${name}` };
};

const shapesIn = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(shapeOf);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, held]) => [key, shapeOf(held)]));
};
