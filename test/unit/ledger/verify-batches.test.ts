/** Verifying batches: every planted damage to a closed batch is found, and nothing else is. */
import { expect, test } from 'vitest';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { idOf } from '../../fixtures/payments.ts';
import { BackOffice, settlementOf } from '../../rigs/back-office.ts';

/** Batch 1 is settled and has carried a sale to 2, which is closed; 3 is open. */
const filledOffice = (): BackOffice => {
  const office = new BackOffice();
  office.sell(1, 'approved');
  office.sell(2, 'unknown');
  office.close();
  office.say('settlement', settlementOf(1));
  office.sell(3, 'stored');
  office.close();
  office.sell(4, 'approved');
  return office;
};

const findingsAfter = (sql: string): string[] => {
  const { opened } = filledOffice();
  opened.db.exec(sql);
  return verifyLedger(opened.db)
    .findings.filter(({ invariant }) => invariant === 'batch')
    .map(({ says }) => says);
};

/** Changes a fact of the log, chain and all left broken: what others find is not asked here. */
const inFact = (type: string, number: number, find: string, replace: string): string =>
  `UPDATE up_log SET body = replace(body, '${find}', '${replace}')
   WHERE type = '${type}' AND body ->> '$.batch.number' = ${number}`;

test('a ledger with open, closed and settled batches is sound', () => {
  expect(verifyLedger(filledOffice().opened.db).findings).toEqual([]);
});

test.each<[string, string, RegExp]>([
  ['a number that is gone', `DELETE FROM batches WHERE number = 2`, /System 3: expected number 2/],
  [
    'a batch that is closed in the log only',
    `DELETE FROM batches WHERE number = 2`,
    /System 2 is closed in the log, but is not among the batches/,
  ],
  [
    'one that was opened again',
    `UPDATE batches SET state = 'open', closed = NULL WHERE number = 2`,
    /System 2 is open, but not the last/,
  ],
  [
    'one with totals that is not closed',
    `UPDATE batches SET state = 'closing' WHERE number = 2`,
    /System 2 is closing, its totals say otherwise/,
  ],
  [
    'other totals than were told',
    `UPDATE batches SET closed = replace(closed, '4250', '4251') WHERE number = 1`,
    /System 1: its totals are not those the portal was told/,
  ],
  [
    'a close in no fact',
    `DELETE FROM up_log WHERE type = 'batch.closed' AND body ->> '$.batch.number' = 1`,
    /System 1 is closed, but no fact/,
  ],
  [
    'a page that is gone',
    `DELETE FROM up_log WHERE type = 'batch.records' AND body ->> '$.batch.number' = 1`,
    /System 1: 0 pages of records are in the log, not 1/,
  ],
  [
    'another amount in a record',
    inFact('batch.records', 1, '4250', '4249'),
    /System 1: its records do not add up/,
  ],
  [
    'another id in a record',
    inFact('batch.records', 1, idOf('txn', 1), idOf('txn', 9)),
    /System 1: its digest does not fit/,
  ],
  [
    'another carried one',
    inFact('batch.records', 1, idOf('txn', 2), idOf('txn', 9)),
    /System 1: its records and its totals name others as carried/,
  ],
  [
    'a recorded sale in another batch',
    `UPDATE transactions SET batch_number = 3 WHERE transaction_id = '${idOf('txn', 1)}'`,
    /is in the records of batch System 1, but not in the batch/,
  ],
  [
    'an approved sale slipped into a closed batch',
    `UPDATE transactions SET batch_number = 2 WHERE transaction_id = '${idOf('txn', 4)}'`,
    /is approved in batch System 2, but in none of its totals/,
  ],
  [
    'a settlement nobody said',
    `UPDATE batches SET settlement = (SELECT settlement FROM batches WHERE number = 1) WHERE number = 2`,
    /System 2: its settlement is not what the portal said/,
  ],
  [
    'a settlement that is lost',
    `UPDATE batches SET settlement = NULL WHERE number = 1`,
    /System 1: its settlement is not what the portal said/,
  ],
])('%s is found', (_damage, sql, says) => {
  expect(findingsAfter(sql)).toContainEqual(expect.stringMatching(says));
});
