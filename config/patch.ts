/** Patches: values of one layer, with `null` for what it takes back, put together and looked into. Pure. */
import type { TSchema } from 'typebox';

/** One layer's values by setting name; `null` for what it takes back. */
export type Values = ReadonlyMap<string, unknown>;

export const isObject = (held: unknown): held is Record<string, unknown> =>
  typeof held === 'object' && held !== null && !Array.isArray(held);

/** Whether values of a schema are objects, and so are laid over each other member by member. */
export const isObjectSchema = (schema: TSchema): boolean =>
  (schema as { type?: string }).type === 'object';

interface ObjectSchema {
  readonly properties?: Record<string, TSchema>;
  readonly patternProperties?: Record<string, TSchema>;
}

const memberSchema = (schema: TSchema, key: string): TSchema | undefined => {
  const { properties, patternProperties } = schema as ObjectSchema;
  return properties?.[key] ?? Object.values(patternProperties ?? {})[0];
};

/** Whether `null` stands only where a value may stand that is no object. */
export const isWithoutObjectsTakenBack = (schema: TSchema | undefined, held: unknown): boolean => {
  if (schema === undefined || !isObjectSchema(schema)) return true;
  if (held === null) return false;
  if (!isObject(held)) return true;
  return Object.entries(held).every(([key, inner]) =>
    isWithoutObjectsTakenBack(memberSchema(schema, key), inner),
  );
};

/** What is left of a value when nothing is taken back. */
export const withoutNulls = (held: unknown): unknown =>
  isObject(held)
    ? Object.fromEntries(
        Object.entries(held)
          .filter(([, inner]) => inner !== null)
          .map(([key, inner]) => [key, withoutNulls(inner)]),
      )
    : held;

/** Two layers as one: what the second says stands over the first, what both take back stays taken back. */
export const together = (first: Values, second: Values): Values => {
  const both = new Map(first);
  for (const [name, held] of second) both.set(name, over(both.get(name), held));
  return both;
};

const over = (under: unknown, upper: unknown): unknown => {
  if (!isObject(upper) || !isObject(under)) return upper;
  const result: Record<string, unknown> = { ...under };
  for (const [key, held] of Object.entries(upper)) result[key] = over(result[key], held);
  return result;
};
