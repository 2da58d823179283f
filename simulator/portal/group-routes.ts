/** The routes of the admin API about settings: of clients, of groups, and of single devices. */
import type { Subject } from '../../contract/index.ts';
import { fieldsOf, ok, refusal, type Answer, type Route } from './answer.ts';
import { groupFields } from './group.ts';
import type { Groups, Put } from './groups.ts';
import type { Refused } from './settings-fault.ts';
import type { SettingsBody } from './shared-documents.ts';

const settings = '/admin/clients/{clientId}/settings';
const group = '/admin/groups/{clientId}/{groupId}';
const device = '/admin/devices/{clientId}/{deviceId}';

/** The routes, for groups. */
export const groupRoutes = (groups: Groups): readonly Route[] => [
  {
    method: 'GET',
    path: settings,
    says: 'what is wanted of every device of a client',
    run: ({ parts: [clientId = ''] }) => {
      const wanted = groups.client(clientId);
      return ok({ settings: wanted?.settings ?? {}, version: wanted?.version ?? null });
    },
  },
  {
    method: 'PUT',
    path: settings,
    says: 'wants settings of every device of a client, in place of those before: { settings }',
    run: ({ parts: [clientId = ''], body }) =>
      withSettings(body, (wanted) => groups.putClient(clientId, wanted)),
  },
  {
    method: 'GET',
    path: '/admin/groups/{clientId}',
    says: 'the groups of a client, and how many devices each has',
    run: ({ parts: [clientId = ''] }) => ok({ groups: groups.all(clientId) }),
  },
  {
    method: 'GET',
    path: group,
    says: 'a group, and how far each of its devices is with its present version',
    run: ({ parts: [clientId = '', groupId = ''] }) => viewOf(groups, clientId, groupId),
  },
  {
    method: 'PUT',
    path: group,
    says: `makes or changes a group: { ${groupFields.join('?, ')}?, settings? }`,
    run: ({ parts: [clientId = '', groupId = ''], body }) =>
      withFields([...groupFields, 'settings'], body, (change) =>
        groups.putGroup(clientId, groupId, change),
      ),
  },
  {
    method: 'POST',
    path: `${device}/group`,
    says: 'moves a device into a group, which is made if it is not there: { groupId }',
    run: ({ parts, body }) =>
      withFields(['groupId'], body, ({ groupId }) =>
        typeof groupId === 'string' ? groups.move(subjectOf(parts), groupId) : nameless,
      ),
  },
  {
    method: 'PUT',
    path: `${device}/settings`,
    says: 'wants settings of one device, in place of those it had of its own: { settings }',
    run: ({ parts, body }) =>
      withSettings(body, (wanted) => groups.putDeviceSettings(subjectOf(parts), wanted)),
  },
];

const nameless: Refused = { code: 'malformed', why: 'groupId is a text.' };

const statusOf = { malformed: 400, conflict: 409 } as const;

const subjectOf = ([clientId = '', deviceId = '']: readonly string[]): Subject => ({
  ...{ clientId, deviceId },
});

const viewOf = (groups: Groups, clientId: string, groupId: string): Answer => {
  const { deviceCount: _, ...found } = groups.find(clientId, groupId) ?? { deviceCount: 0 };
  const devices = groups.progress(clientId, groupId);
  return devices === undefined
    ? refusal(404, 'not_found', 'The client has no such group.')
    : ok({ ...found, devices });
};

const withSettings = (body: unknown, put: (wanted: SettingsBody) => Put): Answer =>
  withFields(['settings'], body, (fields) => put(fields['settings'] as SettingsBody));

const withFields = (
  known: readonly string[],
  body: unknown,
  put: (fields: Readonly<Record<string, unknown>>) => Put,
): Answer => {
  const fields = fieldsOf(body);
  const odd = Object.keys(fields).find((field) => !known.includes(field));
  if (odd !== undefined) return refusal(400, 'malformed', `There is no field ${odd.slice(0, 64)}.`);
  const done = put(fields);
  return 'code' in done ? refusal(statusOf[done.code], done.code, done.why) : ok(done);
};
