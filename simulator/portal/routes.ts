/** The routes of the admin API: every call, what it takes, and what it answers. */
import { isSubject } from '../../contract/index.ts';
import { accessRoutes } from './access-routes.ts';
import { ok, refusal, type Answer, type Route } from './answer.ts';
import {
  faultChannels,
  faultLimits,
  faultNames,
  faultTable,
  type Arming,
  type FaultName,
} from './faults.ts';
import { groupRoutes } from './group-routes.ts';
import { orderRoutes } from './order-routes.ts';
import { registryRoutes } from './registry-routes.ts';
import { batchesMost, transactionsMost, type Portal } from './portal.ts';

/** The most snapshots that are kept. */
export const snapshotsMost = 16;

/** Every call there is. */
export const routesOf = (portal: Portal): readonly Route[] => {
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
      says: 'the newest closed batches, how each was settled, and what stands of it',
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
    ...routesBeside(portal),
  ];
  return routes;
};

/** The calls that stand in files of their own, and those about snapshots. */
const routesBeside = (portal: Portal): readonly Route[] => [
  ...orderRoutes(portal),
  ...registryRoutes(portal),
  ...groupRoutes(portal.registry.groups),
  ...accessRoutes(portal.registry.access),
  ...snapshotRoutes(portal),
];

const snapshotRoutes = (portal: Portal): readonly Route[] => {
  const snapshots: Uint8Array[] = [];
  return [
    {
      method: 'POST',
      path: '/admin/snapshots',
      says: 'keeps the portal’s state under a number',
      run: () => {
        if (snapshots.length >= snapshotsMost) {
          return refusal(409, 'conflict', `${snapshotsMost} snapshots are kept already.`);
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
    const { device, epoch, through, receipt } = imported;
    return { status: 201, body: { device, epoch, through, retired: true, receipt } };
  }
  return refusal(imported.code === 'conflict' ? 409 : 400, imported.code, `${imported.why}.`);
};
