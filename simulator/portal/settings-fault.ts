/** What is wrong with settings that somebody wants of devices, in a sentence. Pure. */
import { isDeeperThan, linkLimits } from '../../contract/index.ts';
import { effective, layerFault, namedIn, type PortalLayer } from '../../config/index.ts';
import type { SettingsBody } from './shared-documents.ts';

/** The most unknown names that are told. */
const namesTold = 8;

/** How deep a document lies around its settings. */
const aroundDeep = 3;

/** Why nothing has changed: a code, and a sentence. */
export interface Refused {
  readonly code: 'malformed' | 'conflict';
  readonly why: string;
}

export const refused = (code: Refused['code'], why: string): Refused => ({ code, why });

export const misnamed = (): Refused =>
  refused('malformed', 'Clients, groups and devices are named with A-Z, a-z, 0-9, "_" and "-".');

export const tooLarge = (): Refused =>
  refused('conflict', `Signed, it is more than the ${linkLimits.messageBytes} bytes of a message.`);

/** The settings of each layer of the portal that has some. */
export type PortalSettings = { readonly [L in PortalLayer]?: SettingsBody | undefined };

/** Why one layer may not say this, whatever the others do. */
export const settingsFault = (layer: PortalLayer, settings: unknown): string | undefined => {
  if (isDeeperThan(settings, linkLimits.nesting - aroundDeep)) {
    return `Settings are nested ${linkLimits.nesting - aroundDeep} deep at the most.`;
  }
  const { values, strange } = namedIn(settings);
  if (strange.includes('')) return 'settings is an object, nested as in holdfast.json.';
  if (strange.length > 0) {
    const told = strange.slice(0, namesTold).map((name) => name.slice(0, 128));
    return `There is no setting ${told.join(', ')}; docs/settings.md lists them all.`;
  }
  const fault = layerFault(layer, values);
  return fault && `${fault.why}.`;
};

/** Why layers cannot be in force together, with nothing said on the device. */
export const clashOf = (layers: PortalSettings): string | undefined => {
  const laid = Object.entries(layers).flatMap(([layer, settings]) =>
    settings === undefined ? [] : [[layer, namedIn(settings).values] as const],
  );
  const found = effective(Object.fromEntries(laid));
  return found.ok ? undefined : found.why;
};
