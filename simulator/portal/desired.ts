/** Desired documents: what the portal wants of a device, kept, signed, and published retained. */
import {
  linkLimits,
  subjectName,
  type Desired,
  type DesiredDevice,
  type DesiredKind,
  type DesiredTrust,
  type Subject,
} from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import { subjectOf, type Devices } from './devices.ts';
import type { Tell } from './events.ts';
import type { KeyRing } from './key-ring.ts';
import type { Post } from './post.ts';

export interface DesiredOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly keyRing: KeyRing;
  readonly post: Post;
  readonly tell: Tell;
}

/** The kinds this portal has documents of. */
export type PublishedKind = Extract<DesiredKind, 'trust' | 'device' | 'access'>;

interface DesiredRow {
  readonly device: string;
  readonly kind: PublishedKind;
  readonly version: number;
  readonly issuedAt: number;
  readonly body: string;
}

const selection = 'select device, kind, version, issued_at as issuedAt, body from desired';

type DeviceBody = DesiredDevice['body'];
type TrustBody = DesiredTrust['body'];

/** Bytes kept free for a status, a group and an epoch that a device is given later. */
const spareBytes = 256;

export class DesiredDocuments {
  readonly #options: DesiredOptions;

  constructor(options: DesiredOptions) {
    this.#options = options;
  }

  /** Wants something else of a device from now on; the version it has. */
  put(subject: Subject, kind: PublishedKind, body: unknown): number {
    const { db, clock } = this.#options;
    const device = subjectName(subject);
    const issuedAt = clock.wallMs();
    const version = versionAfter(this.#find(device, kind)?.version, issuedAt);
    const row = { device, kind, version, issuedAt, body: JSON.stringify(body) };
    db.prepare(
      `insert into desired (device, kind, version, issued_at, body)
       values (@device, @kind, @version, @issuedAt, @body)
       on conflict (device, kind) do update set
         version = excluded.version, issued_at = excluded.issued_at, body = excluded.body`,
    ).run(row);
    this.#publish(row);
    return version;
  }

  /** Says again what is wanted of a device that was revoked, taken in again, or retired. */
  standsOtherwise(subject: Subject): void {
    this.amend(subject, {});
  }

  /** What is wanted of a device, and since which version. */
  find(subject: Subject, kind: PublishedKind): { version: number; body: unknown } | undefined {
    const row = this.#find(subjectName(subject), kind);
    return row && { version: row.version, body: JSON.parse(row.body) };
  }

  /** Changes some of what is wanted of one device itself, and leaves the rest. */
  amend(subject: Subject, change: Partial<DeviceBody>): number {
    const before = this.find(subject, 'device')?.body as DeviceBody | undefined;
    return this.put(subject, 'device', { ...before, ...change });
  }

  /** Lets a known device open the epoch after the highest it was ever seen in; says which. */
  openEpoch(subject: Subject): number | undefined {
    const { devices, tell } = this.#options;
    const device = subjectName(subject);
    const standing = devices.find(device);
    if (standing === undefined) return undefined;
    const epoch = standing.epochSeen + 1;
    const version = this.amend(subject, { log: { epoch } });
    tell({ is: 'epoch.offered', device, epoch, version });
    return epoch;
  }

  /**
   * Sees to it that a device can follow the portal to its present keys. Said again with every birth: without
   * it a device can open nothing else, so it would wait for ever if it was lost once.
   */
  leadToKeys(subject: Subject): void {
    const keySets = this.#options.keyRing.chain();
    const row = this.#find(subjectName(subject), 'trust');
    const known = row === undefined ? 1 : (JSON.parse(row.body) as TrustBody).keySets.length;
    if (keySets.length !== known) this.put(subject, 'trust', { keySets });
    else if (row !== undefined) this.#publish(row);
  }

  /** Says again what is wanted of one device itself: a broker may have lost it. */
  repeat(subject: Subject): void {
    const row = this.#find(subjectName(subject), 'device');
    if (row !== undefined) this.#publish(row);
  }

  /** Whether a message could hold a document, and what else may come to be in it. */
  fits(subject: Subject, kind: PublishedKind, body: unknown): boolean {
    const [version, issuedAt] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    const document: Desired = { kind, subject: { ...subject }, version, issuedAt, body };
    const addressed = { typ: `desired/${kind}`, sub: subjectName(subject) };
    const { length } = this.#options.post.sign(document, addressed);
    return length + spareBytes <= linkLimits.messageBytes;
  }

  /** Publishes every document again: a broker may have lost what it retained, or the keys have changed. */
  publishAll(): void {
    for (const row of this.#options.db.prepare<[], DesiredRow>(selection).all()) this.#publish(row);
  }

  #find(device: string, kind: PublishedKind): DesiredRow | undefined {
    return this.#options.db
      .prepare<[string, string], DesiredRow>(`${selection} where device = ? and kind = ?`)
      .get(device, kind);
  }

  #publish({ device, kind, version, issuedAt, body }: DesiredRow): void {
    const subject = subjectOf(device);
    const wanted = JSON.parse(body) as object;
    // Its broker may know nothing of revocations: then this is all that keeps it from selling.
    const isOut = kind === 'device' && this.#options.devices.isOut(device);
    const document: Desired = {
      ...{ kind, subject: { ...subject }, version, issuedAt },
      body: isOut ? { ...wanted, status: 'Disabled' } : wanted,
    };
    this.#options.post.say(subject, `desired/${kind}`, document);
  }
}

/**
 * The version after another, or the first. A portal restored from a backup must not use one twice, so
 * versions keep up with the clock, in milliseconds: restored, it is behind for as long at the most.
 */
export const versionAfter = (before: number | undefined, wallMs: number): number =>
  Math.max((before ?? 0) + 1, wallMs);
