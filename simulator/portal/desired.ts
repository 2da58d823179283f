/** Desired documents: what the portal wants of a device, kept, signed, and published retained. */
import { subjectName, type DesiredDevice, type Subject } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import { subjectOf, type Devices } from './devices.ts';
import type { Tell } from './events.ts';
import type { Post } from './post.ts';

export interface DesiredOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly post: Post;
  readonly tell: Tell;
}

interface DesiredRow {
  readonly device: string;
  readonly version: number;
  readonly issuedAt: number;
  readonly body: string;
}

const selection = 'select device, version, issued_at as issuedAt, body from desired';

export class DesiredDocuments {
  readonly #options: DesiredOptions;

  constructor(options: DesiredOptions) {
    this.#options = options;
  }

  /** Lets a known device open the epoch after the highest it was ever seen in; says which. */
  openEpoch(subject: Subject): number | undefined {
    const { db, clock, devices, tell } = this.#options;
    const device = subjectName(subject);
    const standing = devices.find(device);
    if (standing === undefined) return undefined;
    const epoch = standing.epochSeen + 1;
    const old = db.prepare<[string], DesiredRow>(`${selection} where device = ?`).get(device);
    const issuedAt = clock.wallMs();
    // A portal restored from a backup must not use a version twice, so versions keep up with the clock.
    const version = Math.max((old?.version ?? 0) + 1, Math.floor(issuedAt / 1_000));
    const body = { ...(old === undefined ? {} : (JSON.parse(old.body) as object)), log: { epoch } };
    db.prepare(
      `insert into desired (device, version, issued_at, body) values (@device, @version, @issuedAt, @body)
       on conflict (device) do update set
         version = excluded.version, issued_at = excluded.issued_at, body = excluded.body`,
    ).run({ device, version, issuedAt, body: JSON.stringify(body) });
    tell({ is: 'epoch.offered', device, epoch, version });
    this.#publish({ device, version, issuedAt, body: JSON.stringify(body) });
    return epoch;
  }

  /** Publishes every document again: a broker may have lost what it retained. */
  publishAll(): void {
    for (const row of this.#options.db.prepare<[], DesiredRow>(selection).all()) this.#publish(row);
  }

  #publish({ device, version, issuedAt, body }: DesiredRow): void {
    const subject = subjectOf(device);
    const document: DesiredDevice = {
      ...{ kind: 'device', subject: { ...subject }, version, issuedAt },
      body: JSON.parse(body) as DesiredDevice['body'],
    };
    this.#options.post.say(subject, 'desired/device', document);
  }
}
