/** The routes of the admin API about who devices are: codes, statuses, certificates, the portal’s keys. */
import {
  deviceStatuses,
  isSubject,
  keySetsMost,
  type DeviceStatus,
  type Subject,
} from '../../contract/index.ts';
import { fieldsOf, ok, refusal, type Answer, type Fields, type Route } from './answer.ts';
import type { Portal } from './portal.ts';
import { codeOpenMsMost } from './registrar.ts';

/** The routes, for a portal. */
export const registryRoutes = ({ registry }: Portal): readonly Route[] => [
  {
    method: 'POST',
    path: '/admin/registration-codes',
    says: 'opens a one-time code for a device: { clientId, deviceGroupId, minutes? }',
    run: ({ body }) => openCode(registry, fieldsOf(body)),
  },
  {
    method: 'POST',
    path: '/admin/devices/{clientId}/{deviceId}/status',
    says: 'sets a device’s status: { status: "Active" | "Inactive" | "Disabled" }',
    run: ({ parts, body }) => setStatus(registry, parts, fieldsOf(body)),
  },
  {
    method: 'POST',
    path: '/admin/devices/{clientId}/{deviceId}/revoke',
    says: 'takes all certificates of a device back',
    run: ({ parts }) => revoke(registry, parts, true),
  },
  {
    method: 'POST',
    path: '/admin/devices/{clientId}/{deviceId}/reinstate',
    says: 'takes a revoked device in again; it asks for another certificate by itself',
    run: ({ parts }) => revoke(registry, parts, false),
  },
  {
    method: 'GET',
    path: '/admin/revocations',
    says: 'the list of certificates taken back, for the broker (crlfile)',
    run: () => {
      const list = registry.revoked();
      return list === undefined ? closed() : ok({ list });
    },
  },
  {
    method: 'POST',
    path: '/admin/keys/rotate',
    says: 'puts other signing and sealing keys in force, and leads every device to them',
    run: () => {
      const version = registry.rotateKeys();
      return version === undefined ? chainFull() : ok({ version });
    },
  },
];

type Registry = Portal['registry'];
const closed = (): Answer =>
  refusal(409, 'registration_closed', 'This portal has no authority to certify devices with.');

const chainFull = (): Answer =>
  refusal(
    409,
    'conflict',
    `Devices follow at most ${keySetsMost} key sets, and this portal has had as many; nothing was changed. ` +
      'Set up another portal, and register the devices there anew.',
  );

const notRegistered = (): Answer =>
  refusal(404, 'not_found', 'The portal has registered no such device.');

const unknown = (): Answer =>
  refusal(404, 'not_found', 'The portal has neither registered nor heard such a device.');

const subjectOf = ([clientId = '', deviceId = '']: readonly string[]): Subject | undefined =>
  isSubject({ clientId, deviceId }) ? { clientId, deviceId } : undefined;

const setStatus = (registry: Registry, parts: readonly string[], fields: Fields): Answer => {
  const subject = subjectOf(parts);
  if (subject === undefined || !registry.knows(subject)) return unknown();
  const status = deviceStatuses.find((known): known is DeviceStatus => known === fields['status']);
  if (status === undefined) {
    return refusal(400, 'malformed', `status is one of ${deviceStatuses.join(', ')}.`);
  }
  const version = registry.desired.amend(subject, { status });
  return ok({ device: parts.join('/'), status, version });
};

const revoke = ({ renewals }: Registry, parts: readonly string[], isRevoked: boolean): Answer => {
  const subject = subjectOf(parts);
  const isDone = subject !== undefined && renewals.revoke(subject, isRevoked);
  return isDone ? ok({ device: parts.join('/'), revoked: isRevoked }) : notRegistered();
};

const minutesUsual = 15;

const openCode = ({ registrar, groups }: Registry, fields: Fields): Answer => {
  const { clientId, deviceGroupId, minutes = minutesUsual } = fields;
  // Both names stand in topics and documents; what a device may be called, a group may be.
  if (!isNamed(clientId, 'device') || !isNamed('client', deviceGroupId)) {
    const says = 'Send { clientId, deviceGroupId, minutes? } of A-Z a-z 0-9 _ -.';
    return refusal(400, 'malformed', says);
  }
  const openMs = typeof minutes === 'number' ? minutes * 60_000 : NaN;
  if (!(openMs > 0 && openMs <= codeOpenMsMost)) {
    return refusal(400, 'malformed', `minutes is above 0 and at most ${codeOpenMsMost / 60_000}.`);
  }
  const names = { clientId: String(clientId), deviceGroupId: String(deviceGroupId) };
  const opened = registrar.open({ ...names, openMs: Math.round(openMs) });
  if (opened === undefined) return closed();
  const full = groups.make(names.clientId, names.deviceGroupId);
  if (full !== undefined) return refusal(409, full.code, full.why);
  return { status: 201, body: { ...opened, untilTime: new Date(opened.until).toISOString() } };
};

const isNamed = (clientId: unknown, deviceId: unknown): boolean =>
  typeof clientId === 'string' && typeof deviceId === 'string' && isSubject({ clientId, deviceId });
