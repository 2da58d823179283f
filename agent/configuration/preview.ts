/** A preview: what a layer would change if it said something else, before anything is done. */
import {
  layersOf,
  namedIn,
  settings as table,
  type Applies,
  type Barrier,
  type Candidate,
  type Fault,
  type Generation,
  type Laid,
  type Layer,
  type SettingName,
} from '../../config/index.ts';
import type { Clock } from '../world.ts';
import { barrierTo, type BarrierParts } from './barriers.ts';
import { candidateFrom } from './candidate.ts';
import type { Fitting, InForce } from './in-force.ts';
import { judgedBy, type Judge } from './judging.ts';
import { fittingOf } from './loading.ts';

/** The layers whose change can be looked at. */
export const previewLayers = ['client', 'group', 'device', 'file'] as const;
export type PreviewLayer = (typeof previewLayers)[number];

export interface Change {
  readonly name: SettingName;
  readonly before: unknown;
  readonly after: unknown;
  readonly from: Layer;
  readonly applies: Applies;
}

export interface Preview {
  readonly changes: readonly Change[];
  /** Why it would be refused as a whole. */
  readonly refused?: Fault;
  /** What it would wait for now; what a file says waits for a restart, and is not in here. */
  readonly barrier?: Barrier;
  /** Names that are no settings. */
  readonly ignored: readonly string[];
  /** Settings it speaks of whose values would not be its own: a stronger layer says otherwise. */
  readonly withoutEffect: readonly { readonly name: SettingName; readonly from: Layer }[];
}

export interface PreviewParts {
  readonly inForce: InForce;
  readonly generation: () => Generation;
  readonly local: Laid;
  readonly judges: readonly Judge[];
  readonly clock: Clock;
  readonly barrierParts: () => BarrierParts;
}

/** What would become of a document in the place of a layer. */
export const previewOf = async (
  parts: PreviewParts,
  layer: PreviewLayer,
  document: unknown,
): Promise<Preview> => {
  const { inForce, judges, clock } = parts;
  const { values, strange } = namedIn(document);
  const generation =
    layer === 'file' ? parts.generation() : replaced(parts.generation(), layer, document);
  const local = layer === 'file' ? { ...parts.local, file: values } : parts.local;
  const made = candidateFrom(generation, local, inForce.settings);
  const ignored = [...new Set([...strange, ...layersOf(generation).ignored])];
  const nothing = { changes: [], ignored, withoutEffect: [] };
  if (layer === 'file' && strange.length > 0) {
    const why = `"${strange[0]}" is no setting; docs/settings.md lists them all.`;
    return { ...nothing, refused: { code: 'malformed', why } };
  }
  if (made.is === 'unfit') return { ...nothing, refused: faultOf(made.fault) };
  const fitting = fittingOf(generation, local);
  if (!fitting.ok) return { ...nothing, refused: { code: 'contradictory', why: fitting.why } };
  const { candidate } = made;
  const refused = await judgedBy(judges, candidate.settings, inForce.settings, clock);
  const barrier = layer === 'file' ? undefined : barrierTo(candidate, parts.barrierParts());
  return {
    changes: changesOf(candidate, fitting, inForce),
    ...(refused === undefined ? {} : { refused }),
    ...(barrier === undefined ? {} : { barrier }),
    ignored,
    withoutEffect: ([...values.keys()] as SettingName[])
      .filter((name) => fitting.from[name] !== layer)
      .map((name) => ({ name, from: fitting.from[name] })),
  };
};

const faultOf = ({ code, path, why }: Fault): Fault => ({
  ...{ code, why },
  ...(path === undefined ? {} : { path }),
});

const replaced = (
  generation: Generation,
  layer: Exclude<PreviewLayer, 'file'>,
  document: unknown,
): Generation => {
  const settings = document as Record<string, unknown>;
  const { client, group, device } = generation;
  switch (layer) {
    case 'client':
      return { ...generation, client: { version: (client?.version ?? 0) + 1, settings } };
    case 'group': {
      const { groupId, version } = group ?? { groupId: device?.groupId ?? 'none', version: 0 };
      return { ...generation, group: { groupId, version: version + 1, settings } };
    }
    case 'device':
      return { ...generation, device: { version: 0, ...device, settings } };
  }
};

const changesOf = (
  { changed, settings }: Candidate,
  { from }: Fitting,
  inForce: InForce,
): Change[] =>
  changed.map((name) => ({
    ...{ name, before: inForce.settings[name], after: settings[name] },
    ...{ from: from[name], applies: table[name].applies },
  }));
