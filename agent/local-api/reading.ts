/** Reading: what is done to a request before its schema is checked. */
import type { TSchema } from 'typebox';
import type { Refused } from '../payments/entering.ts';
import { refusalOfUnknown } from './misfit.ts';
import { refused } from './route.ts';

/** The schemas of the members of an object's schema, by name. */
export const membersOf = (schema: TSchema | undefined): Readonly<Record<string, object>> =>
  schema !== undefined && 'properties' in schema
    ? (schema.properties as Record<string, object>)
    : {};

/** A query is text; where its schema wants a whole number, digits are read as one. In place. */
export const readNumbers = (given: Record<string, unknown>, schema: TSchema | undefined): void => {
  for (const [name, member] of Object.entries(membersOf(schema))) {
    const value = given[name];
    const wantsNumber = 'type' in member && member.type === 'integer';
    if (wantsNumber && typeof value === 'string' && /^\d{1,15}$/.test(value)) {
      given[name] = Number(value);
    }
  }
};

/** The refusal for a body where none is asked for; an empty object is let pass. */
export const refusalOfSurplus = (body: unknown): Refused | undefined => {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== 'object' || Array.isArray(body)) {
    return refused('malformed', 'This call takes no body.');
  }
  const [first] = Object.keys(body);
  return first === undefined ? undefined : refusalOfUnknown('body', [first]);
};
