/** A group: its fields at the portal, what changes them, and what its devices are told of it. Pure. */
import type { SettingsBody } from './shared-documents.ts';

/** Fields that are texts, and fields that are yes or no. */
const texts = ['name', 'status', 'industry', 'posMode'] as const;
const flags = ['hasZipCodePrompt', 'hasCvvPrompt', 'hasTipLine', 'hasTipRecommendation'] as const;

/** The fields of a group that its devices are told as settings of the same name. */
export const groupFields = [...texts, ...flags] as const;

type Fields = Partial<Record<(typeof texts)[number], string>> &
  Partial<Record<(typeof flags)[number], boolean>>;

/** A group as the portal keeps it. */
export interface Group extends Fields {
  readonly clientId: string;
  readonly groupId: string;
  readonly name: string;
  readonly status: string;
  readonly settings: SettingsBody;
}

/** What is to be other than before: what is left out stays, and `null` takes a field back. */
export type GroupChange = {
  readonly [F in keyof Fields]?: Fields[F] | null;
} & { readonly settings?: SettingsBody };

/** A group nobody has said anything of yet. */
export const freshGroup = (clientId: string, groupId: string): Group => ({
  ...{ clientId, groupId, name: groupId, status: 'active', settings: {} },
});

/** A group after a change. A name and a status it always has. */
export const changedGroup = (before: Group, change: GroupChange): Group => {
  const { clientId, groupId } = before;
  const kept = Object.entries({ ...before, ...change }).filter(([, held]) => held !== null);
  return { ...freshGroup(clientId, groupId), ...Object.fromEntries(kept) };
};

/** The settings its devices are told: its own fields stand over what its settings say under their names. */
export const settingsOf = (group: Group): SettingsBody => ({
  ...group.settings,
  ...Object.fromEntries(
    groupFields.flatMap((field) => (group[field] === undefined ? [] : [[field, group[field]]])),
  ),
});
