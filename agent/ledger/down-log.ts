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
import { anchorTable } from './anchors.ts';
import type { MetaTable } from './meta.ts';
import type { Sqlite } from './sqlite.ts';
import type { Head, Place } from './up-log.ts';

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
  /** Drops the words through this one, but never the last there is; gives how many. Inside a commit. */
  prune(through: Place, wallMs: number): number;
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
  const anchors = anchorTable(db);
  const { going, drop } = pruningOf(db);

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
      const pruned = anchors.find('down', frame.epoch)?.seq ?? 0;
      // What was pruned was the same when it was taken in, or its frame would have been refused then.
      return examined(frame, { ...base, pruned }, (seq) => one.get(frame.epoch, seq)?.hash);
    },
    insert: (epoch, { seq, id, type, at, clock, body, hash }) => {
      insert.run({ epoch, seq, id, type, at, clock, body: canonical(body), hash });
      if (epoch !== (meta.get('downEpoch') ?? 1)) meta.set('downEpoch', epoch);
    },
    knows: (id) => known.get(id) !== undefined,
    prune: ({ epoch, seq }, wallMs) => {
      const { epoch: lastEpoch, seq: last } = head();
      const gone = going.all({ epoch, seq, lastEpoch, last });
      for (const { epoch: of, seq: end, count } of gone) {
        const hash = one.get(of, end)?.hash ?? '';
        drop.run(of, end);
        anchors.drop({ log: 'down', epoch: of, seq: end, hash, count, prunedAt: wallMs });
      }
      return gone.reduce((sum, { count }) => sum + count, 0);
    },
  };
};

const pruningOf = (db: Sqlite) => ({
  going: db.prepare<[object], Place & { count: number }>(
    `SELECT epoch, max(seq) AS seq, count(*) AS count FROM down_log
     WHERE (epoch, seq) <= (@epoch, @seq) AND (epoch, seq) <> (@lastEpoch, @last) GROUP BY epoch`,
  ),
  drop: db.prepare('DELETE FROM down_log WHERE epoch = ? AND seq <= ?'),
});

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
  base: Head & { readonly pruned: number },
  hashAt: (seq: number) => string | undefined,
): Intake => {
  let { prev } = frame;
  let expected = frame.from;
  const fresh: Entry[] = [];
  for (const entry of frame.entries) {
    if (entry.seq !== expected || hashOf(prev, entry) !== entry.hash) {
      return { is: 'refused', why: `the chain breaks at ${entry.seq}` };
    }
    const isKept = entry.seq > base.pruned && entry.seq <= base.seq;
    if (isKept && hashAt(entry.seq) !== entry.hash) {
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
