/** Checks a value against a schema, and says in a sentence what is wrong with it. */
import { Compile, type Validator } from 'typebox/compile';
import type { Static, TSchema } from 'typebox';

const compiled = new WeakMap<TSchema, Validator>();

const validatorOf = (schema: TSchema): Validator => {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const validator: Validator = Compile(schema);
  compiled.set(schema, validator);
  return validator;
};

/** The value with its type, or the place and the fault of the first thing that is wrong. */
export const check = <S extends TSchema>(
  schema: S,
  value: unknown,
): { ok: true; value: Static<S> } | { ok: false; path: string; why: string } => {
  const validator = validatorOf(schema);
  if (validator.Check(value)) return { ok: true, value: value as Static<S> };
  const [first] = validator.Errors(value);
  const path = first?.instancePath ?? '';
  return {
    ok: false,
    path,
    why: `${path === '' ? 'the value' : path} ${first?.message ?? 'is wrong'}`,
  };
};
