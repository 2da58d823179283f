/** The routes of the admin API by which people and programs are let in, and out again. */
import { isSubject } from '../../contract/index.ts';
import type { AccessDesk, AccessRefused, PersonOrder } from './access-desk.ts';
import { fieldsOf, ok, refusal, type Answer, type Route } from './answer.ts';

const statusOf = { malformed: 400, not_found: 404, conflict: 409 } as const;

const users = '/admin/clients/{clientId}/users';
const applications = '/admin/clients/{clientId}/applications';

/** The routes, for a desk. */
export const accessRoutes = (desk: AccessDesk): readonly Route[] => [
  {
    method: 'GET',
    path: users,
    says: 'who may sign in on the devices of a client',
    run: ({ parts: [clientId = ''] }) => ok({ users: desk.people(clientId) }),
  },
  {
    method: 'POST',
    path: users,
    says: 'puts somebody on the list: { userId, name, role, password?, disabled?, newCodes? }',
    run: ({ parts: [clientId = ''], body }) => putPerson(desk, clientId, body),
  },
  {
    method: 'DELETE',
    path: `${users}/{userId}`,
    says: 'takes somebody off the list',
    run: ({ parts: [clientId = '', userId = ''] }) =>
      dropped(desk.dropPerson(clientId, userId), { userId }),
  },
  {
    method: 'GET',
    path: applications,
    says: 'which programs may call the devices of a client',
    run: ({ parts: [clientId = ''] }) => ok({ applications: desk.applications(clientId) }),
  },
  {
    method: 'POST',
    path: applications,
    says: 'puts a program on the list: { applicationId, name, scopes, from?, until? }',
    run: ({ parts: [clientId = ''], body }) => putApplication(desk, clientId, body),
  },
  {
    method: 'POST',
    path: `${applications}/{applicationId}/keys`,
    says: 'gives a program another key; the one before is refused from now on',
    run: ({ parts: [clientId = '', applicationId = ''] }) => {
      const made = desk.newKey(clientId, applicationId);
      return 'code' in made ? refusedAs(made) : { status: 201, body: { applicationId, ...made } };
    },
  },
  {
    method: 'DELETE',
    path: `${applications}/{applicationId}`,
    says: 'takes a program off the list',
    run: ({ parts: [clientId = '', applicationId = ''] }) =>
      dropped(desk.dropApplication(clientId, applicationId), { applicationId }),
  },
];

const putPerson = async (desk: AccessDesk, clientId: string, body: unknown): Promise<Answer> => {
  const { userId, name, role, password, disabled, newCodes, ...others } = fieldsOf(body);
  const fault = faultOf(clientId, { userId, name, role }, others);
  if (fault !== undefined) return fault;
  const order: PersonOrder = {
    ...{ userId: String(userId), name: String(name), role: String(role) },
    ...(typeof password === 'string' ? { password } : {}),
    ...(typeof disabled === 'boolean' ? { disabled } : {}),
    ...(typeof newCodes === 'boolean' ? { newCodes } : {}),
  };
  // What was given and is not in the order was of another type.
  const odd = Object.keys(fieldsOf(body)).find((each) => !(each in order));
  if (odd !== undefined) {
    return refusal(400, 'malformed', `${odd} is not of the type it should be.`);
  }
  const told = await desk.putPerson(clientId, order);
  return 'code' in told ? refusedAs(told) : { status: 201, body: { userId, ...told } };
};

const putApplication = (desk: AccessDesk, clientId: string, body: unknown): Answer => {
  const { applicationId, name, scopes, from, until, ...others } = fieldsOf(body);
  const fault = faultOf(clientId, { applicationId, name }, others);
  if (fault !== undefined) return fault;
  if (!isTexts(scopes)) return refusal(400, 'malformed', 'scopes is a list of texts.');
  const order = { applicationId: String(applicationId), name: String(name), scopes };
  const refused = desk.putApplication(clientId, {
    ...order,
    ...(from === undefined ? {} : { from: Number(from) }),
    ...(until === undefined ? {} : { until: Number(until) }),
  });
  return refused === undefined ? { status: 201, body: { applicationId } } : refusedAs(refused);
};

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const faultOf = (
  clientId: string,
  texts: Readonly<Record<string, unknown>>,
  others: object,
): Answer | undefined => {
  if (!isSubject({ clientId, deviceId: 'any' })) {
    return refusal(400, 'malformed', 'A client id is 1 to 27 of A-Z, a-z, 0-9, "_" and "-".');
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return refusal(400, 'malformed', `There is no field ${unknown.slice(0, 64)}.`);
  }
  const missing = Object.keys(texts).find((name) => typeof texts[name] !== 'string');
  return missing === undefined ? undefined : refusal(400, 'malformed', `${missing} is a text.`);
};

const dropped = (refused: AccessRefused | undefined, body: object): Answer =>
  refused === undefined ? ok({ ...body, dropped: true }) : refusedAs(refused);

const refusedAs = ({ code, why }: AccessRefused): Answer =>
  refusal(statusOf[code], code, `${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
