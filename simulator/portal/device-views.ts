/** Devices as the portal shows them: where each one stands, what waits, and what it said of its clock. */
import type { ConfigurationReport, DeviceStatus, FactBody, Profile } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { ConfigurationFact, Configurations } from './configurations.ts';
import { subjectOf, type Devices, type Standing } from './devices.ts';
import type { Groups } from './groups.ts';
import type { Place } from './queue.ts';
import type { WordLog } from './word-log.ts';

/** The most corrections of its clock that are shown of a device, the newest first. */
export const correctionsMost = 8;

/** Facts of a device whose `at` is off, and by how much. */
export interface ClockCorrection {
  readonly epoch: number;
  readonly fromSeq: number;
  readonly throughSeq: number;
  readonly byMs: number;
}

/** A device as the portal sees it, with how much is waiting. */
export interface DeviceView extends Standing {
  /** What the portal wants it to be. */
  readonly status: DeviceStatus;
  /** Whether its certificates were taken back. */
  readonly revoked: boolean;
  readonly downHead: number;
  readonly undecidedCount: number;
  readonly parkedCount: number;
  readonly conflictCount: number;
  readonly clockCorrections: readonly ClockCorrection[];
  /** What it said of itself last. */
  readonly profile: Profile | null;
  /** The group it is to be in. */
  readonly groupId: string | null;
  /** Where it said last that its configuration stands, and its last facts about it, the newest first. */
  readonly configuration: ConfigurationReport | null;
  readonly configurationFacts: readonly ConfigurationFact[];
}

export interface DeviceViewsOptions {
  readonly db: Sqlite;
  readonly devices: Devices;
  readonly words: Pick<WordLog, 'head'>;
  readonly groups: Pick<Groups, 'groupIdOf'>;
  readonly configurations: Pick<Configurations, 'of'>;
}

/** Every device there is. */
export const deviceViews = (options: DeviceViewsOptions): readonly DeviceView[] => {
  const { db, devices, words, groups, configurations } = options;
  const count = (what: string, device: string): number =>
    db.prepare<[string], { count: number }>(what).get(device)?.count ?? 0;
  const corrections = db.prepare<[string], ClockCorrection>(
    `select epoch, from_seq as fromSeq, through_seq as throughSeq, by_ms as byMs from clock_correction
     where device = ? order by place desc limit ${correctionsMost}`,
  );
  const profile = db
    .prepare<[string], string>('select profile from profile where device = ?')
    .pluck();
  const settled = (device: string) => {
    const { report, facts } = configurations.of(device);
    const groupId = groups.groupIdOf(subjectOf(device)) ?? null;
    return { groupId, configuration: report ?? null, configurationFacts: facts };
  };
  const status = db
    .prepare<[string], DeviceStatus | null>(
      `select body ->> '$.status' from desired where device = ? and kind = 'device'`,
    )
    .pluck();
  return devices.all().map((standing) => ({
    ...standing,
    ...settled(standing.device),
    status: status.get(standing.device) ?? 'Active',
    revoked: devices.isRevoked(standing.device),
    downHead: words.head(standing.device, standing.downEpoch),
    undecidedCount: count(undecided, standing.device),
    parkedCount: count(`${undecided} and parked = 1`, standing.device),
    conflictCount: count(conflicts, standing.device),
    clockCorrections: corrections.all(standing.device),
    profile: JSON.parse(profile.get(standing.device) ?? 'null') as Profile | null,
  }));
};

/** Keeps what a device says of itself; one of an earlier release says nothing. */
export const keepProfile = (db: Sqlite, device: string, profile: Profile | undefined): void => {
  if (profile === undefined) return;
  db.prepare('insert or replace into profile values (?, ?)').run(device, JSON.stringify(profile));
};

/** Writes down a correction: the entries keep the times they came with. */
export const learnCorrection =
  (db: Sqlite) =>
  ({ device, epoch }: Place, { fromSeq, throughSeq, byMs }: FactBody<'clock.corrected'>): void => {
    db.prepare(
      `insert into clock_correction (device, epoch, from_seq, through_seq, by_ms) values (?, ?, ?, ?, ?)`,
    ).run(device, epoch, fromSeq, throughSeq, byMs);
  };

const undecided = 'select count(*) as count from undecided where device = ?';
const conflicts = 'select count(*) as count from conflict where device = ?';
