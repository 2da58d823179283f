/**
 * Configurations: which settings were in force on this device, one after the other, and which versions of the
 * portal's documents were refused, so that none is tried twice.
 */
import type { Stamps } from './transactions.ts';
import type {
  ClockTrust,
  ConfigurationInForce,
  ConfigurationRefused,
} from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

/** The most entries that are kept, the newest; the one in force is always among them. */
export const configurationsKeptMost = 200;

/** What happened to the configuration, as a fact tells it too. */
export type ConfigurationEntry =
  | { readonly type: 'configuration.in_force'; readonly body: ConfigurationInForce }
  | { readonly type: 'configuration.refused'; readonly body: ConfigurationRefused };

export type KeptConfiguration = ConfigurationEntry & {
  /** Wall time, ms since 1970, as far as `clock` trusted it. */
  readonly at: number;
  readonly clock: ClockTrust;
};

export interface Configurations {
  /** What is in force, as it was told last. */
  inForce(): ConfigurationInForce | undefined;
  /** What was refused last, unless something came into force since. */
  lastRefused(): ConfigurationRefused | undefined;
  /** Whether a document was refused, alone or together with others that are all among these. */
  isRefused(document: string, among: readonly string[]): boolean;
  /** The newest first. */
  list(most: number): KeptConfiguration[];
  /** Enters what happened; `refused` are the documents that are not tried again. Inside a commit. */
  enter(entry: ConfigurationEntry, stamp: Stamps, refused: readonly string[]): void;
  /** Reads everything anew; called when a commit was rolled back. */
  forget(): void;
}

interface Row {
  readonly at: number;
  readonly clock: ClockTrust;
  readonly type: ConfigurationEntry['type'];
  readonly body: string;
}

export const configurationTable = (db: Sqlite): Configurations => {
  const insert = db.prepare(
    'INSERT INTO configurations (at, clock, type, body, documents) VALUES (?, ?, ?, ?, ?)',
  );
  const prune = db.prepare(
    `DELETE FROM configurations
     WHERE number <= (SELECT max(number) FROM configurations) - ${configurationsKeptMost}
     AND number < (SELECT max(number) FROM configurations WHERE type = 'configuration.in_force')`,
  );
  const newest = db.prepare<[number], Row>(
    'SELECT at, clock, type, body FROM configurations ORDER BY number DESC LIMIT ? + 0',
  );
  const ofType = db.prepare<[string], Row>(
    'SELECT at, clock, type, body FROM configurations WHERE type = ? ORDER BY number DESC LIMIT 1',
  );
  const refusedWith = db
    .prepare<[string, string], number>(
      `SELECT 1 FROM configurations, json_each(documents) AS refused WHERE refused.value = ?
       AND NOT EXISTS (SELECT 1 FROM json_each(documents) AS other
         WHERE other.value NOT IN (SELECT value FROM json_each(?))) LIMIT 1`,
    )
    .pluck();
  // Asked for with every order.
  let known: ConfigurationInForce | undefined;
  return {
    inForce: () => {
      const read = () => bodyOf<ConfigurationInForce>(ofType.get('configuration.in_force'));
      return (known ??= read());
    },
    lastRefused: () => {
      const [last] = newest.all(1);
      return last?.type === 'configuration.refused'
        ? bodyOf<ConfigurationRefused>(last)
        : undefined;
    },
    isRefused: (document, among) => refusedWith.get(document, JSON.stringify(among)) !== undefined,
    list: (most) =>
      newest.all(most).map((row) => ({ ...row, body: bodyOf(row) }) as KeptConfiguration),
    enter: ({ type, body }, { wallMs, clock }, refused) => {
      insert.run(wallMs, clock, type, JSON.stringify(body), JSON.stringify(refused));
      prune.run();
      known = undefined;
    },
    forget: () => (known = undefined),
  };
};

const bodyOf = <B>(row: Row | undefined): B | undefined =>
  row === undefined ? undefined : (JSON.parse(row.body) as B);
