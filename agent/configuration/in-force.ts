/**
 * In force: the settings as they are at this moment. Whoever holds them reads what is in force when they
 * read, so nobody has to be told; a part that has to prove other settings reads those on trial.
 */
import {
  settings as table,
  type Effective,
  type SettingName,
  type Settings,
} from '../../config/index.ts';

/** Settings that fit together, with where each came from. */
export type Fitting = Extract<Effective, { ok: true }>;

export class InForce {
  /** What decides payments, and everything else. */
  readonly settings: Settings;
  /** What the link and the readers work with: the version that is being proven, where there is one. */
  readonly onTrial: Settings;
  #confirmed: Fitting;
  #trial: Fitting | undefined;

  constructor(confirmed: Fitting) {
    this.#confirmed = confirmed;
    this.settings = readingFrom(() => this.#confirmed.settings);
    this.onTrial = readingFrom(() => (this.#trial ?? this.#confirmed).settings);
  }

  /** Where everything that is in force came from. */
  view(): Fitting {
    return this.#confirmed;
  }

  confirm(confirmed: Fitting): void {
    this.#confirmed = confirmed;
    this.#trial = undefined;
  }

  /** Puts settings on trial, or ends the trial. */
  tryOut(trial: Fitting | undefined): void {
    this.#trial = trial;
  }
}

const names = Object.keys(table) as SettingName[];

const readingFrom = (now: () => Settings): Settings =>
  Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, { enumerable: true, get: () => now()[name] }])),
  ) as Settings;
