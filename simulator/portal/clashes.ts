/**
 * Clashes: settings that would have to be in force together somewhere, and cannot be. A device would refuse
 * them; it is better to say so to whoever wants them.
 */
import type { Subject } from '../../contract/index.ts';
import { settingsOf, type Group } from './group.ts';
import type { GroupBook } from './group-book.ts';
import { clashOf, type PortalSettings } from './settings-fault.ts';
import type { Many, SettingsBody } from './shared-documents.ts';

/** Layers that would come together, and where. */
type Meeting = readonly [where: string, layers: PortalSettings];

export class Clashes {
  readonly #book: GroupBook;
  readonly #clientSettings: (clientId: string) => SettingsBody | undefined;

  constructor(book: GroupBook, clientSettings: (clientId: string) => SettingsBody | undefined) {
    [this.#book, this.#clientSettings] = [book, clientSettings];
  }

  /** Of settings of a client, alone, with those of each group, and on each device. */
  ofClient(clientId: string, client: SettingsBody): string | undefined {
    const groups = new Map(
      this.#book.all(clientId).map((group) => [group.groupId, settingsOf(group)]),
    );
    return firstOf([
      ['', { client }],
      ...[...groups].map(([groupId, group]): Meeting => [inGroup(groupId), { client, group }]),
      ...this.#owners({ clientId }).map(([subject, device]): Meeting => {
        const group = groups.get(this.#book.groupIdOf(subject) ?? '');
        return [onDevice(subject), { client, group, device }];
      }),
    ]);
  }

  /** Of a group, alone and on each of its devices. */
  ofGroup(changed: Group): string | undefined {
    const { clientId, groupId } = changed;
    const [client, group] = [this.#clientSettings(clientId), settingsOf(changed)];
    return firstOf([
      ['', { client, group }],
      ...this.#owners({ clientId, groupId }).map(([subject, device]): Meeting => [
        onDevice(subject),
        { client, group, device },
      ]),
    ]);
  }

  /** Of one device, with settings of its own, or in a group, other than it has. */
  ofDevice(
    subject: Subject,
    { settings, groupId }: { settings?: SettingsBody; groupId?: string },
  ): string | undefined {
    const { clientId } = subject;
    const inThis = groupId ?? this.#book.groupIdOf(subject);
    const group = inThis === undefined ? undefined : this.#book.find(clientId, inThis);
    return firstOf([
      [
        groupId === undefined ? '' : inGroup(groupId),
        {
          ...{ client: this.#clientSettings(clientId), group: group && settingsOf(group) },
          device: settings ?? this.#book.settingsOf(subject),
        },
      ],
    ]);
  }

  /** The devices that have settings of their own. */
  #owners(of: Many): (readonly [Subject, SettingsBody])[] {
    return this.#book.members(of).flatMap((subject) => {
      const settings = this.#book.settingsOf(subject);
      return settings === undefined ? [] : [[subject, settings] as const];
    });
  }
}

const inGroup = (groupId: string): string => `In group ${groupId}: `;

const onDevice = ({ deviceId }: Subject): string => `On device ${deviceId}: `;

const firstOf = (meetings: readonly Meeting[]): string | undefined => {
  for (const [where, layers] of meetings) {
    const why = clashOf(layers);
    if (why !== undefined) return `${where}${why}`;
  }
  return undefined;
};
