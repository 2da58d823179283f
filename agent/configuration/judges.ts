/** The judges: the parts of this agent that may say no to settings, each with what only it knows. */
import type { Fault, Settings } from '../../config/index.ts';
import { canonical } from '../../contract/index.ts';
import { placeOf } from '../readers/place.ts';
import type { World } from '../world.ts';
import type { Judge } from './judging.ts';

const mebibyte = 1_048_576;

/** Those every agent has. */
export const judgesOf = ({ world }: { readonly world: Pick<World, 'freeBytes'> }): Judge[] => [
  { part: 'link', judge: linkFault },
  { part: 'readers', judge: readerFault },
  { part: 'storage', judge: ({ 'storage.reserveMiB': reserve }) => storageFault(world, reserve) },
];

const linkFault = (settings: Settings): Fault | undefined =>
  settings['link.brokerUrl'] === ''
    ? {
        ...{ code: 'broker_missing', path: 'link.brokerUrl' },
        why: 'Without an address of the broker the portal could never be reached again.',
      }
    : undefined;

const readerFault = ({ readers }: Settings, now: Settings): Fault | undefined => {
  if (canonical(readers) === canonical(now.readers)) return undefined;
  for (const setting of readers) {
    const placed = placeOf(setting);
    if (!placed.ok) return { code: 'reader_impossible', path: 'readers', why: placed.why };
  }
  return undefined;
};

const storageFault = (world: Pick<World, 'freeBytes'>, reserveMiB: number): Fault | undefined => {
  const freeMiB = Math.floor(world.freeBytes() / mebibyte);
  if (freeMiB >= reserveMiB) return undefined;
  const why = `A reserve of ${reserveMiB} MiB would stop all sales: ${freeMiB} MiB are free here.`;
  return { code: 'reserve_not_there', path: 'storage.reserveMiB', why };
};
