/** The report: where the configuration stands, as the portal, the API and the CLI are told. */
import {
  layersOf,
  versionsOf,
  type Candidate,
  type Generation,
  type VersionState,
} from '../../config/index.ts';
import { settingsToldMost, type ConfigurationReport } from '../../contract/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { InForce } from './in-force.ts';
import type { CandidateReport } from './news.ts';
import { hashOf } from './telling.ts';

export interface Reporting {
  readonly state: VersionState;
  readonly generation: Generation;
  readonly awaitedGroup: string | undefined;
  readonly ledger: Ledger;
  readonly inForce: InForce;
}

export const reportOf = (reporting: Reporting): ConfigurationReport => {
  const { state, generation, ledger, inForce } = reporting;
  const candidate = candidateOf(reporting);
  const refused = ledger.configurations.lastRefused();
  const { ignored } = layersOf(state.is === 'settled' ? generation : state.candidate.generation);
  return {
    number: ledger.configurations.inForce()?.number ?? 1,
    hash: hashOf(inForce.view()),
    layers: versionsOf(generation),
    ...(candidate === undefined ? {} : { candidate }),
    ...(refused === undefined ? {} : { refused }),
    sections: sectionsOf(generation, state, refused),
    ignored: ignored.slice(0, settingsToldMost).map((name) => name.slice(0, 128)),
  };
};

const candidateOf = ({
  state,
  generation,
  awaitedGroup,
}: Reporting): CandidateReport | undefined => {
  if (awaitedGroup !== undefined) {
    const why = `The settings of group ${awaitedGroup} have not come yet.`;
    return { layers: versionsOf(generation), state: 'waiting', waitsFor: 'group', why };
  }
  if (state.is === 'settled') return undefined;
  const layers = versionsOf(state.candidate.generation);
  if (state.is !== 'waiting') return { layers, state: state.is };
  return { layers, state: 'waiting', ...state.barrier };
};

type Section = ConfigurationReport['sections'][number];

const sectionOf = (name: string): string => name.split('.')[0] ?? name;

const spokenOf = (generation: Generation): string[] => {
  const { laid } = layersOf(generation);
  return Object.values(laid).flatMap((values) => [...values.keys()].map(sectionOf));
};

const sectionsOf = (
  generation: Generation,
  state: VersionState,
  refused: ConfigurationReport['refused'],
): Section[] => {
  const sections = new Map<string, Section>();
  const put = (section: string, is: Section['is'], why?: string) =>
    sections.set(section, { section, is, ...(why === undefined ? {} : { why }) });
  for (const section of spokenOf(generation)) put(section, 'in force');
  const candidate: Candidate | undefined = state.is === 'settled' ? undefined : state.candidate;
  for (const name of candidate?.changed ?? []) put(sectionOf(name), 'not yet');
  if (refused?.path !== undefined) put(sectionOf(refused.path), 'refused', refused.why);
  return [...sections.values()];
};
