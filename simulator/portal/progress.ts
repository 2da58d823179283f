/** Progress: how far each device is with the present version of its group, as it said itself. Pure. */
import type {
  ConfigurationLayers,
  ConfigurationRefused,
  ConfigurationReport,
  ConfigurationWait,
} from '../../contract/index.ts';
import type { SaidConfiguration } from './configurations.ts';

/** How far a device is; one that never said anything of its configuration is unheard. */
export type ProgressState = 'in force' | 'waiting' | 'proving' | 'refused' | 'unheard';

export interface Progress {
  readonly device: string;
  readonly is: ProgressState;
  /** The versions it has in force. */
  readonly versions?: ConfigurationLayers;
  readonly why?: string;
  readonly waitsFor?: ConfigurationWait;
  /** ms since 1970. */
  readonly earliestAt?: number;
  readonly refused?: ConfigurationRefused;
}

/** The version it is about. */
export interface GroupVersion {
  readonly groupId: string;
  readonly version: number;
}

/** A device of the group. */
export interface Member {
  readonly device: string;
  readonly isOnline: boolean;
  readonly said: SaidConfiguration;
}

/** How far one device is with a version. */
export const progressOf = (group: GroupVersion, { device, isOnline, said }: Member): Progress => {
  const versions = versionsOf(said);
  if (versions === undefined) return { device, is: 'unheard', why: silence(isOnline) };
  const names = namesIn(group);
  const known = { device, versions };
  if (names(versions)) return { ...known, is: 'in force' };
  const candidate = said.report?.candidate;
  if (candidate !== undefined && names(candidate.layers)) {
    return { ...known, ...candidacy(candidate) };
  }
  const refused = refusals(said).find(({ layers }) => names(layers));
  if (refused !== undefined) return { ...known, is: 'refused', why: refused.why, refused };
  // A document that was not taken in at all: an older version, or one it could not open.
  const heard = said.documents.find(({ kind }) => kind === 'group');
  const why = heard?.version === group.version ? undefined : heard?.refused;
  if (why !== undefined) return { ...known, is: 'refused', why };
  return { ...known, is: 'waiting', why: silence(isOnline) };
};

const silence = (isOnline: boolean): string =>
  isOnline ? 'It has said nothing of this version yet.' : 'It is not connected.';

const namesIn =
  ({ groupId, version }: GroupVersion) =>
  ({ group }: ConfigurationLayers): boolean =>
    group?.groupId === groupId && group.version === version;

/** What it reports counts; its facts, where no report was heard. */
const versionsOf = ({ report, facts }: SaidConfiguration): ConfigurationLayers | undefined => {
  if (report !== undefined) return report.layers;
  const inForce = facts.find(({ type }) => type === 'configuration.in_force');
  return inForce?.body.layers ?? (facts.length === 0 ? undefined : {});
};

const refusals = ({ report, facts }: SaidConfiguration): ConfigurationRefused[] => [
  ...(report?.refused === undefined ? [] : [report.refused]),
  ...facts.flatMap((fact) => (fact.type === 'configuration.refused' ? [fact.body] : [])),
];

const candidacy = (candidate: NonNullable<ConfigurationReport['candidate']>) => {
  const { state, why, waitsFor, earliestAt } = candidate;
  return {
    is: state === 'proving' ? ('proving' as const) : ('waiting' as const),
    ...(why === undefined ? {} : { why }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...(earliestAt === undefined ? {} : { earliestAt }),
  };
};
