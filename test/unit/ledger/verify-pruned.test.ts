/** Verifying a ledger that was pruned: it is sound, and nothing can be made to vanish behind its anchors. */
import { expect, test } from 'vitest';
import type { Sqlite } from '../../../agent/ledger/sqlite.ts';
import { verifyLedger, type Invariant } from '../../../agent/ledger/verify.ts';
import { idOf } from '../../fixtures/payments.ts';
import { AgedLedger, soldLedger } from '../../rigs/aged-ledger.ts';

/** Four sales of which two went, the third by half, and three words of which one went. */
const pruned = (): AgedLedger => {
  const aged = new AgedLedger();
  aged.sell(1, 'approved');
  for (const number of [2, 3]) {
    aged.sell(number, 'stored');
    aged.decide(number);
  }
  aged.sell(4, 'approved');
  aged.growOld();
  remove(aged, 7);
  return aged;
};

/** So many entries go. */
const remove = ({ ledger, world }: AgedLedger, count: number): void => {
  const entries = ledger.pruning.due(world.clock.wallMs()).entries.slice(0, count);
  ledger.commit(() => ledger.pruning.remove({ entries }, world.clock.wallMs()));
};

test('a ledger that was pruned is sound, and says what went', () => {
  expect(verifyLedger(pruned().db)).toMatchObject({
    ...{ sound: true, findings: [], entries: 8, transactions: 2, open: 0 },
    pruned: { entries: 7, transactions: 2 },
    sealed: { kept: 0, erased: 2, overdue: 0 },
    netByCurrency: { USD: 17_000 },
  });
});

const txn = (number: number) => `transaction_id = '${idOf('txn', number)}'`;

test.each<[string, Invariant, string]>([
  ['no anchor', 'I5', `DELETE FROM log_anchors WHERE log = 'up'`],
  ['no anchor of the words', 'I5', `DELETE FROM log_anchors WHERE log = 'down'`],
  ['another hash at the anchor', 'I5', `UPDATE log_anchors SET hash = 'x' WHERE log = 'up'`],
  ['an anchor further on', 'I5', `UPDATE log_anchors SET seq = seq + 1, count = count + 1`],
  ['an anchor behind more than went', 'I5', `UPDATE log_anchors SET count = count - 1`],
  ['one more entry gone', 'I5', `DELETE FROM up_log WHERE seq = 8`],
  ['one more word gone', 'I5', `DELETE FROM down_log`],
  ['a sum that counts less', 'I3', `UPDATE pruned SET count = count - 1 WHERE count > 0`],
  ['sums that are gone', 'I3', `DELETE FROM pruned`],
  ['a sum of what was not final', 'I3', `UPDATE pruned SET outcome = 'unknown'`],
  ['an expired key that is gone', 'I1', `DELETE FROM expired_keys WHERE rowid_of = 1`],
  ['a transaction that is gone', 'I3', `DELETE FROM transactions WHERE ${txn(4)}`],
  [
    'a transaction that is gone with its key',
    'I3',
    `DELETE FROM transactions WHERE ${txn(3)}; DELETE FROM idempotency WHERE ${txn(3)};
     DELETE FROM attempts WHERE ${txn(3)}`,
  ],
  [
    'half of what was told of a transaction that is open again',
    'I3',
    `UPDATE transactions SET state = '{"is":"awaiting_card"}', outcome = NULL, final = 0, charged = 0
     WHERE ${txn(3)}`,
  ],
])('%s breaks %s', (_damage, invariant, sql) => {
  const { db } = pruned();
  db.pragma('foreign_keys = OFF');
  damage(db, sql);
  expect(verifyLedger(db).findings.map((finding) => finding.invariant)).toContain(invariant);
});

const damage = (db: Sqlite, sql: string): void => {
  const one = 'key_hash = (SELECT min(key_hash) FROM expired_keys)';
  db.exec(sql.replace('rowid_of = 1', one));
};

test('a transaction without a fact is sound only where it waits for one it is related to', () => {
  const aged = soldLedger(1);
  aged.sell(2, 'approved', { type: 'refund', originalTransactionId: idOf('txn', 1) });
  aged.growOld();
  remove(aged, 4);
  expect(verifyLedger(aged.db).findings).toEqual([]);
  aged.db.exec(`UPDATE transactions SET original_id = NULL`);
  expect(verifyLedger(aged.db).findings).toEqual([
    { invariant: 'I3', says: `${idOf('txn', 1)} is in no fact of the log` },
  ]);
});

test('a log that lost its end is found out behind an anchor too', () => {
  const aged = pruned();
  const { seq } = aged.ledger.upLog.head();
  aged.db.exec(`DELETE FROM up_log WHERE seq = ${seq}`);
  const found = verifyLedger(aged.db).findings.map(({ says }) => says);
  expect(found).toContain(`up log 1/${seq - 1}: the portal has ${seq} entries of this epoch`);
});

test('a ledger nobody pruned may not lack the beginning of a transaction', () => {
  const aged = soldLedger(1);
  aged.db.exec('DELETE FROM up_log WHERE seq = 1');
  expect(verifyLedger(aged.db).sound).toBe(false);
  aged.growOld().prune();
  expect(verifyLedger(aged.db).sound).toBe(false);
});

test('a batch that is not settled may not lack what it was closed with', () => {
  const aged = soldLedger(3).growOld();
  remove(aged, 3);
  aged.db.exec(`UPDATE batches SET settlement = NULL`);
  const found = verifyLedger(aged.db).findings.map(({ says }) => says);
  expect(found).toContain(
    `${idOf('txn', 1)} is in the records of batch System 1, but not in the batch`,
  );
});
