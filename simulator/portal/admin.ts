/**
 * The admin API: what people and tests ask of the portal over HTTP, on loopback. JSON both ways. What there
 * is to ask stands in `routes.ts`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { refusal, type Answer, type Route } from './answer.ts';
import type { Portal } from './portal.ts';
import { routesOf } from './routes.ts';

/** The port where the surface says the admin API is. */
export const adminPort = 7430;

/** Limits of the API: bytes of a body, milliseconds for a request. */
export const adminLimits = {
  bodyBytes: 65_536,
  importBytes: 268_435_456,
  requestMs: 60_000,
} as const;

export interface AdminOptions {
  readonly portal: Portal;
  /** 0: one that is free. */
  readonly port: number;
}

export interface Admin {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the admin API on loopback. */
export const startAdmin = async ({ portal, port }: AdminOptions): Promise<Admin> => {
  const routes = routesOf(portal);
  const server = createServer((request, response) => {
    answerTo(request, routes).then(
      (answer) => send(response, answer),
      () => send(response, refusal(500, 'internal', 'Something failed in the portal.')),
    );
  });
  server.requestTimeout = adminLimits.requestMs;
  const listeningOn = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
  return {
    url: `http://127.0.0.1:${listeningOn}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const answerTo = async (request: IncomingMessage, routes: readonly Route[]): Promise<Answer> => {
  // A page in a browser could reach loopback by a name of its own.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    return refusal(400, 'host_not_allowed', 'The Host header names another host than this API.');
  }
  const path = (request.url ?? '').split('?')[0] ?? '';
  const there = routes.filter((route) => formOf(route).test(path));
  const route = there.find(({ method }) => method === request.method);
  if (there.length === 0) {
    return refusal(
      404,
      'not_found',
      'There is nothing under this path; GET /admin lists the calls.',
    );
  }
  if (route === undefined) {
    const allowed = there.map(({ method }) => method).join(', ');
    return refusal(405, 'method_not_allowed', `This path knows ${allowed}.`);
  }
  const parts = (formOf(route).exec(path) ?? []).slice(1);
  if (route.method === 'GET') return route.run({ parts, body: undefined });
  const heard = await bodyOf(request, route);
  return 'status' in heard ? heard : route.run({ parts, body: heard.body });
};

/** The body a route is called with, or why it cannot be. */
const bodyOf = async (
  request: IncomingMessage,
  { lines }: Route,
): Promise<Answer | { body: unknown }> => {
  const bytesMost = lines === true ? adminLimits.importBytes : adminLimits.bodyBytes;
  const text = await textOf(request, bytesMost);
  if (text === undefined) {
    return refusal(413, 'too_large', `A body has at most ${bytesMost} bytes.`);
  }
  if (lines === true) return { body: text };
  if (text === '') return { body: undefined };
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return refusal(415, 'unsupported_media_type', 'Send application/json.');
  }
  const body = parsed(text);
  return body === undefined ? refusal(400, 'malformed', 'The body is not JSON.') : { body };
};

const formOf = ({ path }: Route): RegExp =>
  new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);

const textOf = async (request: IncomingMessage, bytesMost: number): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bytesMost) chunks.push(chunk);
  }
  return bytes > bytesMost ? undefined : Buffer.concat(chunks).toString('utf8');
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const send = (response: ServerResponse, { status, body }: Answer): void => {
  const problem = status >= 400;
  response.writeHead(status, {
    'content-type': problem ? 'application/problem+json' : 'application/json',
    'cache-control': 'no-store',
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(`${JSON.stringify(body)}\n`);
};
