/** A run: every part, one after the other, in a directory that goes away with it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startBenchBroker, type BenchBroker } from './broker.ts';
import type { Figures } from './figures.ts';
import { thisMachine } from './machine.ts';
import { alone, linked, type Part, type Place, type Taken } from './parts.ts';
import { portalIsUp } from './portal.ts';
import { commandOf, roleDone, startRole } from './roles.ts';
import { scratchDirectory } from './scratch.ts';

/** How long the portal may take to be there, ms. */
const portalWithinMs = 20_000;

export interface Run {
  /** The one part to take; all of them unless given. */
  readonly only?: string | undefined;
  /** Hears what is being measured. */
  readonly say: (line: string) => void;
}

/** Takes the figures; throws a sentence when there is no such part. */
export const takeFigures = async ({ only, say }: Run): Promise<Figures> => {
  const known = [...Object.keys(alone), ...Object.keys(linked)];
  if (only !== undefined && !known.includes(only)) {
    throw new Error(`There is no part "${only}"; --only takes one of ${known.join(', ')}.`);
  }
  const [machine, began] = [thisMachine(), performance.now()];
  const { path: directory, remove } = scratchDirectory();
  const taken: Taken[] = [];
  const take = async <P extends Place>(parts: Readonly<Record<string, Part<P>>>, place: P) => {
    for (const [word, part] of Object.entries(parts)) {
      if (only !== undefined && only !== word) continue;
      say(part.says);
      taken.push(await part.take(place));
    }
  };
  try {
    await take(alone, { directory });
    if (only === undefined || Object.hasOwn(linked, only)) {
      await withPortal(directory, async (broker, place) => {
        taken.push({ broker: broker.name });
        await take(linked, { directory: place, brokerUrl: broker.url });
      });
    }
  } finally {
    remove();
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const date = new Date().toISOString();
  return taken.reduce<Figures>(
    (all, each) => ({ ...all, ...each, ratios: { ...all.ratios, ...each.ratios } }),
    { date, machine, seconds, ratios: {} },
  );
};

/** Runs a broker and a portal meanwhile. */
const withPortal = async (
  directory: string,
  meanwhile: (broker: BenchBroker, place: string) => Promise<void>,
): Promise<void> => {
  const place = join(directory, 'linked');
  mkdirSync(place);
  const broker = await startBenchBroker(place);
  const portal = startRole(commandOf('portal', broker.url, place));
  try {
    await portal.says(portalIsUp, portalWithinMs);
    await meanwhile(broker, place);
  } finally {
    portal.kill('SIGTERM');
    await roleDone(portal);
    await broker.close();
  }
};
