/** What became of every try to reach the host; follows from the facts, and is written with them. */
import { deliberateReasons, type Fact, type ReversalReason } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

export const standings = [
  'sent',
  'stored',
  'answered',
  'reversing',
  'reversed',
  'decided',
] as const;
export type Standing = (typeof standings)[number];

export interface AttemptRef {
  readonly transactionId: string;
  readonly attemptId: string;
}

/** An attempt to be reversed, and why. */
export interface Reversing extends AttemptRef {
  readonly reason: ReversalReason;
}

export interface Attempts {
  /**
   * Takes over what a fact says of an attempt; one that has ended is not begun again by a fact told twice,
   * but a reversal undoes an answer that was given. `now` is elapsed time.
   */
  follow(fact: Fact, now: number): void;
  /** A word ended an attempt that was to be reversed, or (`decided`) was stored; any other stays. */
  settle(attempt: AttemptRef, standing: 'reversed' | 'decided'): void;
  /** Attempts still to be reversed at the host, oldest first; at most so many. */
  reversing(most: number): Reversing[];
  /** Since when the oldest of them waits, in elapsed time. */
  oldestReversingSince(): number | undefined;
  reversingCount(): number;
  /** Whether an attempt of a transaction has still to be reversed. */
  isReversing(transactionId: string): boolean;
  /** Its transaction is pruned; inside that commit. */
  forget(attemptId: string): void;
}

const deliberate = deliberateReasons.map((reason) => `'${reason}'`).join(', ');

export const attemptTable = (db: Sqlite): Attempts => {
  const put = db.prepare(
    `INSERT INTO attempts (attempt_id, transaction_id, standing, reason, reversing_since)
     VALUES (@attemptId, @transactionId, @standing, @reason, @since)
     ON CONFLICT (attempt_id) DO UPDATE SET standing = excluded.standing, reason = excluded.reason,
       reversing_since = coalesce(reversing_since, excluded.reversing_since)
     WHERE standing <> 'reversed' AND (standing NOT IN ('answered', 'decided')
       OR excluded.reason IN (${deliberate}))`,
  );
  const move = db.prepare(
    `UPDATE attempts SET standing = @standing
     WHERE attempt_id = @attemptId AND transaction_id = @transactionId
       AND standing IN (@before, 'reversing')`,
  );
  // `+ 0`: for a limit that is a bare parameter SQLite compiles the statement anew at every run.
  const open = db.prepare<[number], Reversing>(
    `SELECT transaction_id AS transactionId, attempt_id AS attemptId, reason FROM attempts
     WHERE standing = 'reversing' ORDER BY number LIMIT ? + 0`,
  );
  const count = db.prepare<[], { count: number }>(
    "SELECT count(*) AS count FROM attempts WHERE standing = 'reversing'",
  );
  const oldest = db.prepare<[], { since: number | null }>(
    "SELECT min(reversing_since) AS since FROM attempts WHERE standing = 'reversing'",
  );
  const reversingOf = db.prepare<[string], unknown>(
    "SELECT 1 FROM attempts WHERE standing = 'reversing' AND transaction_id = ?",
  );
  const remove = db.prepare('DELETE FROM attempts WHERE attempt_id = ?');
  return {
    follow: ({ type, body }, now) => {
      const standing = after[type];
      if (standing === undefined || !('attemptId' in body) || body.attemptId === undefined) return;
      const { attemptId, transactionId } = body;
      const reason = type === 'reversal' ? body.reason : null;
      const since = type === 'reversal' ? now : null;
      put.run({ attemptId, transactionId, standing, reason, since });
    },
    settle: ({ transactionId, attemptId }, standing) => {
      const before = standing === 'reversed' ? 'reversing' : 'stored';
      move.run({ transactionId, attemptId, standing, before });
    },
    reversing: (most) => open.all(most),
    reversingCount: () => count.get()?.count ?? 0,
    isReversing: (transactionId) => reversingOf.get(transactionId) !== undefined,
    forget: (attemptId) => {
      remove.run(attemptId);
    },
    oldestReversingSince: () => oldest.get()?.since ?? undefined,
  };
};

const after: Readonly<Partial<Record<Fact['type'], Standing>>> = {
  'attempt.sent': 'sent',
  'transaction.stored': 'stored',
  'transaction.advised': 'stored',
  'transaction.partially_approved': 'answered',
  'transaction.finished': 'answered',
  reversal: 'reversing',
};
