/** Telling: the fact that other settings than before are in force, written once for each. */
import { nameOf, versionsOf, type Generation } from '../../config/index.ts';
import {
  canonical,
  settingsToldMost,
  type ConfigurationCause,
  type ConfigurationLayers,
} from '../../contract/index.ts';
import { sha256 } from '../identity/digest.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { changedBetween } from './candidate.ts';
import type { Fitting, InForce } from './in-force.ts';
import type { ConfigurationNews } from './news.ts';

export interface Telling {
  readonly generation: Generation;
  readonly fitting: Fitting;
  readonly because: ConfigurationCause;
  readonly isRegistered: boolean;
}

interface TellingParts {
  readonly ledger: Ledger;
  readonly inForce: InForce;
  readonly tell: (news: ConfigurationNews) => void;
}

/** What all values come to, those of the device's own file included. */
export const hashOf = ({ settings }: Fitting): string => sha256(canonical({ ...settings }));

/** Writes it, unless it was written before; a commit of its own. */
export const tellInForce = (
  { ledger, inForce, tell }: TellingParts,
  { generation, fitting, because, isRegistered }: Telling,
): void => {
  const last = ledger.configurations.inForce();
  const layers = versionsOf(generation);
  const hash = hashOf(fitting);
  ledger.meta.later('configurationAwaited', isRegistered && isBare(layers) ? 1 : 0);
  if (last?.hash === hash && canonical(last.layers) === canonical(layers)) return;
  const number = (last?.number ?? 0) + 1;
  const changed = changedBetween(inForce.settings, fitting.settings);
  const body = {
    ...{ number, hash, layers, because },
    changed: changed.slice(0, settingsToldMost),
  };
  ledger.commit(() => ledger.configured({ type: 'configuration.in_force', body }, []));
  tell({
    ...{ is: 'in force', number, because, name: nameOf(generation) },
    changedCount: changed.length,
  });
};

/** Whether neither the device's own document nor its group's is among them. */
const isBare = ({ group, device }: ConfigurationLayers): boolean =>
  group === undefined && device === undefined;
