/** What became of every try to reach the host; follows from the facts, and is written with them. */
import type { Fact } from '../../contract/index.ts';
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

export interface Attempts {
  /**
   * Takes over what a fact says of an attempt; one that has ended is not begun again by a fact told twice.
   */
  follow(fact: Fact): void;
  /** A word ended an attempt that was to be reversed, or (`decided`) was stored; any other stays. */
  settle(attempt: AttemptRef, standing: 'reversed' | 'decided'): void;
  /** Attempts still to be reversed at the host, oldest first; at most so many. */
  reversing(most: number): AttemptRef[];
  reversingCount(): number;
}

export const attemptTable = (db: Sqlite): Attempts => {
  const put = db.prepare(
    `INSERT INTO attempts (attempt_id, transaction_id, standing) VALUES (?, ?, ?)
     ON CONFLICT (attempt_id) DO UPDATE SET standing = excluded.standing
     WHERE standing NOT IN ('answered', 'reversed', 'decided')`,
  );
  const move = db.prepare(
    `UPDATE attempts SET standing = @standing
     WHERE attempt_id = @attemptId AND transaction_id = @transactionId
       AND standing IN (@before, 'reversing')`,
  );
  // `+ 0`: for a limit that is a bare parameter SQLite compiles the statement anew at every run.
  const open = db.prepare<[number], AttemptRef>(
    `SELECT transaction_id AS transactionId, attempt_id AS attemptId FROM attempts
     WHERE standing = 'reversing' ORDER BY number LIMIT ? + 0`,
  );
  const count = db.prepare<[], { count: number }>(
    "SELECT count(*) AS count FROM attempts WHERE standing = 'reversing'",
  );
  return {
    follow: ({ type, body }) => {
      const standing = standingAfter(type);
      if (standing === undefined || !('attemptId' in body) || body.attemptId === undefined) return;
      put.run(body.attemptId, body.transactionId, standing);
    },
    settle: ({ transactionId, attemptId }, standing) => {
      const before = standing === 'reversed' ? 'reversing' : 'stored';
      move.run({ transactionId, attemptId, standing, before });
    },
    reversing: (most) => open.all(most),
    reversingCount: () => count.get()?.count ?? 0,
  };
};

const standingAfter = (type: Fact['type']): Standing | undefined => {
  switch (type) {
    case 'attempt.sent':
      return 'sent';
    case 'transaction.stored':
      return 'stored';
    case 'transaction.finished':
      return 'answered';
    case 'reversal':
      return 'reversing';
    case 'transaction.created':
    case 'answer.late':
    case 'word.taken':
    case 'epoch.opened':
    case 'transaction.advised':
    case 'transaction.partially_approved':
    case 'transaction.held':
    case 'transaction.released':
    case 'batch.records':
    case 'batch.closed':
    case 'command.finished':
      return undefined;
  }
};
