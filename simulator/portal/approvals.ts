/**
 * Approvals a device has told itself: facts that outlive the ledger they came from.
 *
 * A ledger restored from before an answer asks for the reversal of an attempt it had told as approved, or had
 * heard to be decided so. The customer has the goods and the merchant the receipt, so that attempt stands.
 */
import type { FactBody, HostAnswer } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';

/** What is known of an attempt as approved, by the device's own word; `undefined` when nothing is. */
export const approvalToldOf = (
  db: Sqlite,
  device: string,
  attemptId: string,
): HostAnswer | undefined => finishOf(db, device, attemptId) ?? decisionOf(db, device, attemptId);

const finishOf = (db: Sqlite, device: string, attemptId: string): HostAnswer | undefined => {
  const row = db
    .prepare<[string, string], { body: string }>(
      `select body from entry where device = ? and type = 'transaction.finished'
         and body ->> '$.attemptId' = ? and body ->> '$.outcome' = 'approved'`,
    )
    .get(device, attemptId);
  if (row === undefined) return undefined;
  const { transactionId, responseCode, approvalCode, amount } = JSON.parse(
    row.body,
  ) as FactBody<'transaction.finished'>;
  return {
    ...{ transactionId, attemptId, result: 'approved', responseCode: responseCode ?? '00' },
    approvedAmount: amount,
    ...(approvalCode === undefined ? {} : { approvalCode }),
  };
};

const decisionOf = (db: Sqlite, device: string, attemptId: string): HostAnswer | undefined => {
  const row = db
    .prepare<[string, string], { answer: string }>(
      `select answer from decision where device = ? and answer ->> '$.attemptId' = ?
         and answer ->> '$.result' = 'approved'`,
    )
    .get(device, attemptId);
  return row === undefined ? undefined : (JSON.parse(row.answer) as HostAnswer);
};
