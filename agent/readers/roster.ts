/**
 * The roster: the readers of this device. Those the settings name, or, where they name none and say
 * `reader.automatic`, every one that is plugged in and whose model is known.
 */
import { canonical } from '../../contract/index.ts';
import type { ReaderSetting, Settings } from '../../config/index.ts';
import type { Clock } from '../world.ts';
import type { Post } from './post.ts';
import { pluggedIn, settingFor, type Devices, type PluggedIn } from './plugged-in.ts';

/** The most readers one device has; as many as the settings may name. */
export const readersMost = 8;
/** How often an automatic roster looks for new readers, ms. One is taken when it was there twice. */
export const rosterLookEveryMs = 2_000;

/** Said where a roster is empty, whether the settings name its readers or it looks for them. */
export const noReader =
  'There is no reader; name one under `readers` in the settings file, or set `reader.automatic` and plug ' +
  'in one whose model is known.';

export interface RosterParts {
  readonly settings: Pick<Settings, 'readers' | 'reader.automatic'>;
  /** What is plugged in; left out where nobody can see that. */
  readonly devices?: (() => Devices) | undefined;
  readonly postFor: (setting: ReaderSetting) => Post;
  readonly clock: Clock;
}

export interface Roster {
  /** Its posts; an automatic roster adds to them while it runs. */
  readonly posts: readonly Post[];
  start(): void;
  stop(): void;
  /** Goes by the settings as they are now; a reader they name as before stays open. */
  beginAnew(): void;
  /** Everything that is plugged in and may be a reader, configured or not. */
  pluggedIn(): PluggedIn[];
}

/** A roster; no reader is opened before it starts. */
export const rosterOf = ({ settings, devices, postFor, clock }: RosterParts): Roster => {
  const posts: Post[] = settings.readers.map(postFor);
  const isAutomatic = () => settings.readers.length === 0 && settings['reader.automatic'];
  let seen: readonly string[] = [];
  let callOff = (): void => {};

  const shown = (here: Devices): PluggedIn[] =>
    pluggedIn(
      here,
      posts.map(({ setting }) => setting),
    );

  const take = (setting: ReaderSetting, plugged: readonly PluggedIn[]): void => {
    if (posts.length >= readersMost) {
      const gone = posts.findIndex((post) => isGone(post, plugged));
      if (gone < 0) return;
      posts.splice(gone, 1).forEach((post) => post.stop());
    }
    const isTaken = (id: string) => posts.some((post) => post.setting.id === id);
    const tries = [setting.id, ...[2, 3, 4, 5, 6, 7, 8].map((time) => `${setting.id}-${time}`)];
    const id = tries.find((one) => !isTaken(one)) ?? setting.id;
    const post = postFor({ ...setting, id });
    posts.push(post);
    post.start();
  };

  const look = (isFirst: boolean): void => {
    const here = devices?.() ?? { hid: [], serial: [] };
    const plugged = shown(here);
    const found = plugged.flatMap((device) => {
      const setting = device.readerId === undefined ? settingFor(device, plugged) : undefined;
      return setting === undefined ? [] : [{ device, setting }];
    });
    const keys = found.map(({ setting: { id, path } }) => `${id} ${path}`);
    found.forEach(({ device, setting }, at) => {
      // The one before may have become the reader of this device too.
      const now = shown(here);
      const isFree = now.some(
        ({ path, readerId }) => path === device.path && readerId === undefined,
      );
      if (isFree && (isFirst || seen.includes(keys[at] ?? ''))) take(setting, now);
    });
    seen = keys;
    callOff = clock.after(rosterLookEveryMs, () => look(false));
  };

  return {
    posts,
    start() {
      for (const post of posts) post.start();
      if (isAutomatic()) look(true);
    },
    beginAnew() {
      callOff();
      const before = posts.splice(0);
      posts.push(...settings.readers.map((setting) => sameIn(before, setting) ?? postFor(setting)));
      for (const post of before) if (!posts.includes(post)) post.stop();
      for (const post of posts) if (!before.includes(post)) post.start();
      if (isAutomatic()) look(true);
    },
    stop() {
      callOff();
      for (const post of posts) post.stop();
    },
    pluggedIn: () => (devices === undefined ? [] : shown(devices())),
  };
};

const sameIn = (posts: readonly Post[], setting: ReaderSetting): Post | undefined =>
  posts.find((post) => canonical(post.setting) === canonical(setting));

const isGone = (post: Post, plugged: readonly PluggedIn[]): boolean =>
  !['ready', 'busy'].includes(post.state().is) &&
  !plugged.some(({ readerId }) => readerId === post.setting.id);
