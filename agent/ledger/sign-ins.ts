/**
 * What has to outlive a restart about signing in: failures and locks, and the one-time codes that were used.
 * Names that were tried are kept as hashes: people type passwords into the wrong field.
 */
import type { Failures } from '../access/lockout.ts';
import type { Elapsed } from './elapsed.ts';
import type { Sqlite } from './sqlite.ts';

/** Writes only inside a commit, as everything here. Times are elapsed time. */
export interface SignIns {
  failuresOf(nameHash: string): Failures | undefined;
  /** What is remembered of a name from now on. */
  remember(nameHash: string, failures: Failures): void;
  forgive(nameHash: string): void;
  /** Forgets names of which nothing happened since. */
  forgetBefore(elapsedMs: number): void;
  /** When the failures of all names together came, since a time; the oldest first. */
  failedSince(elapsedMs: number): number[];
  /** Counts a failure of whomever; those before a time are counted no more. */
  count(countedSince: number): void;
  usedStep(userId: string): number | undefined;
  useStep(userId: string, step: number): void;
  isCodeUsed(userId: string, hash: string): boolean;
  useCode(userId: string, hash: string): void;
}

const selection = `SELECT failures, locks, locked_until AS lockedUntil, last_at AS lastAt
  FROM sign_in_names WHERE name_hash = ?`;

export const signInTable = (db: Sqlite, elapsed: Elapsed): SignIns => {
  const one = db.prepare<[string], Failures>(selection);
  const put = db.prepare(
    `INSERT INTO sign_in_names VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       failures = excluded.failures, locks = excluded.locks,
       locked_until = excluded.locked_until, last_at = excluded.last_at`,
  );
  const forgive = db.prepare('DELETE FROM sign_in_names WHERE name_hash = ?');
  const forget = db.prepare('DELETE FROM sign_in_names WHERE max(last_at, locked_until) <= ?');
  const since = db
    .prepare<[number], number>('SELECT at FROM sign_in_failures WHERE at > ? ORDER BY at')
    .pluck();
  const count = db.prepare('INSERT INTO sign_in_failures (at) VALUES (?)');
  const uncount = db.prepare('DELETE FROM sign_in_failures WHERE at <= ?');
  const step = db
    .prepare<[string], number>('SELECT step FROM used_totp_steps WHERE user_id = ?')
    .pluck();
  const useStep = db.prepare(
    `INSERT INTO used_totp_steps VALUES (?, ?)
     ON CONFLICT DO UPDATE SET step = max(step, excluded.step)`,
  );
  const code = db.prepare<[string, string], unknown>(
    'SELECT 1 FROM used_recovery_codes WHERE user_id = ? AND hash = ?',
  );
  const useCode = db.prepare('INSERT INTO used_recovery_codes VALUES (?, ?)');
  return {
    failuresOf: (nameHash) => one.get(nameHash),
    remember: (nameHash, { failures, locks, lockedUntil, lastAt }) => {
      put.run(nameHash, failures, locks, lockedUntil, lastAt);
    },
    forgive: (nameHash) => void forgive.run(nameHash),
    forgetBefore: (elapsedMs) => void forget.run(elapsedMs),
    failedSince: (elapsedMs) => since.all(elapsedMs),
    count: (countedSince) => {
      uncount.run(countedSince);
      count.run(elapsed.now());
    },
    usedStep: (userId) => step.get(userId),
    useStep: (userId, used) => void useStep.run(userId, used),
    isCodeUsed: (userId, hash) => code.get(userId, hash) !== undefined,
    useCode: (userId, hash) => void useCode.run(userId, hash),
  };
};
