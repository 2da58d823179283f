/**
 * Shapes: JSON Schemas as people and other programs read them.
 *
 * A schema that many messages share is described once, under its name, and named everywhere else.
 */
import { code, table } from './markdown.mjs';

/** The shapes that have a name of their own, from the modules of the contract. */
export const namedShapes = ({ money, payment, facts, messages }) => ({
  Id: payment.Id,
  Amount: money.Amount,
  MaskedCard: payment.MaskedCard,
  BatchId: payment.BatchId,
  Outcome: payment.Outcome,
  HostAnswer: payment.HostAnswer,
  SealedRef: facts.SealedRef,
  ClockTrust: messages.ClockTrust,
  Entry: messages.Entry,
  AuthorizeBody: messages.AuthorizeBody,
});

/** A schema as plain JSON, and the same text for the same schema. */
const plain = (schema) => JSON.parse(JSON.stringify(schema));
const print = (schema) => JSON.stringify(schema);

/** Finds the name of a schema that has one. */
export const namer = (named) => {
  const names = new Map(Object.entries(named).map(([name, schema]) => [print(schema), name]));
  return (schema) => names.get(print(schema));
};

/** A copy of a schema in which every named part is a `$ref`. The top itself is never replaced. */
export const withRefs = (schema, nameOf) => {
  const walk = (part) => {
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    const name = nameOf(part);
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    return Object.fromEntries(Object.entries(part).map(([key, held]) => [key, walk(held)]));
  };
  const top = plain(schema);
  return Object.fromEntries(Object.entries(top).map(([key, held]) => [key, walk(held)]));
};

const range = (low, high) => {
  if (low !== undefined && high !== undefined) return `, ${low} … ${high}`;
  if (low !== undefined) return `, from ${low}`;
  return high === undefined ? '' : `, at most ${high}`;
};

const phraseOfString = ({ pattern, minLength, maxLength }) => {
  const form = pattern === undefined ? '' : ` of the form ${code(pattern)}`;
  const length = range(minLength, maxLength);
  return `string${form}${length === '' ? '' : `${length} characters`}`;
};

/** A schema in a few words for a table cell. */
export const phraseOf = (schema, nameOf) => {
  const name = nameOf(schema);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map(code).join(' or ');
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((one) => phraseOf(one, nameOf)).join(' or ');
  if (schema.type === 'string') return phraseOfString(schema);
  if (schema.type === 'integer') return `integer${range(schema.minimum, schema.maximum)}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'array') return phraseOfList(schema, nameOf);
  return schema.type === 'object' ? 'object' : 'any JSON';
};

const phraseOfList = ({ items, minItems, maxItems }, nameOf) => {
  const count = range(minItems, maxItems);
  return `list of ${phraseOf(items, nameOf)}${count === '' ? '' : `${count} of them`}`;
};

/** The rows of an object's fields, those of unnamed objects inside it too, as `outer.inner`. */
const fieldRows = (schema, nameOf, outer = '') =>
  Object.entries(schema.properties ?? {}).flatMap(([name, held]) => {
    const path = `${outer}${name}`;
    const needed = schema.required?.includes(name) ? 'yes' : 'no';
    const row = [code(path), needed, phraseOf(held, nameOf)];
    if (nameOf(held) !== undefined) return [row];
    const item = held.type === 'array' ? held.items : held;
    const isNamed = nameOf(item) !== undefined;
    const inner = held.type === 'array' ? `${path}[].` : `${path}.`;
    return [row, ...(isNamed ? [] : fieldRows(item, nameOf, inner))];
  });

/** What a payload holds: its name if it has one, else as `describeItself`. */
export const describe = (schema, nameOf) =>
  nameOf(schema) === undefined
    ? describeItself(schema, nameOf)
    : `Holds a ${phraseOf(schema, nameOf)}.`;

/** A table of the fields of a schema, one for each way it may be, or a phrase. */
export const describeItself = (schema, nameOf) => {
  const top = plain(schema);
  if (top.anyOf?.every((one) => one.type === 'object')) {
    return top.anyOf.map((one) => describeItself(one, nameOf)).join('\n\nor\n\n');
  }
  const rows = fieldRows(top, nameOf);
  if (rows.length > 0) return table(['field', 'required', 'holds'], rows);
  const phrase = phraseOf(top, () => undefined);
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
};
