/**
 * The routes of the admin API by which people order something: a change of an approved transaction, that one
 * waits or goes on, or a command for a device. What they send is checked by the schema of the word the device
 * hears.
 */
import {
  Actor,
  Amount,
  check,
  isSubject,
  subjectName,
  words,
  type Subject,
  type WordBody,
} from '../../contract/index.ts';
import { fieldsOf, ok, refusal, type Answer, type Fields, type Route } from './answer.ts';
import type { ChangeKind, ChangeOrder } from './changes.ts';
import type { ParkingOrder } from './parking.ts';
import { commandsMost, type Portal } from './portal.ts';

/** What a change is called in a path. */
const kinds: Readonly<Record<string, ChangeKind>> = {
  void: 'void',
  refund: 'refund',
  adjust: 'adjustment',
};

const statusOf = { not_found: 404, conflict: 409, declined: 409 } as const;

/** The routes, for a portal. */
export const orderRoutes = (portal: Portal): readonly Route[] => [
  {
    method: 'POST',
    path: '/admin/transactions/{id}/{change}',
    says: 'voids, refunds or adjusts an approved one: { clientId?, deviceId?, amount?, by }',
    run: ({ parts, body }) => change(portal, parts, fieldsOf(body)),
  },
  {
    method: 'POST',
    path: '/admin/transactions/{clientId}/{deviceId}/{id}/hold',
    says: 'parks one that waits to be decided; its device is not told',
    run: ({ parts }) => park(portal, parts, 'hold'),
  },
  {
    method: 'POST',
    path: '/admin/transactions/{clientId}/{deviceId}/{id}/release',
    says: 'lets one that is parked be decided, whoever parked it',
    run: ({ parts }) => park(portal, parts, 'release'),
  },
  {
    method: 'GET',
    path: '/admin/commands',
    says: 'the newest commands, and what became of each',
    run: () => ok({ commands: portal.commands(), most: commandsMost }),
  },
  {
    method: 'POST',
    path: '/admin/commands',
    says: 'commands a device: { clientId, deviceId, kind, params?, issuedBy, ttlMs }',
    run: ({ body }) => command(portal, fieldsOf(body)),
  },
];

const change = (
  portal: Portal,
  [id = '', path = '']: readonly string[],
  fields: Fields,
): Answer => {
  const kind = Object.hasOwn(kinds, path) ? kinds[path] : undefined;
  if (kind === undefined) return refusal(404, 'not_found', 'Void, refund or adjust a transaction.');
  const { clientId, deviceId, ...rest } = fields;
  const order = orderOf(rest);
  if (typeof order === 'string') return refusal(400, 'malformed', `${order}.`);
  const named = subjectOf(clientId, deviceId);
  if (named === undefined && (clientId ?? deviceId) !== undefined) {
    return refusal(400, 'malformed', 'Name a device by its clientId and its deviceId.');
  }
  const known = portal
    .devicesOf(id)
    .filter((device) => named === undefined || device === subjectName(named));
  const [device, other] = known;
  if (device === undefined) return refusal(404, 'not_found', 'The host knows no such transaction.');
  if (other !== undefined) {
    return refusal(409, 'conflict', 'Several devices have it; name one by clientId and deviceId.');
  }
  const changed = portal.change({ ...order, device, transactionId: id, kind });
  if (changed.is === 'refused')
    return refusal(statusOf[changed.code], changed.code, `${changed.why}.`);
  const { amount, changeId } = changed;
  return { status: 201, body: { device, transactionId: id, kind, amount, changeId } };
};

const park = (
  portal: Portal,
  [clientId, deviceId, transactionId = '']: readonly string[],
  doing: ParkingOrder['do'],
): Answer => {
  const subject = subjectOf(clientId, deviceId);
  const device = subject === undefined ? '' : subjectName(subject);
  const parked = portal.park({ device, transactionId, do: doing });
  if (parked.is === 'refused') {
    return refusal(statusOf[parked.code], parked.code, `${sentence(parked.why)}.`);
  }
  return ok({ device, transactionId, parked: parked.is === 'parked' });
};

const sentence = (why: string): string => `${why.slice(0, 1).toUpperCase()}${why.slice(1)}`;

// What is wrong with it is said in a sentence.
const orderOf = (fields: Fields): Pick<ChangeOrder, 'amount' | 'by'> | string => {
  const { amount, by, ...others } = fields;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) return `There is no field ${unknown.slice(0, 64)}`;
  const actor = check(Actor, by);
  if (!actor.ok) return `by is { userId, role? }: ${actor.why}`;
  if (amount === undefined) return { by: actor.value };
  const checked = check(Amount, amount);
  return checked.ok
    ? { by: actor.value, amount: checked.value }
    : `amount is { value, currency }: ${checked.why}`;
};

const command = (portal: Portal, fields: Fields): Answer => {
  const { clientId, deviceId, ...order } = fields;
  const subject = subjectOf(clientId, deviceId);
  const body = { commandId: 'cmd', params: {}, ...order };
  const checked = check(words.command.body, body);
  if (!checked.ok) return refusal(400, 'malformed', `A command is not like this: ${checked.why}.`);
  const { kind, params, issuedBy, ttlMs } = checked.value;
  const given: Omit<WordBody<'command'>, 'commandId'> = { kind, params, issuedBy, ttlMs };
  const commandId = subject === undefined ? undefined : portal.command(subject, given);
  if (commandId === undefined) {
    return refusal(404, 'not_found', 'The portal knows no such device.');
  }
  return { status: 201, body: { commandId } };
};

const subjectOf = (clientId: unknown, deviceId: unknown): Subject | undefined => {
  if (typeof clientId !== 'string' || typeof deviceId !== 'string') return undefined;
  const subject = { clientId, deviceId };
  return isSubject(subject) ? subject : undefined;
};
