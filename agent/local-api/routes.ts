/** The table of routes: everything the local API answers. */
import { Type } from 'typebox';
import { batchRoutes } from './batches.ts';
import { configRoutes } from './config.ts';
import { metricsRoutes } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import { queueRoutes } from './queue.ts';
import { readerRoutes } from './readers.ts';
import { receiptRoutes } from './receipts.ts';
import { reportRoutes } from './reports.ts';
import { ok, route, type Route } from './route.ts';
import { sessionRoutes } from './sessions.ts';
import { statusRoutes } from './status.ts';
import { transactionRoutes } from './transactions.ts';

/** Every route there is. */
export const routes: readonly Route[] = [
  ...statusRoutes,
  ...transactionRoutes,
  ...receiptRoutes,
  ...queueRoutes,
  ...batchRoutes,
  ...readerRoutes,
  ...reportRoutes,
  ...configRoutes,
  ...metricsRoutes,
  ...sessionRoutes,
  route({
    name: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    says: 'This description.',
    open: true,
    answers: { 200: { says: 'OpenAPI 3.1.', schema: Type.Object({ openapi: Type.String() }) } },
    answer: () => ok(openApiDocument()),
  }),
];

/** The OpenAPI document of all routes; `openapi.json` at the root of the repository is its text. */
export const openApiDocument = (): object => openApiOf(routes);
