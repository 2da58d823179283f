/** Values: what a document or the environment says, by the names of settings. Pure. */
import { isObject, type Values } from './patch.ts';
import { settings, type SettingName } from './settings.ts';

const names = Object.keys(settings) as SettingName[];

export const isName = (name: string): name is SettingName => Object.hasOwn(settings, name);

/** `offline.countLimit` as it is called in the environment. */
export const environmentNameOf = (name: string): string =>
  `HOLDFAST_${name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

/** Reads a nested document (`{ "offline": { "enabled": true } }`); what is no setting is a fault. */
export const valuesOf = (document: unknown): { values: Values } | { why: string } => {
  const { values, strange } = namedIn(document);
  const [first] = strange;
  if (first === undefined) return { values };
  const what = first === '' ? 'the document is no JSON object' : `"${first}" is no setting`;
  return { why: `${what}; docs/settings.md lists them all.` };
};

/** The same of a document whose author may know settings this agent does not; it names those. */
export const namedIn = (document: unknown): { values: Values; strange: string[] } => {
  const values = new Map<string, unknown>();
  const strange: string[] = [];
  const walk = (held: unknown, prefix: string): void => {
    if (isName(prefix)) {
      values.set(prefix, held);
    } else if (
      isObject(held) &&
      (prefix === '' || names.some((name) => name.startsWith(`${prefix}.`)))
    ) {
      for (const [key, inner] of Object.entries(held))
        walk(inner, prefix === '' ? key : `${prefix}.${key}`);
    } else {
      strange.push(prefix);
    }
  };
  walk(document, '');
  return { values, strange };
};

/** Reads the settings an environment names; a value that is no JSON is taken as text. */
export const valuesOfEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
): Values => {
  const values = new Map<string, unknown>();
  for (const name of names) {
    const written = environment[environmentNameOf(name)];
    if (written !== undefined) values.set(name, parsed(written));
  }
  return values;
};

const parsed = (written: string): unknown => {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
};
