/**
 * Loading: what is in force when the agent starts. The newest generation on disk that is whole and fits
 * together with what lies on the device; a bad one is passed over, and that is said.
 */
import {
  effective,
  layersOf,
  nameOf,
  noDocuments,
  type Generation,
  type Laid,
} from '../../config/index.ts';
import {
  generationPlaces,
  type Found,
  type GenerationPlace,
  type Generations,
} from './generations.ts';
import type { Fitting } from './in-force.ts';

export interface Loaded {
  readonly generation: Generation;
  readonly fitting: Fitting;
  /** Why a newer one was passed over. */
  readonly fellBack?: string;
}

/** What is in force; `why` when not even what lies on the device fits together. */
export const loadInForce = (generations: Generations, local: Laid): Loaded | { why: string } => {
  const passedOver: string[] = [];
  for (const place of generationPlaces) {
    const found = generations.read(place);
    const tried = found.is === 'whole' ? fittingOf(found.generation, local) : undefined;
    if (found.is === 'whole' && tried?.ok === true) {
      return {
        ...{ generation: found.generation, fitting: tried },
        ...(passedOver.length === 0 ? {} : { fellBack: passedOver.join('; ') }),
      };
    }
    const why = isLost(generations, place, found)
      ? 'the generation in force is not there any more'
      : faultIn(found, tried?.ok === false ? tried.why : undefined);
    if (why !== undefined) passedOver.push(why);
  }
  const bare = fittingOf(noDocuments, local);
  if (!bare.ok) return bare;
  return {
    ...{ generation: noDocuments, fitting: bare },
    ...(passedOver.length === 0 ? {} : { fellBack: passedOver.join('; ') }),
  };
};

// Where one was in force before there is one in force; a file that is gone is as bad as a torn one.
const isLost = (generations: Generations, place: GenerationPlace, found: Found): boolean =>
  place === 'configurationInForce' &&
  found.is === 'none' &&
  generations.read('configurationBefore').is !== 'none';

const faultIn = (found: Found, unfit: string | undefined): string | undefined => {
  if (found.is === 'bad') return `a generation on disk is bad: ${found.why}`;
  return found.is === 'whole' ? `${nameOf(found.generation)}: ${unfit}` : undefined;
};

/** The settings of a generation, over and under what lies on the device. */
export const fittingOf = (generation: Generation, local: Laid) =>
  effective({ ...local, ...layersOf(generation).laid });
