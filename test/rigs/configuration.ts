/** A configuration of its own for tests: the real one, over files that are kept in memory. */
import { Configuration } from '../../agent/configuration/configuration.ts';
import { configuredFrom, type Configured } from '../../agent/configuration/configured.ts';
import type { Shelf } from '../../agent/configuration/generations.ts';
import { judgesOf } from '../../agent/configuration/judges.ts';
import type { Judge } from '../../agent/configuration/judging.ts';
import type { ConfigurationNews } from '../../agent/configuration/news.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import type { Place } from '../../agent/places.ts';
import type { World } from '../../agent/world.ts';
import { valuesOf, type Laid, type Proof } from '../../config/index.ts';

/** Files that are there until they are removed; `files` are read and spoilt by tests. */
export const shelfOf = (
  files = new Map<Place, string>(),
): Shelf & { files: Map<Place, string> } => ({
  files,
  read: (place) => files.get(place),
  write: (place, text) => void files.set(place, text),
  remove: (place) => void files.delete(place),
});

/** The layers of a device whose settings file says this. */
export const laidBy = (document: object): Laid => {
  const read = valuesOf(document);
  if ('why' in read) throw new Error(read.why);
  return { file: read.values };
};

export const configuredBy = (
  local: Laid,
  shelf: Shelf = shelfOf(),
  isRegistered = false,
): Configured => {
  const configured = configuredFrom(shelf, local, isRegistered);
  if ('why' in configured) throw new Error(configured.why);
  return configured;
};

/** What a test decides about the parts around a configuration. */
export interface Around {
  readonly judges?: readonly Judge[];
  readonly online?: () => boolean;
  readonly readersReady?: () => boolean;
  readonly begin?: (proof: Proof) => void;
  readonly tell?: (news: ConfigurationNews) => void;
}

/** The configuration of a ledger, where nothing is in the way unless the test says so; not started. */
export const configurationAt = (
  configured: Configured,
  { ledger, world }: { readonly ledger: Ledger; readonly world: World },
  around: Around = {},
): Configuration =>
  new Configuration({
    ...{ ...configured, ledger, world, judges: around.judges ?? judgesOf({ world }) },
    online: around.online ?? (() => true),
    closing: () => false,
    begin: {
      link: () => around.begin?.('link'),
      readers: () => around.begin?.('readers'),
    },
    readersReady: around.readersReady ?? (() => true),
    confirmed: () => undefined,
    changed: () => undefined,
    tell: around.tell ?? (() => undefined),
  });
