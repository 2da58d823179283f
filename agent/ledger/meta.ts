/** The ledger's single values, by name. */
import type { Sqlite } from './sqlite.ts';

/** Every name there is, and what it holds. */
export interface Meta {
  /** `clientId/deviceId` the ledger belongs to. */
  subject: string;
  /** The up log's epoch. */
  epoch: number;
  /** The last session number given to a connection. */
  session: number;
  /** How far the portal has the up log of the current epoch. */
  acknowledged: number;
  /** The last entry of the current epoch that may have left in a frame; `Published` keeps it. */
  offered: number;
  /** The down log's epoch. */
  downEpoch: number;
  /** Elapsed time when last saved, and the clock and boot it was saved under. */
  elapsedMs: number;
  elapsedAtMonotonicMs: number;
  elapsedBootId: string;
  /** Elapsed time when the portal was last heard. */
  portalReachedAt: number;
  /** The time the portal told, and the elapsed time it told it at. */
  trustedWallMs: number;
  trustedElapsedMs: number;
  /** The latest time the portal signed anything at, until it has told the time. */
  signedWallMs: number;
  /** The last time this agent raised the clock, as JSON; `clock-trust.ts` keeps it. */
  clockRaised: string;
  /** 1 while what the portal said of the time is not believed, until it says it again. */
  clockDoubted: number;
  /** Under which offsets of its clock this boot wrote facts, as JSON; `clock-correction.ts` keeps it. */
  clockRuns: string;
  /** Boots since the clock was last trusted, and the boot that was counted last. */
  bootsUntrusted: number;
  bootCounted: string;
  /** Entries the portal lacks and this ledger has pruned; 0 once it has gone on without them. */
  portalLacks: number;
  /** 1 while the portal has revoked this device. */
  revoked: number;
  /** 1 while a device that was registered into a group has not had its settings. */
  configurationAwaited: number;
  /** Until when, in elapsed time, somebody at the device holds versions of its settings back, and why. */
  heldUntilElapsedMs: number;
  heldWhy: string;
  /** When this device was taken out of service, wall time: nothing is decided here any more. */
  decommissionedAt: number;
  /** Set when the portal has seen more than this ledger holds. */
  rolledBack: string;
}

export interface MetaTable {
  get<N extends keyof Meta>(name: N): Meta[N] | undefined;
  /** Writes a value now; only inside a commit. */
  set<N extends keyof Meta>(name: N, value: Meta[N]): void;
  /** Remembers a value for the next commit: for what may be lost, because it is learned again. */
  later<N extends keyof Meta>(name: N, value: Meta[N]): void;
  /** Writes what was remembered; called inside every commit. */
  flush(): void;
  clear(name: keyof Meta): void;
  /** Reads everything anew; called when a commit was rolled back. */
  forget(): void;
}

export const metaTable = (db: Sqlite): MetaTable => {
  const read = db.prepare<[string], { value: unknown }>('SELECT value FROM meta WHERE name = ?');
  const write = db.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const remove = db.prepare('DELETE FROM meta WHERE name = ?');
  const waiting = new Map<keyof Meta, unknown>();
  // What the table holds: some values are asked for several times with every sale.
  const known = new Map<keyof Meta, unknown>();
  const stored = (name: keyof Meta): unknown => {
    if (!known.has(name)) known.set(name, read.get(name)?.value);
    return known.get(name);
  };
  const put = (name: keyof Meta, value: unknown) => {
    if (stored(name) === value) return;
    write.run(name, value);
    known.set(name, value);
  };
  return {
    get: <N extends keyof Meta>(name: N) =>
      (waiting.has(name) ? waiting.get(name) : stored(name)) as Meta[N] | undefined,
    set: (name, value) => {
      waiting.delete(name);
      put(name, value);
    },
    later: (name, value) => {
      waiting.set(name, value);
    },
    flush: () => {
      // Kept until the next flush overwrites it: a commit that is rolled back loses nothing.
      for (const [name, value] of waiting) put(name, value);
    },
    clear: (name) => {
      waiting.delete(name);
      known.delete(name);
      remove.run(name);
    },
    forget: () => known.clear(),
  };
};
