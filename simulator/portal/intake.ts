/**
 * The intake: takes facts in. Commit first, acknowledge after, decide later; one device after another.
 *
 * What does not fit the chain is kept aside, told, and not acknowledged: the device's ledger was restored or
 * cloned, and only a new epoch helps. Facts of a type nobody here knows are kept like all others.
 */
import {
  chainStart,
  check,
  facts,
  type Ack,
  type Entry,
  type Fact,
  type FactType,
  type Frame,
} from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import { subjectOf, type Devices, type Standing } from './devices.ts';
import type { Tell } from './events.ts';
import { judgeFrame, sealedDigestOf, type FrameVerdict, type Known } from './frame-check.ts';

/** The most conflicting entries that are kept of one device. */
const conflictsMost = 1_000;

/** A fact and its place in the log. */
export interface TakenFact {
  readonly device: string;
  readonly epoch: number;
  readonly seq: number;
  readonly fact: Fact;
}

export interface IntakeOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly tell: Tell;
  /** Names the store, until it is restored from a backup. */
  readonly store: () => string;
  /** Called within the commit that takes the fact in. */
  readonly fact: (taken: TakenFact) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #add;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#add = options.db.prepare(
      `insert into entry (device, epoch, seq, id, type, at, clock, body, hash, sealed)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Takes a frame in; says whether the portal's standing is to be acknowledged now. */
  take(standing: Standing, frame: Frame): boolean {
    const { tell } = this.#options;
    const { device } = standing;
    const run = {
      device,
      epoch: frame.epoch,
      from: frame.from,
      through: frame.from + frame.entries.length - 1,
    };
    if (frame.session !== standing.session) {
      tell({ is: 'facts.refused', ...run, why: 'the frame is of another session' });
      return false;
    }
    if (frame.epoch > standing.epochSeen) {
      this.#options.devices.change(device, { epochSeen: frame.epoch });
    }
    const known = this.#known(standing, frame.epoch);
    const verdict = judgeFrame(frame, known);
    if (verdict.is === 'fits' || verdict.is === 'gap') this.#nameGate(standing, frame);
    switch (verdict.is) {
      case 'fits':
        this.#commit(standing, frame, verdict);
        if (verdict.afterPruned === true) {
          tell({ is: 'facts.pruned_before', ...run, expected: known.through + 1 });
        }
        if (verdict.fresh.length === 0) tell({ is: 'facts.repeated', ...run });
        else tell({ is: 'facts.taken', ...run, types: verdict.fresh.map(({ type }) => type) });
        return true;
      case 'gap':
        tell({ is: 'facts.gap', ...run, expected: known.through + 1 });
        return true;
      case 'refused':
        tell({ is: 'facts.refused', ...run, why: verdict.why });
        return false;
      case 'conflict':
        this.#keepAside(device, frame, verdict);
        tell({ is: 'facts.conflict', ...run, why: verdict.why, situation: 'ledger_rolled_back' });
        return false;
    }
  }

  /** What the portal has committed of a device, as an acknowledgement in its present session. */
  ackOf({ session, upEpoch, upThrough, upHash }: Standing): Ack {
    const time = this.#options.clock.wallMs();
    const store = this.#options.store();
    return { session, epoch: upEpoch, through: upThrough, hash: upHash, time, store };
  }

  // The birth of a session names how much the device still has to tell before anything is decided; the first
  // frame does so for an epoch begun since.
  #nameGate({ device, gateEpoch }: Standing, frame: Frame): void {
    if (gateEpoch !== null && gateEpoch >= frame.epoch) return;
    this.#options.devices.change(device, { gateEpoch: frame.epoch, gateHead: frame.head });
  }

  #known({ device, upEpoch, upThrough }: Standing, epoch: number): Known {
    const start = chainStart(subjectOf(device), epoch, sha256);
    return {
      through: epoch === upEpoch ? upThrough : epoch > upEpoch ? 0 : this.#last(device, epoch),
      closed: epoch < upEpoch,
      hashAt: (seq) => (seq === 0 ? start : this.#hashAt(device, epoch, seq)),
    };
  }

  #commit(
    { device }: Standing,
    { epoch, from, prev }: Frame,
    { fresh, afterPruned }: FrameVerdict & { is: 'fits' },
  ): void {
    const last = fresh.at(-1);
    if (last === undefined) return;
    const { db, devices } = this.#options;
    db.transaction(() => {
      if (afterPruned === true) {
        db.prepare('insert into pruned values (?, ?, ?, ?)').run(device, epoch, from - 1, prev);
      }
      for (const entry of fresh) {
        this.#insert(device, epoch, entry);
        const fact = this.#understood(device, entry);
        if (fact !== undefined) this.#options.fact({ device, epoch, seq: entry.seq, fact });
      }
      devices.change(device, { upEpoch: epoch, upThrough: last.seq, upHash: last.hash });
    })();
  }

  #insert(device: string, epoch: number, entry: Entry): void {
    const { seq, id, type, at, clock, body, hash, sealed } = entry;
    const attached = sealed !== undefined && sealedDigestOf(body) !== undefined;
    this.#add.run(
      ...[device, epoch, seq, id, type, at, clock, JSON.stringify(body ?? null), hash],
      attached ? Buffer.from(sealed, 'base64') : null,
    );
  }

  // A fact that does not have the form of its type is kept, but nothing can be done because of it.
  #understood(device: string, { seq, type, body }: Entry): Fact | undefined {
    if (!isFactType(type)) return undefined;
    const checked = check(facts[type].body, body);
    if (checked.ok) return { type, body: checked.value } as Fact;
    this.#options.tell({ is: 'fact.not_understood', device, seq, type, why: checked.why });
    return undefined;
  }

  #keepAside(device: string, frame: Frame, { seq, why }: FrameVerdict & { is: 'conflict' }): void {
    const { db, clock } = this.#options;
    const held = db
      .prepare<[string], { count: number }>(
        'select count(*) as count from conflict where device = ?',
      )
      .get(device);
    let room = conflictsMost - (held?.count ?? 0);
    const keep = db.prepare(
      `insert or ignore into conflict (device, epoch, seq, hash, content, why, at)
       values (?, ?, ?, ?, ?, ?, ?)`,
    );
    db.transaction(() => {
      for (const { sealed: _, ...entry } of frame.entries) {
        if (entry.seq < seq || room <= 0) continue;
        const content = JSON.stringify(entry);
        room -= keep.run(
          device,
          frame.epoch,
          entry.seq,
          entry.hash,
          content,
          why,
          clock.wallMs(),
        ).changes;
      }
    })();
  }

  #hashAt(device: string, epoch: number, seq: number): string | undefined {
    return this.#options.db
      .prepare<[object], { hash: string }>(
        `select hash from entry where device = @device and epoch = @epoch and seq = @seq
         union all
         select hash from pruned where device = @device and epoch = @epoch and seq = @seq`,
      )
      .get({ device, epoch, seq })?.hash;
  }

  #last(device: string, epoch: number): number {
    const row = this.#options.db
      .prepare<[string, number], { seq: number | null }>(
        'select max(seq) as seq from entry where device = ? and epoch = ?',
      )
      .get(device, epoch);
    return row?.seq ?? 0;
  }
}

const isFactType = (type: string): type is FactType => Object.hasOwn(facts, type);
