/**
 * Layers: `default < registration < client < group < device < file < environment`. Every value in force knows
 * the layer it came from.
 *
 * Laid over each other as RFC 7396 merges documents: objects member by member, lists and everything else
 * whole, and `null` takes back what weaker layers said. To keep that the same in whatever order layers are
 * put together, `null` stands for values only, never for an object: its members are taken back one by one.
 * Pure: documents in, settings out.
 */
import { check } from '../contract/index.ts';
import { crossFault } from './cross-fault.ts';
import {
  isObject,
  isObjectSchema,
  isWithoutObjectsTakenBack,
  withoutNulls,
  type Values,
} from './patch.ts';
import type { SetBy, SettingFault } from './setting.ts';
import { settings, type SettingName, type Settings } from './settings.ts';
import { isName } from './values.ts';

/** From the weakest to the strongest; `registration` is what the portal said when the device registered. */
export const layers = [
  ...(['default', 'registration', 'client', 'group', 'device', 'file', 'environment'] as const),
] as const;
export type Layer = (typeof layers)[number];

/** The layers that are documents of the portal. */
export const portalLayers = ['client', 'group', 'device'] as const satisfies readonly Layer[];
export type PortalLayer = (typeof portalLayers)[number];

/** The layers that lie on the device. */
export const localLayers = ['file', 'environment'] as const satisfies readonly Layer[];

/** The values of every layer that has some. */
export type Laid = Readonly<Partial<Record<Exclude<Layer, 'default'>, Values>>>;

export type Effective =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly from: Readonly<Record<SettingName, Layer>>;
      /** Of settings that are objects, where each member came from: `offline.amountLimit.USD`. */
      readonly members: ReadonlyMap<string, Layer>;
      /** What a local layer says of settings the portal keeps to itself; it does not count. */
      readonly overruled: readonly { readonly name: SettingName; readonly layer: Layer }[];
    }
  | { readonly ok: false; readonly path?: string; readonly why: string };

const names = Object.keys(settings) as SettingName[];

const mayBeSetBy: Record<SetBy, readonly Layer[]> = {
  anyone: layers,
  portal: portalLayers,
  device: localLayers,
};

const keepers: Record<SetBy, string> = {
  anyone: '',
  portal: 'only the portal sets it',
  device: 'it is set on the device only',
};

/** Why a layer cannot say what it says, whatever the others do. */
export const layerFault = (layer: Layer, values: Values): SettingFault | undefined => {
  for (const [name, held] of values) {
    const why = isName(name) ? valueFault(name, layer, held) : 'it is no setting';
    if (why !== undefined) return { path: name, why: `${name} (from the ${layer}): ${why}` };
  }
  return undefined;
};

const valueFault = (name: SettingName, layer: Layer, held: unknown): string | undefined => {
  const { schema, setBy } = settings[name];
  if (!mayBeSetBy[setBy].includes(layer)) return keepers[setBy];
  if (!isWithoutObjectsTakenBack(schema, held)) return 'null takes back members, not objects';
  if (held === null) return undefined;
  const checked = check(schema, withoutNulls(held));
  return checked.ok ? undefined : `${checked.why}; see docs/settings.md`;
};

/** Whether a setting is one of those the portal keeps to itself, by its name or its section. */
export const isKeptByPortal = (kept: readonly string[], name: string): boolean =>
  kept.some((each) => name === each || name.startsWith(`${each}.`));

/** Lays the layers over each other, and checks what comes out. */
export const effective = (laid: Laid): Effective => {
  for (const layer of layers) {
    const fault =
      layer === 'default' ? undefined : layerFault(layer, laid[layer] ?? new Map<string, never>());
    if (fault !== undefined) return { ok: false, ...fault, why: `${fault.why}.` };
  }
  const kept = laidOver('policy.portalOnly', laid, () => true).value as readonly string[];
  const inForce: Record<string, unknown> = {};
  const from: Record<string, Layer> = {};
  const members = new Map<string, Layer>();
  const overruled: { name: SettingName; layer: Layer }[] = [];
  for (const name of names) {
    const isKept = isKeptByPortal(kept, name);
    const counts = (layer: Layer) => !isKept || !localLayers.some((each) => each === layer);
    const result = laidOver(name, laid, counts);
    inForce[name] = result.value;
    from[name] = result.from;
    for (const [path, layer] of result.members) members.set(path, layer);
    for (const layer of localLayers) {
      if (!counts(layer) && laid[layer]?.has(name) === true) overruled.push({ name, layer });
    }
  }
  const found = inForce as Settings;
  const fault = crossFault(found);
  if (fault !== undefined) return { ok: false, ...fault };
  return {
    ok: true,
    settings: found,
    from: from as Record<SettingName, Layer>,
    ...{ members, overruled },
  };
};

interface LaidOver {
  readonly value: unknown;
  readonly from: Layer;
  readonly members: ReadonlyMap<string, Layer>;
}

/** One setting through all layers that count. */
const laidOver = (name: SettingName, laid: Laid, counts: (layer: Layer) => boolean): LaidOver => {
  const { default: usual, schema } = settings[name];
  const members = new Map<string, Layer>();
  let from: Layer = 'default';
  let value: unknown = isObjectSchema(schema) ? {} : usual;
  const lay = (held: unknown, layer: Layer) => {
    from = held === null ? 'default' : layer;
    if (held === null) value = usual;
    else if (isObjectSchema(schema))
      value = layMembers(value, held, { layer, path: name, members });
    else value = held;
  };
  lay(usual, 'default');
  for (const layer of layers) {
    const values = layer === 'default' ? undefined : laid[layer];
    if (values?.has(name) === true && counts(layer)) lay(values.get(name), layer);
  }
  return { value: isObjectSchema(schema) ? withoutEmpty(value) : value, from, members };
};

interface Laying {
  readonly layer: Layer;
  readonly path: string;
  readonly members: Map<string, Layer>;
}

const layMembers = (under: unknown, over: unknown, { layer, path, members }: Laying): unknown => {
  if (!isObject(over)) {
    members.set(path, layer);
    return over;
  }
  const result: Record<string, unknown> = isObject(under) ? { ...under } : {};
  for (const [key, held] of Object.entries(over)) {
    const inner = `${path}.${key}`;
    if (held === null) {
      delete result[key];
      members.delete(inner);
    } else {
      result[key] = layMembers(result[key], held, { layer, path: inner, members });
    }
  }
  return result;
};

/** A brand of which every limit was taken back is not named any more. */
const withoutEmpty = (value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).filter(([, held]) => !isObject(held) || Object.keys(held).length > 0),
      )
    : value;
