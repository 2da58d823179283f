/** Candidates: the version the documents on the device ask for, and what it would change. */
import {
  documentsOf,
  effective,
  layerFault,
  layersOf,
  nameOf,
  portalLayers,
  settings as table,
  wantedOf,
  type Candidate,
  type DocumentName,
  type Fault,
  type Generation,
  type Kept,
  type Laid,
  type Proof,
  type SettingName,
  type Settings,
  type Wanted,
} from '../../config/index.ts';
import {
  addresseeOf,
  canonical,
  type DesiredClient,
  type DesiredDevice,
  type DesiredGroup,
} from '../../contract/index.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** The documents on the device, as a generation is made of them. */
export const keptIn = ({ desired, subject }: Ledger): Kept => {
  const client = desired.find('client');
  const device = desired.find('device');
  const { groupId, settings = {} } = (device?.body ?? {}) as DesiredDevice['body'];
  return {
    client: client && {
      version: client.version,
      settings: (client.body as DesiredClient['body']).settings,
    },
    device: device && {
      ...{ version: device.version, settings },
      ...(groupId === undefined ? {} : { groupId }),
    },
    groupOf: (asked) => {
      const found = desired.find(
        'group',
        addresseeOf({ clientId: subject.clientId, groupId: asked }),
      );
      if (found === undefined) return undefined;
      const { settings: said } = found.body as DesiredGroup['body'];
      return { groupId: asked, version: found.version, settings: said };
    },
  };
};

/**
 * The newest documents on the device by name. Of groups the one it is to be in and the one it is in: while
 * the document that moves it is refused, it goes on with the latter.
 */
export const newestIn = (kept: Kept, inForce: Generation): readonly DocumentName[] => {
  const groupIds = new Set([kept.device?.groupId, inForce.device?.groupId]);
  const { client, device } = kept;
  return documentsOf({
    ...(client === undefined ? {} : { client }),
    ...(device === undefined ? {} : { device }),
  }).concat(
    [...groupIds].flatMap((groupId) => {
      const group = groupId === undefined ? undefined : kept.groupOf(groupId);
      return group === undefined ? [] : documentsOf({ group });
    }),
  );
};

/** What is wanted that is not in force. */
export const wantedNext = (
  kept: Kept,
  inForce: Generation,
  isRefused: (document: DocumentName) => boolean,
): Wanted | { readonly is: 'nothing' } => {
  const wanted = wantedOf(kept, inForce, isRefused);
  const isInForce = wanted.is === 'generation' && nameOf(wanted.generation) === nameOf(inForce);
  return isInForce ? { is: 'nothing' } : wanted;
};

/** The documents of a generation that are not in force. */
export const freshIn = (generation: Generation, inForce: Generation): readonly DocumentName[] => {
  const known = documentsOf(inForce);
  return documentsOf(generation).filter((document) => !known.includes(document));
};

/** A version that fits together, or why it does not; `documents` where it is the fault of some only. */
export type Made =
  | { readonly is: 'candidate'; readonly candidate: Candidate }
  | {
      readonly is: 'unfit';
      readonly name: string;
      readonly generation: Generation;
      readonly fault: Fault & { readonly documents?: readonly DocumentName[] };
    };

export const candidateFrom = (generation: Generation, local: Laid, now: Settings): Made => {
  const { laid } = layersOf(generation);
  const name = nameOf(generation);
  for (const layer of portalLayers) {
    const fault = layerFault(layer, laid[layer] ?? new Map<string, never>());
    if (fault === undefined) continue;
    const documents = documentsOf(generation).filter((document) => document.startsWith(layer));
    return { is: 'unfit', name, generation, fault: { code: 'malformed', ...fault, documents } };
  }
  const made = effective({ ...local, ...laid });
  if (!made.ok) {
    const { ok: _, ...fault } = made;
    return { is: 'unfit', name, generation, fault: { code: 'contradictory', ...fault } };
  }
  const changed = changedBetween(now, made.settings);
  const proofs = [...new Set(changed.flatMap(proofOf))];
  return {
    is: 'candidate',
    candidate: { name, generation, settings: made.settings, changed, proofs },
  };
};

const names = Object.keys(table) as SettingName[];

/** The settings that have other values. */
export const changedBetween = (before: Settings, after: Settings): SettingName[] =>
  names.filter((name) => canonical(before[name]) !== canonical(after[name]));

/** The part that has to begin anew with another value of a setting. */
const proofOf = (name: SettingName): Proof[] => {
  if (table[name].applies !== 'idle') return [];
  return name.startsWith('link.') ? ['link'] : ['readers'];
};
