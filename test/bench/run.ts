/** A run: every part, one after the other, each in a directory that goes away with it. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBenchBroker, type BenchBroker } from './broker.ts';
import type { Figures } from './figures.ts';
import { thisMachine } from './machine.ts';
import { alone, linked, type LinkedPlace, type Part, type Taken } from './parts.ts';
import { portalIsUp } from './portal.ts';
import { commandOf, commandOfPart, roleDone, startRole } from './roles.ts';
import { scratchDirectory } from './scratch.ts';

/** How long the portal may take to be there, ms. */
const portalWithinMs = 20_000;

export interface Run {
  /** The one part to take; all of them unless given. */
  readonly only?: string | undefined;
  /** Hears what is being measured. */
  readonly say: (line: string) => void;
}

/**
 * Takes the figures; throws a sentence when there is no such part. All of them are taken each by a process of
 * its own: what others compiled and left behind would make one side of a comparison faster than it is alone.
 */
export const takeFigures = async ({ only, say }: Run): Promise<Figures> => {
  const parts: Readonly<Record<string, Part<LinkedPlace>>> = { ...alone, ...linked };
  const known = Object.keys(parts);
  if (only !== undefined && !known.includes(only)) {
    throw new Error(`There is no part "${only}"; --only takes one of ${known.join(', ')}.`);
  }
  const [machine, began] = [thisMachine(), performance.now()];
  const taken: Taken[] = [];
  for (const [word, { says }] of Object.entries(parts)) {
    if (only !== undefined && only !== word) continue;
    say(says);
    taken.push(only === undefined ? await takenApart(word) : await takenHere(word));
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const date = new Date().toISOString();
  return taken.reduce<Figures>(
    (all, each) => ({ ...each, ...all, ratios: { ...all.ratios, ...each.ratios } }),
    { date, machine, seconds, ratios: {} },
  );
};

// An interrupt from the terminal reaches the other process too.
const takenApart = async (word: string): Promise<Taken> => {
  const [node, ...words] = commandOfPart(word);
  const { stdout } = await promisify(execFile)(node, words);
  return JSON.parse(stdout) as Taken;
};

const takenHere = async (word: string): Promise<Taken> => {
  const { path: directory, remove } = scratchDirectory();
  try {
    if (alone[word] !== undefined) return await alone[word].take({ directory });
    return await withPortal(directory, async ({ name, url }, place) => ({
      broker: name,
      ...(await linked[word]?.take({ directory: place, brokerUrl: url })),
    }));
  } finally {
    remove();
  }
};

/** Runs a broker and a portal meanwhile. */
const withPortal = async (
  directory: string,
  meanwhile: (broker: BenchBroker, place: string) => Promise<Taken>,
): Promise<Taken> => {
  const place = join(directory, 'linked');
  mkdirSync(place);
  const broker = await startBenchBroker(place);
  const portal = startRole(commandOf('portal', broker.url, place));
  try {
    await portal.says(portalIsUp, portalWithinMs);
    return await meanwhile(broker, place);
  } finally {
    portal.kill('SIGTERM');
    await roleDone(portal);
    await broker.close();
  }
};
