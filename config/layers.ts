/**
 * Layers: `default < registration < file < environment`. Every value in force knows the layer it came from.
 *
 * Pure: documents in, settings out. A document is refused as a whole, with the path and the fault, rather
 * than taken in part.
 */
import { check } from '../contract/index.ts';
import { brokerUrlFault } from './broker-url.ts';
import { settings, type SettingName, type Settings } from './settings.ts';

/** From the weakest to the strongest; `registration` is what the portal said when the device registered. */
export const layers = ['default', 'registration', 'file', 'environment'] as const;
export type Layer = (typeof layers)[number];

/** One layer's values by setting name. */
export type Values = ReadonlyMap<string, unknown>;

/** The values of every layer that has some. */
export type Laid = Readonly<Partial<Record<Exclude<Layer, 'default'>, Values>>>;

export type Effective =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly from: Readonly<Record<SettingName, Layer>>;
    }
  | { readonly ok: false; readonly why: string };

const names = Object.keys(settings) as SettingName[];

const isName = (name: string): name is SettingName => Object.hasOwn(settings, name);

/** `offline.countLimit` as it is called in the environment. */
export const environmentNameOf = (name: string): string =>
  `HOLDFAST_${name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

/**
 * Reads a nested document (`{ "offline": { "enabled": true } }`) into values by name; unknown names are
 * faults.
 */
export const valuesOf = (document: unknown): { values: Values } | { why: string } => {
  const values = new Map<string, unknown>();
  const faults: string[] = [];
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
      faults.push(prefix === '' ? 'the document is no JSON object' : `"${prefix}" is no setting`);
    }
  };
  walk(document, '');
  const [first] = faults;
  return first === undefined ? { values } : { why: `${first}; docs/settings.md lists them all.` };
};

const isObject = (held: unknown): held is Record<string, unknown> =>
  typeof held === 'object' && held !== null && !Array.isArray(held);

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

/** Lays the layers over each other; the last one that has a value wins, arrays and objects whole. */
export const effective = (laid: Laid): Effective => {
  const inForce: Record<string, unknown> = {};
  const from: Record<string, Layer> = {};
  for (const name of names) {
    const layer =
      layers.findLast((each) => each !== 'default' && laid[each]?.has(name)) ?? 'default';
    const held = layer === 'default' ? settings[name].default : laid[layer]?.get(name);
    const checked = check(settings[name].schema, held);
    if (!checked.ok) {
      return {
        ok: false,
        why: `${name} (from the ${layer}): ${checked.why}; see docs/settings.md.`,
      };
    }
    inForce[name] = checked.value;
    from[name] = layer;
  }
  return crossChecked(inForce as Settings, from as Record<SettingName, Layer>);
};

// What one row cannot say: settings that only make sense together.
const crossChecked = (inForce: Settings, from: Readonly<Record<SettingName, Layer>>): Effective => {
  const url = inForce['link.brokerUrl'];
  const fault = url === '' ? undefined : brokerUrlFault(url);
  if (fault !== undefined) return { ok: false, why: `link.brokerUrl: ${fault}.` };
  if (inForce['link.reconnectFromMs'] > inForce['link.reconnectUpToMs']) {
    return { ok: false, why: 'link.reconnectFromMs is more than link.reconnectUpToMs; swap them.' };
  }
  if (!isTimeZone(inForce.timeZone)) {
    return {
      ok: false,
      why: `timeZone: "${inForce.timeZone}" is no IANA time zone; try Europe/Berlin.`,
    };
  }
  const ids = inForce.readers.map(({ id }) => id);
  const paths = inForce.readers.map(({ path, serialNumber }) => `${path} ${serialNumber ?? ''}`);
  if (new Set(ids).size < ids.length || new Set(paths).size < paths.length) {
    return { ok: false, why: 'readers: two readers have the same id or path; give each its own.' };
  }
  return { ok: true, settings: inForce, from };
};

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
