/**
 * A generation: the documents of the portal that are in force together, or are to be. Pure.
 *
 * A device's document names its group, and a group's document counts only where the two agree; until they do,
 * the generation before stays as it is.
 */
import { Type, type Static } from 'typebox';
import type { ConfigurationLayers } from '../contract/index.ts';
import type { Laid } from './layers.ts';
import { namedIn } from './values.ts';

const Version = Type.Integer({ minimum: 1 });
const Named = Type.Record(Type.String(), Type.Unknown());

export const Generation = Type.Object({
  client: Type.Optional(Type.Object({ version: Version, settings: Named })),
  group: Type.Optional(Type.Object({ groupId: Type.String(), version: Version, settings: Named })),
  device: Type.Optional(
    Type.Object({ version: Version, groupId: Type.Optional(Type.String()), settings: Named }),
  ),
});
export type Generation = Static<typeof Generation>;

/** What is in force where the portal has not said anything. */
export const noDocuments: Generation = {};

/** The versions it is made of. */
export const versionsOf = ({ client, group, device }: Generation): ConfigurationLayers => ({
  ...(client === undefined ? {} : { client: client.version }),
  ...(group === undefined ? {} : { group: { groupId: group.groupId, version: group.version } }),
  ...(device === undefined ? {} : { device: device.version }),
});

/** One document by its kind, its subject and its version: `group tills 7`. */
export type DocumentName = string;

const groupName = (groupId: string, version: number): DocumentName => `group ${groupId} ${version}`;

/** Its documents by name, so that two generations can be told apart. */
export const documentsOf = ({ client, group, device }: Generation): readonly DocumentName[] => [
  ...(client === undefined ? [] : [`client ${client.version}`]),
  ...(group === undefined ? [] : [groupName(group.groupId, group.version)]),
  ...(device === undefined ? [] : [`device ${device.version}`]),
];

/** A generation in words: `client 2, group tills 7, device 3`. */
export const nameOf = (generation: Generation): string =>
  documentsOf(generation).join(', ') || 'no documents';

/** Its layers, and the settings in them that are none this agent knows. */
export const layersOf = (
  generation: Generation,
): { readonly laid: Laid; readonly ignored: readonly string[] } => {
  const { client, group, device } = generation;
  const read = { client: namedOf(client), group: namedOf(group), device: namedOf(device) };
  return {
    laid: { client: read.client.values, group: read.group.values, device: read.device.values },
    ignored: [...new Set(Object.values(read).flatMap(({ strange }) => strange))],
  };
};

const namedOf = (document: { readonly settings: Static<typeof Named> } | undefined) =>
  namedIn(document?.settings ?? {});

/** The newest documents that are on the device. */
export interface Kept {
  readonly client: Generation['client'];
  readonly device: Generation['device'];
  readonly groupOf: (groupId: string) => Generation['group'];
}

/** What is to be in force next. */
export type Wanted =
  | { readonly is: 'generation'; readonly generation: Generation }
  /** The device is in a group whose document has not come yet. */
  | { readonly is: 'group awaited'; readonly groupId: string };

/**
 * The generation that the documents on the device ask for: of each kind the newest that was not refused
 * before, and never an older one than is in force.
 */
export const wantedOf = (
  kept: Kept,
  inForce: Generation,
  isRefused: (document: DocumentName) => boolean,
): Wanted => {
  const newest = <D extends { version: number }>(
    before: D | undefined,
    found: D | undefined,
    nameIt: (document: D) => DocumentName,
  ): D | undefined => {
    if (found === undefined || isRefused(nameIt(found))) return before;
    return before !== undefined && before.version > found.version ? before : found;
  };
  const client = newest(inForce.client, kept.client, ({ version }) => `client ${version}`);
  const device = newest(inForce.device, kept.device, ({ version }) => `device ${version}`);
  const groupId = device?.groupId;
  const before = inForce.group?.groupId === groupId ? inForce.group : undefined;
  const found = groupId === undefined ? undefined : kept.groupOf(groupId);
  const group = newest(before, found, (each) => groupName(each.groupId, each.version));
  if (groupId !== undefined && group === undefined) return { is: 'group awaited', groupId };
  return {
    is: 'generation',
    generation: {
      ...(client === undefined ? {} : { client }),
      ...(group === undefined ? {} : { group }),
      ...(device === undefined ? {} : { device }),
    },
  };
};
