/** The book of groups: which there are, and which devices are in each, as their desired documents say. */
import type { DesiredDevice, Subject } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { DesiredDocuments } from './desired.ts';
import { subjectOf } from './devices.ts';
import type { Group } from './group.ts';
import type { Many, SettingsBody } from './shared-documents.ts';

/** The most groups of one client. */
export const groupsMost = 1_000;

// A device that nothing was heard of yet may be wanted in a group already; one that is retired is in none.
const isThere = 'device not in (select device from device where retired = 1)';
const isOfClient = `(@clientId is null or substr(device, 1, length(@clientId) + 1) = @clientId || '/')`;

const known = `
  select device from (select device from device union
    select device from desired where kind = 'device')
  where ${isOfClient} and ${isThere} order by device`;

const inGroup = `
  select device from desired
  where kind = 'device' and body ->> '$.groupId' = @groupId and ${isOfClient} and ${isThere}
  order by device`;

export class GroupBook {
  readonly #db: Sqlite;
  readonly #desired: DesiredDocuments;
  readonly #known;
  readonly #inGroup;

  constructor(db: Sqlite, desired: DesiredDocuments) {
    [this.#db, this.#desired] = [db, desired];
    this.#known = db.prepare<[{ clientId: string | null }], string>(known).pluck();
    this.#inGroup = db.prepare<[Required<Many>], string>(inGroup).pluck();
  }

  find(clientId: string, groupId: string): Group | undefined {
    const row = this.#db
      .prepare<[string, string], { body: string }>(
        'select body from device_group where client_id = ? and group_id = ?',
      )
      .get(clientId, groupId);
    return row && (JSON.parse(row.body) as Group);
  }

  all(clientId: string): readonly Group[] {
    return this.#db
      .prepare<[string], { body: string }>(
        'select body from device_group where client_id = ? order by group_id',
      )
      .all(clientId)
      .map(({ body }) => JSON.parse(body) as Group);
  }

  keep(group: Group): void {
    this.#db
      .prepare('insert or replace into device_group (client_id, group_id, body) values (?, ?, ?)')
      .run(group.clientId, group.groupId, JSON.stringify(group));
  }

  /** Every device there is. */
  everyone(): readonly Subject[] {
    return this.#known.all({ clientId: null }).map(subjectOf);
  }

  /** The devices of a client, or of one of its groups. */
  members({ clientId, groupId }: Many): readonly Subject[] {
    const names =
      groupId === undefined
        ? this.#known.all({ clientId })
        : this.#inGroup.all({ clientId, groupId });
    return names.map(subjectOf);
  }

  groupIdOf(subject: Subject): string | undefined {
    return this.#wanted(subject)?.groupId;
  }

  /** The settings a device has of its own. */
  settingsOf(subject: Subject): SettingsBody | undefined {
    return this.#wanted(subject)?.settings;
  }

  /** The shared documents a device is to have: its client's, and that of its group if it is in one. */
  manyOf(subject: Subject): readonly Many[] {
    const { clientId } = subject;
    const groupId = this.groupIdOf(subject);
    return groupId === undefined ? [{ clientId }] : [{ clientId }, { clientId, groupId }];
  }

  #wanted(subject: Subject): DesiredDevice['body'] | undefined {
    return this.#desired.find(subject, 'device')?.body as DesiredDevice['body'] | undefined;
  }
}
