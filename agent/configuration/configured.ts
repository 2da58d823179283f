/** What an agent starts with: the settings in force, their files, and where new ones are kept. */
import type { Generation, Laid } from '../../config/index.ts';
import { Generations, type Shelf } from './generations.ts';
import { InForce } from './in-force.ts';
import { loadInForce } from './loading.ts';

export interface Configured {
  readonly inForce: InForce;
  readonly generations: Generations;
  readonly generation: Generation;
  /** Why a newer generation was passed over. */
  readonly fellBack?: string;
  /** The layers that lie on the device. */
  readonly local: Laid;
  /** Whether the device was registered into a group, and so must not sell before it has its settings. */
  readonly isRegistered: boolean;
}

/** Reads them; `why` when what lies on the device does not fit together. */
export const configuredFrom = (
  shelf: Shelf,
  local: Laid,
  isRegistered: boolean,
): Configured | { readonly why: string } => {
  const generations = new Generations(shelf);
  const loaded = loadInForce(generations, local);
  if ('why' in loaded) return loaded;
  const { generation, fitting, fellBack } = loaded;
  return {
    ...{ inForce: new InForce(fitting), generations, generation, local, isRegistered },
    ...(fellBack === undefined ? {} : { fellBack }),
  };
};
