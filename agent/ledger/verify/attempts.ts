/** The attempts: each belongs to a transaction that is there (I3). */
import type { Sqlite } from '../sqlite.ts';
import type { Find } from './finding.ts';

export const compareAttempts = (db: Sqlite, find: Find): void => {
  const rows = db
    .prepare<[], { attemptId: string; transactionId: string }>(
      `SELECT attempt_id AS attemptId, transaction_id AS transactionId FROM attempts
       WHERE transaction_id NOT IN (SELECT transaction_id FROM transactions)`,
    )
    .all();
  for (const { attemptId, transactionId } of rows) {
    find('I3', `attempt ${attemptId} belongs to ${transactionId}, which is not there`);
  }
};
