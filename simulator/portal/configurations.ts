/** Configurations: what each device said last of its own, in its report and in its facts. */
import type {
  ConfigurationInForce,
  ConfigurationRefused,
  ConfigurationReport,
  Payload,
} from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';

/** The most facts about its configuration that are kept of a device, the newest. */
export const configurationFactsMost = 8;

export type ConfigurationFact =
  | { readonly type: 'configuration.in_force'; readonly body: ConfigurationInForce }
  | { readonly type: 'configuration.refused'; readonly body: ConfigurationRefused };

type Documents = NonNullable<Payload<'reported'>['documents']>;

/** What a device said: nothing at all, where there is neither a report nor a fact. */
export interface SaidConfiguration {
  readonly report: ConfigurationReport | undefined;
  /** What became of each kind of document it heard. */
  readonly documents: Documents;
  /** The newest first. */
  readonly facts: readonly ConfigurationFact[];
}

export class Configurations {
  readonly #db: Sqlite;
  readonly #report;
  readonly #facts;

  constructor(db: Sqlite) {
    this.#db = db;
    this.#report = db.prepare<[string], { report: string; documents: string }>(
      'select report, documents from configuration where device = ?',
    );
    this.#facts = db.prepare<[string], { type: string; body: string }>(
      'select type, body from configuration_fact where device = ? order by place desc',
    );
  }

  /** Keeps what a device reports; one of an earlier release reports nothing of it. */
  keep(device: string, { configuration, documents = [] }: Payload<'reported'>): void {
    if (configuration === undefined) return;
    this.#db
      .prepare('insert or replace into configuration (device, report, documents) values (?, ?, ?)')
      .run(device, JSON.stringify(configuration), JSON.stringify(documents));
  }

  /** Learns a fact; one that comes twice is the same. */
  learn(device: string, { type, body }: ConfigurationFact): void {
    this.#db
      .prepare(
        `insert into configuration_fact (device, type, body) values (?, ?, ?)
         on conflict do nothing`,
      )
      .run(device, type, JSON.stringify(body));
    this.#db
      .prepare(
        `delete from configuration_fact where device = @device and place not in
           (select place from configuration_fact where device = @device
            order by place desc limit @most)`,
      )
      .run({ device, most: configurationFactsMost });
  }

  of(device: string): SaidConfiguration {
    const kept = this.#report.get(device);
    const facts = this.#facts
      .all(device)
      .map(({ type, body }) => ({ type, body: JSON.parse(body) as unknown }));
    return {
      report: kept && (JSON.parse(kept.report) as ConfigurationReport),
      documents: kept === undefined ? [] : (JSON.parse(kept.documents) as Documents),
      facts: facts as ConfigurationFact[],
    };
  }
}
