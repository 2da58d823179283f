/**
 * Groups: the settings that are wanted of all devices of a client, of those of a group, and of one device;
 * checked, kept, and told to each of them.
 *
 * To say the same settings again makes another version: a device that refused the last one tries that.
 */
import { addresseeOf, isSubject, subjectName, type Subject } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import { Clashes } from './clashes.ts';
import type { Configurations } from './configurations.ts';
import type { DesiredDocuments } from './desired.ts';
import type { Devices } from './devices.ts';
import type { Tell } from './events.ts';
import { changedGroup, freshGroup, settingsOf, type Group, type GroupChange } from './group.ts';
import { GroupBook, groupsMost } from './group-book.ts';
import { progressOf, type Progress } from './progress.ts';
import { misnamed, refused, settingsFault, tooLarge, type Refused } from './settings-fault.ts';
import type { Many, SettingsBody, SharedDocument, SharedDocuments } from './shared-documents.ts';

export interface GroupsOptions {
  readonly db: Sqlite;
  readonly devices: Devices;
  readonly desired: DesiredDocuments;
  readonly sharedDocuments: SharedDocuments;
  readonly configurations: Configurations;
  readonly tell: Tell;
}

/** The version that is wanted from now on, or why nothing has changed. */
export type Put = { readonly version: number } | Refused;

export interface GroupView extends Group {
  readonly version: number;
  readonly deviceCount: number;
}

export class Groups {
  readonly #options: GroupsOptions;
  readonly #book: GroupBook;
  readonly #clashes: Clashes;

  constructor(options: GroupsOptions) {
    this.#options = options;
    this.#book = new GroupBook(options.db, options.desired);
    this.#clashes = new Clashes(this.#book, (clientId) => this.client(clientId)?.settings);
  }

  /** What is wanted of every device of a client; nothing, until it was said once. */
  client(clientId: string): SharedDocument | undefined {
    return this.#options.sharedDocuments.find({ clientId });
  }

  /** The groups of a client. */
  all(clientId: string): readonly GroupView[] {
    return this.#book.all(clientId).map((group) => this.#viewOf(group));
  }

  find(clientId: string, groupId: string): GroupView | undefined {
    const group = this.#book.find(clientId, groupId);
    return group && this.#viewOf(group);
  }

  groupIdOf(subject: Subject): string | undefined {
    return this.#book.groupIdOf(subject);
  }

  /** Wants these settings of every device of a client, in place of those before. */
  putClient(clientId: string, settings: SettingsBody): Put {
    if (!isSubject({ clientId, deviceId: 'any' })) return misnamed();
    const fault = settingsFault('client', settings) ?? this.#clashes.ofClient(clientId, settings);
    if (fault !== undefined) return refused('malformed', fault);
    return this.#publish({ clientId }, settings, () => undefined);
  }

  /** Changes a group; one that is not there is made. */
  putGroup(clientId: string, groupId: string, change: GroupChange): Put {
    if (!isSubject({ clientId, deviceId: groupId })) return misnamed();
    const before = this.#book.find(clientId, groupId);
    if (before === undefined && this.#book.all(clientId).length >= groupsMost) {
      return refused('conflict', `A client has ${groupsMost} groups at the most.`);
    }
    const group = changedGroup(before ?? freshGroup(clientId, groupId), change);
    const fault =
      settingsFault('group', group.settings) ??
      settingsFault('group', settingsOf(group)) ??
      this.#clashes.ofGroup(group);
    if (fault !== undefined) return refused('malformed', fault);
    return this.#publish({ clientId, groupId }, settingsOf(group), () => this.#book.keep(group));
  }

  /** Makes a group that is not there, with its id as its name. */
  make(clientId: string, groupId: string): Refused | undefined {
    if (this.#book.find(clientId, groupId) !== undefined) return undefined;
    const made = this.putGroup(clientId, groupId, {});
    return 'code' in made ? made : undefined;
  }

  /** Puts a device into a group. The group's document is there before the one of the device that names it. */
  move(subject: Subject, groupId: string): Put {
    const { clientId } = subject;
    if (!isSubject(subject)) return misnamed();
    const full = this.make(clientId, groupId);
    if (full !== undefined) return full;
    const clash = this.#clashes.ofDevice(subject, { groupId });
    if (clash !== undefined) return refused('malformed', clash);
    const { sharedDocuments, desired, tell } = this.#options;
    sharedDocuments.send(subject, { clientId, groupId });
    const version = desired.amend(subject, { groupId });
    tell({ is: 'device.moved', device: subjectName(subject), groupId, version });
    return { version };
  }

  /** Wants these settings of one device, in place of those it had of its own. */
  putDeviceSettings(subject: Subject, settings: SettingsBody): Put {
    if (!isSubject(subject)) return misnamed();
    const fault =
      settingsFault('device', settings) ?? this.#clashes.ofDevice(subject, { settings });
    if (fault !== undefined) return refused('malformed', fault);
    const { desired } = this.#options;
    const before = desired.find(subject, 'device')?.body as object | undefined;
    if (!desired.fits(subject, 'device', { ...before, settings })) return tooLarge();
    return { version: desired.amend(subject, { settings }) };
  }

  /** How far each device of a group is with its present version; `undefined` where there is no such group. */
  progress(clientId: string, groupId: string): readonly Progress[] | undefined {
    const version = this.find(clientId, groupId)?.version;
    if (version === undefined) return undefined;
    const { devices, configurations } = this.#options;
    return this.#book.members({ clientId, groupId }).map((subject) => {
      const device = subjectName(subject);
      const isOnline = devices.find(device)?.online === 1;
      return progressOf(
        { groupId, version },
        { device, isOnline, said: configurations.of(device) },
      );
    });
  }

  /** Tells a device that was heard all that is wanted of it: a broker may have lost what it retained. */
  lead(subject: Subject): void {
    this.#sendShared(subject);
    this.#options.desired.repeat(subject);
  }

  /** Publishes every shared document again, to every device it is for. */
  publishAll(): void {
    for (const subject of this.#book.everyone()) this.#sendShared(subject);
  }

  #sendShared(subject: Subject): void {
    for (const many of this.#book.manyOf(subject)) {
      this.#options.sharedDocuments.send(subject, many);
    }
  }

  #publish(many: Many, settings: SettingsBody, keep: () => void): Put {
    const { db, sharedDocuments, tell } = this.#options;
    const version = db.transaction(() => {
      const put = sharedDocuments.put(many, settings);
      if (put !== undefined) keep();
      return put;
    })();
    if (version === undefined) return tooLarge();
    const members = this.#book.members(many);
    for (const subject of members) sharedDocuments.send(subject, many);
    tell({ is: 'settings.wanted', of: addresseeOf(many), version, devices: members.length });
    return { version };
  }

  #viewOf(group: Group): GroupView {
    const { clientId, groupId } = group;
    const version = this.#options.sharedDocuments.find({ clientId, groupId })?.version ?? 0;
    const deviceCount = this.#book.members({ clientId, groupId }).length;
    return { ...group, version, deviceCount };
  }
}
