/**
 * The admin API: what people and tests ask of the portal over HTTP, on loopback. JSON both ways.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isSubject } from '../../contract/index.ts';
import {
  faultChannels,
  faultLimits,
  faultNames,
  faultTable,
  type Arming,
  type FaultName,
} from './faults.ts';
import { batchesMost, transactionsMost, type Portal } from './portal.ts';

/** The port where the surface says the admin API is. */
export const adminPort = 7430;

/** Limits of the API: bytes of a body, snapshots kept, milliseconds for a request. */
export const adminLimits = {
  bodyBytes: 16_384,
  importBytes: 268_435_456,
  snapshots: 16,
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

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What a route is called with: the parts of the path in brackets, and the body. */
interface Call {
  readonly parts: readonly string[];
  readonly body: unknown;
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** Parts in braces stand for a name each. */
  readonly path: string;
  readonly says: string;
  /** Takes lines of JSON, as text. */
  readonly lines?: true;
  readonly run: (call: Call) => Answer;
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

const routesOf = (portal: Portal): readonly Route[] => {
  const routes: readonly Route[] = [
    {
      method: 'GET',
      path: '/admin',
      says: 'this list',
      run: () => ok({ calls: routes.map(({ method, path, says }) => ({ method, path, says })) }),
    },
    {
      method: 'GET',
      path: '/admin/health',
      says: 'whether the portal is there',
      run: () => ok({ status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/admin/devices',
      says: 'every device: its session, its logs, what is undecided or in conflict',
      run: () => ok({ devices: portal.devices() }),
    },
    {
      method: 'GET',
      path: '/admin/transactions',
      says: 'the newest transactions as the host saw them, with their attempts',
      run: () => ok({ transactions: portal.transactions(), most: transactionsMost }),
    },
    {
      method: 'GET',
      path: '/admin/batches',
      says: 'the newest closed batches, and how each was settled',
      run: () => ok({ batches: portal.batches(), most: batchesMost }),
    },
    {
      method: 'GET',
      path: '/admin/host',
      says: 'the host’s books: net amounts, and charges that should never be',
      run: () => ok(portal.host()),
    },
    {
      method: 'GET',
      path: '/admin/faults',
      says: 'the faults there are, and which are armed',
      run: () => ok(faultsOf(portal)),
    },
    {
      method: 'POST',
      path: '/admin/faults',
      says: 'arms a fault: { fault, count?, ms?, channel? }',
      run: ({ body }) => armFault(portal, body),
    },
    {
      method: 'POST',
      path: '/admin/devices/{clientId}/{deviceId}/epoch',
      says: 'lets a device open a new epoch of its log',
      run: ({ parts }) => openEpoch(portal, parts),
    },
    {
      method: 'POST',
      path: '/admin/imports',
      says: 'takes the exported log of a dead device in, and retires the device',
      lines: true,
      run: ({ body }) => importLog(portal, body),
    },
    ...snapshotRoutes(portal),
  ];
  return routes;
};

const snapshotRoutes = (portal: Portal): readonly Route[] => {
  const snapshots: Uint8Array[] = [];
  return [
    {
      method: 'POST',
      path: '/admin/snapshots',
      says: 'keeps the portal’s state under a number',
      run: () => {
        if (snapshots.length >= adminLimits.snapshots) {
          return refusal(409, 'conflict', `${adminLimits.snapshots} snapshots are kept already.`);
        }
        const image = portal.snapshot();
        return { status: 201, body: { snapshot: snapshots.push(image), bytes: image.length } };
      },
    },
    {
      method: 'POST',
      path: '/admin/snapshots/{n}/restore',
      says: 'brings a kept state back, as a restore from backup does',
      run: ({ parts: [number = ''] }) => {
        const image = snapshots[Number(number) - 1];
        if (image === undefined) return refusal(404, 'not_found', 'There is no such snapshot.');
        portal.restore(image);
        return ok({ restored: Number(number) });
      },
    },
  ];
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

const armFault = (portal: Portal, body: unknown): Answer => {
  const arming = armingOf(body);
  if (typeof arming === 'string') return refusal(400, 'malformed', arming);
  portal.faults.arm(arming.fault, arming.how);
  return ok(faultsOf(portal));
};

// `{ fault, count, ms?, channel? }`; what is wrong with it is said in a sentence.
const armingOf = (body: unknown): { fault: FaultName; how: Arming } | string => {
  if (typeof body !== 'object' || body === null) return 'Send { fault, count, ms?, channel? }.';
  const { fault, count = 1, ms, channel, ...others } = body as Record<string, unknown>;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) return `There is no field ${unknown.slice(0, 64)}.`;
  const name = faultNames.find((known) => known === fault);
  if (name === undefined) return `fault is one of ${faultNames.join(', ')}.`;
  if (!isWhole(count, faultLimits.count)) return `count is 0 to ${faultLimits.count}.`;
  if (ms !== undefined && !isWhole(ms, faultLimits.ms)) return `ms is 0 to ${faultLimits.ms}.`;
  const kept = faultChannels.find((known) => known === channel);
  if (channel !== undefined && kept === undefined) {
    return `channel is one of ${faultChannels.join(', ')}.`;
  }
  const waits = ms === undefined ? {} : { ms };
  return {
    fault: name,
    how: { count, ...waits, ...(kept === undefined ? {} : { channel: kept }) },
  };
};

const isWhole = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;

const faultsOf = (portal: Portal) => ({ armed: portal.faults.armed(), faults: faultTable });

const openEpoch = (portal: Portal, [clientId = '', deviceId = '']: readonly string[]): Answer => {
  const subject = { clientId, deviceId };
  const epoch = isSubject(subject) ? portal.openEpoch(subject) : undefined;
  if (epoch === undefined) return refusal(404, 'not_found', 'The portal knows no such device.');
  return ok({ device: `${clientId}/${deviceId}`, epoch });
};

const importLog = (portal: Portal, body: unknown): Answer => {
  const imported = portal.import(typeof body === 'string' ? body : '');
  if (imported.is === 'imported') {
    const { device, epoch, through } = imported;
    return { status: 201, body: { device, epoch, through, retired: true } };
  }
  return refusal(imported.code === 'conflict' ? 409 : 400, imported.code, `${imported.why}.`);
};

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

const ok = (body: unknown): Answer => ({ status: 200, body });

const refusal = (status: number, code: string, detail: string): Answer => ({
  status,
  body: { code, detail },
});

const send = (response: ServerResponse, { status, body }: Answer): void => {
  const problem = status >= 400;
  response.writeHead(status, {
    'content-type': problem ? 'application/problem+json' : 'application/json',
    'cache-control': 'no-store',
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(`${JSON.stringify(body)}\n`);
};
