/** The down log: the portal's words as they were taken in, numbered and chained by the portal. */
import {
  canonical,
  chainHash,
  chainStart,
  type Entry,
  type Frame,
  type Subject,
} from '../../contract/index.ts';
import { sha256 } from '../identity/digest.ts';
import type { MetaTable } from './meta.ts';
import type { Sqlite } from './sqlite.ts';
import type { Head } from './up-log.ts';

/** What became of a frame: its new entries, or why none can be taken. */
export type Intake =
  | { readonly is: 'taken'; readonly fresh: readonly Entry[] }
  | { readonly is: 'gap' }
  | { readonly is: 'refused'; readonly why: string };

export interface DownLog {
  head(): Head;
  /** Looks at a frame without changing anything; a frame of a higher epoch begins that epoch. */
  examine(frame: Frame): Intake;
  insert(epoch: number, entry: Entry): void;
  /** Whether a word of this id was taken in before, in whatever epoch. */
  knows(id: string): boolean;
}

export const downLog = (db: Sqlite, meta: MetaTable, subject: Subject): DownLog => {
  const insert = db.prepare(
    'INSERT INTO down_log VALUES (@epoch, @seq, @id, @type, @at, @clock, @body, @hash)',
  );
  const last = db.prepare<[number], { seq: number; hash: string }>(
    'SELECT seq, hash FROM down_log WHERE epoch = ? ORDER BY seq DESC LIMIT 1',
  );
  const one = db.prepare<[number, number], { hash: string }>(
    'SELECT hash FROM down_log WHERE epoch = ? AND seq = ?',
  );
  const known = db.prepare<[string], unknown>('SELECT 1 FROM down_log WHERE id = ?');

  const headOf = (epoch: number): Head => {
    const row = last.get(epoch);
    return { epoch, seq: row?.seq ?? 0, hash: row?.hash ?? chainStart(subject, epoch, sha256) };
  };
  const head = (): Head => headOf(meta.get('downEpoch') ?? 1);

  return {
    head,
    examine: (frame) => {
      const current = head();
      if (frame.epoch < current.epoch) return { is: 'refused', why: 'of an epoch that is over' };
      const base = frame.epoch > current.epoch ? headOf(frame.epoch) : current;
      if (frame.from > base.seq + 1) return { is: 'gap' };
      return examined(frame, base, (seq) => one.get(frame.epoch, seq)?.hash);
    },
    insert: (epoch, { seq, id, type, at, clock, body, hash }) => {
      insert.run({ epoch, seq, id, type, at, clock, body: canonical(body), hash });
      if (epoch !== (meta.get('downEpoch') ?? 1)) meta.set('downEpoch', epoch);
    },
    knows: (id) => known.get(id) !== undefined,
  };
};

// An entry with half a surrogate pair in it has no canonical form, and so no hash that could fit.
const hashOf = (prev: string, entry: Entry): string | undefined => {
  try {
    return chainHash(prev, entry, sha256);
  } catch {
    return undefined;
  }
};

const examined = (
  frame: Frame,
  base: Head,
  hashAt: (seq: number) => string | undefined,
): Intake => {
  let { prev } = frame;
  let expected = frame.from;
  const fresh: Entry[] = [];
  for (const entry of frame.entries) {
    if (entry.seq !== expected || hashOf(prev, entry) !== entry.hash) {
      return { is: 'refused', why: `the chain breaks at ${entry.seq}` };
    }
    if (entry.seq <= base.seq && hashAt(entry.seq) !== entry.hash) {
      return { is: 'refused', why: `number ${entry.seq} is not what was taken in before` };
    }
    if (entry.seq === base.seq + 1 && prev !== base.hash) {
      return { is: 'refused', why: `number ${entry.seq} does not follow what was taken in before` };
    }
    if (entry.seq > base.seq) fresh.push(entry);
    prev = entry.hash;
    expected += 1;
  }
  return { is: 'taken', fresh };
};
