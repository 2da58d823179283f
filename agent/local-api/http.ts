/**
 * The door to fastify: serves the table of routes on loopback, over plain HTTP.
 *
 * Every request passes here in this order: its `Host`, who asks, whether they may, its size, its schema; then
 * the route answers.
 */
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Log } from '../diagnostics/events.ts';
import type { Mark } from '../durability.ts';
import { storageFaultOf } from '../ledger/sqlite.ts';
import type { Refused } from '../payments/entering.ts';
import type { Shop } from '../shop.ts';
import { nobody, type Asker } from '../access/asker.ts';
import { tellOf } from './audited.ts';
import { proofIn, refusalOfHost } from './access.ts';
import { apiLimits } from './limits.ts';
import { refusalOfMisfit } from './misfit.ts';
import { problemOf, problemType } from './problem.ts';
import { readNumbers, refusalOfSurplus } from './reading.ts';
import { refused, type Answer, type Ask, type Route, type CallClock } from './route.ts';
import { routes } from './routes.ts';
import { unknownCall } from './unknown.ts';

export interface LocalApiParts {
  readonly shop: Shop;
  readonly log: Log;
  readonly clock: CallClock;
  /** Told when a POS was sent the answer to a sale. */
  readonly mark?: Mark | undefined;
}

export interface LocalApi {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the local API where the settings say. */
export const startLocalApi = async (parts: LocalApiParts): Promise<LocalApi> => {
  const { 'api.host': host, 'api.port': port } = parts.shop.settings;
  const server = newServer(parts.shop);
  takeJsonOnly(server);
  guardAll(server, parts.shop);
  for (const route of routes) serve(server, route, parts);
  answerFailures(server, parts.log);
  await server.listen({ host, port });
  const address = server.server.address();
  return {
    // Port 0 asks for any free one.
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => server.close(),
  };
};

const newServer = (shop: Shop): FastifyInstance => {
  const server = fastify({
    bodyLimit: apiLimits.bodyBytes,
    connectionTimeout: apiLimits.silenceMs,
    keepAliveTimeout: apiLimits.keepAliveMs,
    requestTimeout: apiLimits.requestWithinMs,
    forceCloseConnections: true,
    http: {
      headersTimeout: apiLimits.headersWithinMs,
      connectionsCheckingInterval: apiLimits.slownessCheckedEveryMs,
      maxHeaderSize: apiLimits.headerBytes,
      // A request without a Host is refused like any other wrong one, with a problem.
      requireHostHeader: false,
    },
    // What Node's parser refuses before there is a request.
    clientErrorHandler: ({ code }, socket) => {
      if (code !== 'ECONNRESET' && socket.writable) socket.write(answerTo(code));
      // Whoever does not close the connection would keep one of the few there are.
      socket.destroySoon();
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    // What fastify refuses before its hooks run, like a path that is no UTF-8.
    frameworkErrors: (_error, request, reply) => {
      refuse(reply, guard(request, shop) ?? unknown(request));
    },
  });
  server.server.maxConnections = apiLimits.connections;
  return server;
};

// Fastify also reads text/plain; a client that sends that has not set its Content-Type.
const takeJsonOnly = (server: FastifyInstance): void => {
  server.removeAllContentTypeParsers();
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, parse);
};

const guardAll = (server: FastifyInstance, shop: Shop): void => {
  server.addHook('onRequest', async (request, reply) => {
    const refusal = guard(request, shop);
    if (refusal !== undefined) return refuse(reply, refusal);
    void reply.headers({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    return undefined;
  });
};

const urlOf = ({ path }: Route): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const byCall = new Map(routes.map((route) => [`${route.method} ${urlOf(route)}`, route]));

/** Who asks, of every request that was let pass. */
const askers = new WeakMap<FastifyRequest, Asker>();

const guard = (request: FastifyRequest, { access }: Shop): Refused | undefined => {
  const refusal = refusalOfHost(request.headers.host, request.socket.localPort ?? 0);
  if (refusal !== undefined) return refusal;
  const { method, routeOptions } = request;
  const route = byCall.get(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`);
  if (route?.open === true) return undefined;
  const asker = access.recognise(proofIn((name) => headerOf(request, name), method));
  if ('is' in asker) return asker;
  askers.set(request, asker);
  return route === undefined ? undefined : access.refusalOf(asker, route.needs, route.name);
};

const headerOf = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
};

/** Lines of a stack that are logged. */
const traceLinesMax = 4;

const noQuery = { type: 'object', additionalProperties: false };

const serve = (
  server: FastifyInstance,
  route: Route,
  { shop, clock, mark }: LocalApiParts,
): void => {
  const { name, method, body, bodyOptional, query = noQuery } = route;
  server.route({
    method,
    url: urlOf(route),
    schema: { querystring: query, ...(body === undefined ? {} : { body }) },
    preValidation: async (request, reply) => {
      if (bodyOptional === true) request.body ??= {};
      readNumbers(request.query as Record<string, unknown>, route.query);
      const surplus = body === undefined ? refusalOfSurplus(request.body) : undefined;
      return surplus === undefined ? undefined : refuse(reply, surplus);
    },
    onResponse: (_request, _reply, done) => {
      if (name === 'beginTransaction') mark?.('after-answer');
      done();
    },
    handler: async (request, reply) => {
      const ask = askOf(request);
      const answer = await tellOf(route, ask, shop, () => route.answer(ask, shop, clock));
      return send(reply, answer);
    },
  });
};

const askOf = (request: FastifyRequest): Ask => ({
  path: request.params as Record<string, string>,
  body: request.body,
  query: request.query,
  header: (name) => headerOf(request, name),
  by: askers.get(request) ?? nobody,
  isSecure: request.protocol === 'https',
});

const send = (reply: FastifyReply, answer: Answer): FastifyReply => {
  if (answer.is === 'refused') return refuse(reply, answer);
  const sent = reply.code(answer.status).headers(answer.headers ?? {});
  return 'text' in answer
    ? sent.type(`${answer.type}; charset=utf-8`).send(answer.text)
    : sent.send(answer.body);
};

const refuse = (reply: FastifyReply, refusal: Refused): FastifyReply => {
  const { body, headers } = problemOf(refusal);
  // As bytes, because fastify adds a character set to text, which this media type has no use for.
  const bytes = Buffer.from(JSON.stringify(body));
  return reply.code(body.status).headers(headers).type(problemType).send(bytes);
};

/** What Node's parser refuses, by its code, as status, phrase and detail; else it is no HTTP at all. */
const unparsed: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    ...([431, 'Request Header Fields Too Large'] as const),
    `The head of a request has at most ${apiLimits.headerBytes} bytes.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not come in time.'],
};

/** The answer to it, as bytes: there is no request that could be replied to. */
const answerTo = (code: string | undefined): string => {
  const [status, phrase, detail] = unparsed[code ?? ''] ?? [400, 'Bad Request', 'This is no HTTP.'];
  const { body } = problemOf(refused('malformed', detail));
  const text = JSON.stringify({ ...body, status });
  const headers = [
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  return [`HTTP/1.1 ${status} ${phrase}`, ...headers, '', text].join('\r\n');
};

// Without its query, which says how, not what.
const unknown = ({ method, url }: FastifyRequest): Refused =>
  unknownCall(method, url.split('?', 1)[0] ?? '');

const answerFailures = (server: FastifyInstance, log: Log): void => {
  server.setNotFoundHandler((request, reply) => refuse(reply, unknown(request)));
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const refusal = refusalOfFailure(error);
    if (refusal.code === 'internal') {
      const route = request.routeOptions.url ?? 'none';
      log('api.failed', { method: request.method, route, detail: traceOf(error) });
    }
    return refuse(reply, refusal);
  });
};

const traceOf = ({ stack, message }: Error): string =>
  (stack ?? message)
    .split('\n')
    .slice(0, traceLinesMax)
    .map((line) => line.trim())
    .join(' ');

const refusalOfFailure = (error: FastifyError): Refused => {
  const [misfit] = error.validation ?? [];
  if (misfit !== undefined) {
    return refusalOfMisfit(error.validationContext === 'body' ? 'body' : 'query', misfit);
  }
  if (storageFaultOf(error) !== undefined) return refused('storage_unavailable');
  const { statusCode = 500 } = error;
  if (statusCode === 413) return refused('too_large');
  if (statusCode === 415) return refused('unsupported_media_type');
  if (statusCode >= 500) return refused('internal');
  // The parser's own message repeats what it could not read, so it is not passed on.
  return refused('malformed', 'The body is no JSON of this API; /openapi.json describes it.');
};
