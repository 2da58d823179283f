/**
 * Approvals a device has told itself: facts that outlive the ledger they came from.
 *
 * A ledger restored from before an answer asks for the reversal of an attempt it had told as approved. The
 * customer has the goods and the merchant the receipt, so that attempt stands.
 */
import type { FactBody, HostAnswer } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';

/** What the device told of an attempt it had finished as approved; `undefined` when it never did. */
export const approvalToldOf = (
  db: Sqlite,
  device: string,
  attemptId: string,
): HostAnswer | undefined => {
  const row = db
    .prepare<[string, string], { body: string }>(
      `select body from entry where device = ? and type = 'transaction.finished'
         and body ->> '$.attemptId' = ? and body ->> '$.outcome' = 'approved'`,
    )
    .get(device, attemptId);
  if (row === undefined) return undefined;
  const { transactionId, responseCode, approvalCode } = JSON.parse(
    row.body,
  ) as FactBody<'transaction.finished'>;
  return {
    ...{ transactionId, attemptId, result: 'approved', responseCode: responseCode ?? '00' },
    ...(approvalCode === undefined ? {} : { approvalCode }),
  };
};
