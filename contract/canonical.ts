/**
 * Canonical JSON (RFC 8785): one spelling for one value, so that a hash of it means something.
 *
 * ECMAScript already prints numbers and strings as the RFC asks (3.2.2); what is left is the order of names
 * (3.2.3: by UTF-16 code units) and leaving out white space.
 */

/** Any value JSON can hold. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Whether objects and lists lie in each other deeper than so many levels; never recurses further than that.
 */
export const isDeeperThan = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((held) => isDeeperThan(held, levels - 1));
};

/**
 * Prints a value the one canonical way. Members that are `undefined` are left out, as by JSON.stringify.
 * Every entry of a log goes through here at both its ends, so it is written to be quick.
 */
export const canonical = (value: unknown): string => {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) return members(value);
  const printed = JSON.stringify(value);
  if (printed === undefined || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new TypeError(
      `JSON cannot hold ${String(value)}; store a string or leave the member out.`,
    );
  }
  return printed;
};

const members = (value: object): string => {
  const held = value as Readonly<Record<string, unknown>>;
  let printed = '';
  // Without a comparison of ours, sort() orders by UTF-16 code units.
  for (const name of Object.keys(held).sort()) {
    if (held[name] === undefined) continue;
    printed += `${printed === '' ? '' : ','}${text(name)}:${canonical(held[name])}`;
  }
  return `{${printed}}`;
};

// Half a surrogate pair is no Unicode text, and each language prints it differently (RFC 8785 3.2.2.2).
const text = (value: string): string => {
  if (value.isWellFormed()) return JSON.stringify(value);
  throw new TypeError(
    'Canonical JSON cannot hold half a surrogate pair; refuse such text at the door.',
  );
};
