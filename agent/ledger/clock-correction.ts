/**
 * Correction of records that were written while the wall clock was wrong.
 *
 * Facts are never changed. What is remembered of a boot is under which offset (wall less monotonic time) its
 * facts were written; once the portal says what time it is, the fact `clock.corrected` says by how much the
 * times of a run of them are off, and the rows that people are shown are set right in the same commit.
 */
import type { Fact } from '../../contract/index.ts';
import type { World } from '../world.ts';
import { agreementMs } from './clock-bound.ts';
import type { MetaTable } from './meta.ts';
import type { Sqlite } from './sqlite.ts';
import type { UpLog } from './up-log.ts';

/** The clock was set when it moved by more than this, ms; less is how clocks are kept in step. */
const stepMs = 60_000;

/** Runs remembered of one boot; facts written under an offset after these are not corrected. */
const runsMax = 8;

/** How often records of a clock that stays wrong are corrected, ms. */
const againMs = 3_600_000;

/** A fact's time and its row's are read one after the other; so far apart they still are one, ms. */
const sameMs = 5_000;

/** How far from the facts of a run its rows may have been changed without one, at most, ms. */
const besideMs = 600_000;

/** Facts from a number on were written under one offset; `null`: nobody kept count. */
type Run = readonly [fromSeq: number, offsetMs: number | null];

interface Kept {
  readonly bootId: string;
  readonly epoch: number;
  readonly runs: readonly Run[];
}

/** By how much the times of some facts are off. */
export type Correction = Extract<Fact, { type: 'clock.corrected' }>['body'];

export interface Corrections {
  /** Notes the clock that the next fact is written under; inside a commit. */
  note(): void;
  /** What has to be corrected, given what the offset ought to be; empty most of the time. */
  due(rightOffsetMs: number): Correction[];
  /** Writes corrections, and sets right what they are about; inside a commit. */
  write(corrections: readonly Correction[], append: (fact: Fact) => void): void;
}

export const correctionsOf = (
  db: Sqlite,
  { meta, upLog }: { readonly meta: MetaTable; readonly upLog: UpLog },
  { clock, bootId }: World,
): Corrections => {
  const setRight = settingRight(db);
  const offset = () => clock.wallMs() - clock.monotonicMs();
  let correctedAtMs: number | undefined;
  // Every fact asks for them, and they change once a boot.
  let read: { readonly text: string; readonly kept: Kept } | undefined;
  const runs = (): readonly Run[] => {
    const text = meta.get('clockRuns');
    if (text === undefined) return [];
    if (read?.text !== text) read = { text, kept: JSON.parse(text) as Kept };
    const { kept } = read;
    return kept.bootId === bootId && kept.epoch === upLog.head().epoch ? kept.runs : [];
  };
  const keep = (some: readonly Run[]) => {
    const kept: Kept = { bootId, epoch: upLog.head().epoch, runs: some };
    meta.set('clockRuns', JSON.stringify(kept));
  };
  return {
    note: () => {
      const known = runs();
      const last = known.at(-1);
      const isFull = last !== undefined && last[1] === null;
      if (isFull || (last !== undefined && isNear(last, offset()))) return;
      const next = known.length < runsMax ? offset() : null;
      keep([...known, [upLog.head().seq + 1, next]]);
    },
    due: (rightOffsetMs) => {
      const known = runs();
      const { seq: head } = upLog.head();
      const wrong = known.flatMap(([fromSeq, offsetMs], place) => {
        const throughSeq = (known[place + 1]?.[0] ?? head + 1) - 1;
        const byMs = offsetMs === null ? 0 : rightOffsetMs - offsetMs;
        return Math.abs(byMs) <= agreementMs || throughSeq < fromSeq
          ? []
          : [{ fromSeq, throughSeq, byMs }];
      });
      const isOpenOnly = wrong.length === 1 && wrong[0]?.throughSeq === head;
      const isSoon = clock.monotonicMs() - (correctedAtMs ?? -Infinity) < againMs;
      return isOpenOnly && isSoon ? [] : wrong;
    },
    write: (corrections, append) => {
      const { epoch, seq: head } = upLog.head();
      const last = runs().at(-1);
      const goesOn = last !== undefined && isNear(last, offset());
      for (const each of corrections) setRight({ ...each, epoch });
      for (const each of corrections) {
        // Written under the wrong clock itself, it is about itself too.
        const isOpen = goesOn && each.throughSeq === head;
        const throughSeq = isOpen ? upLog.head().seq + 1 : each.throughSeq;
        append({ type: 'clock.corrected', body: { ...each, throughSeq } });
      }
      keep([[upLog.head().seq + 1, offset()]]);
      correctedAtMs = clock.monotonicMs();
    },
  };
};

const isNear = ([, offsetMs]: Run, nowMs: number): boolean =>
  offsetMs !== null && Math.abs(nowMs - offsetMs) <= stepMs;

/** Sets right the rows that facts of a run wrote; one that was written under another clock is left. */
const settingRight = (db: Sqlite) => {
  const range = 'epoch = @epoch AND seq BETWEEN @fromSeq AND @throughSeq';
  const created = db.prepare(
    `UPDATE transactions SET created_at = created_at + @byMs,
       clock = iif(transactions.clock = 'untrusted', 'bounded', transactions.clock)
     FROM (SELECT transaction_id AS id, at FROM up_log WHERE ${range} AND type = 'transaction.created') AS u
     WHERE transaction_id = u.id AND abs(created_at - u.at) <= ${sameMs}`,
  );
  const span = db.prepare<[object], { first: number | null; last: number | null }>(
    `SELECT min(at) AS first, max(at) AS last FROM up_log WHERE ${range}`,
  );
  const updated = db.prepare(
    `UPDATE transactions SET updated_at = updated_at + @byMs
     WHERE updated_at BETWEEN @first AND @last AND transaction_id IN (
       SELECT coalesce(transaction_id, iif(type = 'word.taken', body ->> '$.content.transactionId', NULL))
       FROM up_log WHERE ${range})`,
  );
  const opened = db.prepare(
    `UPDATE batches SET opened_at = opened_at + @byMs
     WHERE state <> 'closed' AND opened_at BETWEEN @first AND @last`,
  );
  return (run: Correction & { readonly epoch: number }): void => {
    const { first, last } = span.get(run) ?? { first: null, last: null };
    if (first === null || last === null) return;
    created.run(run);
    // Not every change of a row is a fact: a cashier was asked for something a moment before or after.
    const marginMs = Math.min(besideMs, Math.floor(Math.abs(run.byMs) / 2));
    const around = { ...run, first: first - marginMs, last: last + marginMs };
    updated.run(around);
    opened.run(around);
  };
};
