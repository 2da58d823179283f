/** Verifying: a sound ledger has no findings, and every planted damage is found under its invariant. */
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { takeWords } from '../../../agent/payments/words.ts';
import { openSqlite, openSqliteReadOnly, type Sqlite } from '../../../agent/ledger/sqlite.ts';
import { verifyLedger, type Finding, type Invariant } from '../../../agent/ledger/verify.ts';
import { answerTo, idOf, orderOf, sealedCard } from '../../fixtures/payments.ts';
import {
  approve,
  enter,
  freshPath,
  imageOf,
  loseTrackOf,
  openedLedger,
  store,
  type OpenedLedger,
} from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { wordLog } from '../../rigs/word-log.ts';

/** Puts a sale of every kind into a ledger. */
const fillLedger = ({ ledger }: OpenedLedger): void => {
  approve(ledger, orderOf(1), 1);
  approve(ledger, orderOf(2, { amount: { value: 100, currency: 'EUR' } }), 2);
  store(ledger, orderOf(3), 3, sealedCard(3));
  store(ledger, orderOf(4), 4, sealedCard(4));
  loseTrackOf(ledger, orderOf(5), 5);
  loseTrackOf(ledger, orderOf(6), 6);
  enter(ledger, orderOf(7));
  const words = wordLog();
  words.say('transaction.decided', answerTo(idOf('txn', 4), idOf('att', 4)));
  words.say('reversal.done', {
    ...{ transactionId: idOf('txn', 6), attemptId: idOf('att', 6), hostResult: 'reversed' },
  });
  words.say('nobody knows this', { any: 'thing' });
  takeWords(ledger, words.frame(1));
};

const busyLedger = (path?: string): OpenedLedger => {
  const both = openedLedger(quietWorld(), path);
  fillLedger(both);
  return both;
};

test('a sound ledger has no findings, and the report says what is in it', () => {
  const { db } = busyLedger();
  expect(verifyLedger(db)).toEqual({
    ...{ sound: true, subject: 'cli_1/dev-1', entries: 20, transactions: 7, open: 3 },
    pruned: { entries: 0, transactions: 0 },
    sealed: { kept: 1, erased: 1, overdue: 0 },
    netByCurrency: { EUR: 100, USD: 8_500 },
    findings: [],
  });
});

test('an empty ledger is sound', () => {
  expect(verifyLedger(openedLedger(quietWorld()).db)).toMatchObject({ sound: true, entries: 0 });
});

test('a ledger on a disk is verified by reading only', () => {
  const path = freshPath();
  busyLedger(path).ledger.close();
  const db = openSqliteReadOnly(path);
  expect(verifyLedger(db)).toMatchObject({ sound: true, findings: [] });
  db.close();
});

const invariantsOf = (findings: readonly Finding[]): Invariant[] => [
  ...new Set(findings.map(({ invariant }) => invariant)),
];

const damaged = (damage: (db: Sqlite) => void) => {
  const { db } = busyLedger();
  db.pragma('foreign_keys = OFF');
  damage(db);
  const report = verifyLedger(db);
  expect(report.sound).toBe(report.findings.length === 0);
  return report.findings;
};

const txn = (number: number) => `transaction_id = '${idOf('txn', number)}'`;
const state = (of: object) => `state = '${JSON.stringify(of)}'`;

describe('planted damage', () => {
  test.each<[string, Invariant, string]>([
    [
      'a changed body',
      'I5',
      `UPDATE up_log SET body = replace(body, '4250', '4251') WHERE seq = 3`,
    ],
    ['a body that is no JSON', 'I5', `UPDATE up_log SET body = '{' WHERE seq = 3`],
    ['a body that is JSON and nothing', 'I5', `UPDATE up_log SET body = 'null' WHERE seq = 3`],
    ['a changed hash', 'I5', `UPDATE up_log SET hash = replace(hash, 'a', 'b') WHERE seq = 3`],
    ['a changed link to the entry before', 'I5', `UPDATE up_log SET prev = 'x' WHERE seq = 3`],
    ['a changed time', 'I5', `UPDATE up_log SET at = at + 1 WHERE seq = 3`],
    ['a changed trust in the clock', 'I5', `UPDATE up_log SET clock = 'trusted' WHERE seq = 3`],
    ['a dropped entry', 'I5', `DELETE FROM up_log WHERE seq = 2`],
    [
      'a dropped end',
      'I5',
      `INSERT INTO meta VALUES ('acknowledged', 20); DELETE FROM up_log WHERE seq = 20`,
    ],
    ['a dropped beginning', 'I5', `DELETE FROM up_log WHERE seq = 1`],
    [
      'a repeated entry',
      'I5',
      `INSERT INTO up_log SELECT epoch, 21, id, type, at, clock, body, prev, hash, transaction_id
       FROM up_log WHERE seq = 20`,
    ],
    ['two entries in each other’s place', 'I5', swapSql(4, 5)],
    ['a changed word', 'I5', `UPDATE down_log SET body = replace(body, '00', '05') WHERE seq = 1`],
    ['a word that is no JSON', 'I5', `UPDATE down_log SET body = 'x' WHERE seq = 1`],
    ['a dropped word', 'I5', `DELETE FROM down_log WHERE seq = 2`],
    ['a wrong total', 'I4', `UPDATE exposure SET total = total - 1 WHERE currency = 'USD'`],
    ['a wrong count', 'I4', `UPDATE exposure SET count = count + 1 WHERE currency = 'USD'`],
    ['a total nobody counts', 'I4', `INSERT INTO exposure VALUES ('JPY', 1, 500)`],
    ['a missing total', 'I4', `DELETE FROM exposure`],
    ['a record that is not counted', 'I4', `UPDATE transactions SET counted = 0 WHERE ${txn(3)}`],
    ['a missing key', 'I1', `DELETE FROM idempotency WHERE ${txn(1)}`],
    ['another key', 'I1', `UPDATE idempotency SET key_hash = 'k' WHERE ${txn(1)}`],
    ['a key of nothing', 'I1', `INSERT INTO idempotency VALUES ('till', 'k', 'r', 'txn_none')`],
    [
      'a key that had expired',
      'I1',
      `INSERT INTO expired_keys SELECT application, unhex(key_hash) FROM idempotency WHERE ${txn(1)}`,
    ],
    ['two keys', 'I1', `INSERT INTO idempotency VALUES ('till', 'k', 'r', '${idOf('txn', 1)}')`],
    ['a row that says more', 'I3', `UPDATE transactions SET outcome = 'approved' WHERE ${txn(3)}`],
    [
      'a state that says more than its row',
      'I3',
      `UPDATE transactions SET ${state({ is: 'approved' })} WHERE ${txn(3)}`,
    ],
    [
      'a state and a row that say more than the facts',
      'I3',
      `UPDATE transactions SET ${state({ is: 'approved' })}, outcome = 'approved', final = 1, counted = 0
       WHERE ${txn(3)}`,
    ],
    ['a state that is no JSON', 'I3', `UPDATE transactions SET state = '?' WHERE ${txn(3)}`],
    ['a state that is nothing', 'I3', `UPDATE transactions SET state = 'null' WHERE ${txn(3)}`],
    ['a final one made open', 'I3', `UPDATE transactions SET final = 0 WHERE ${txn(1)}`],
    ['another amount', 'I3', `UPDATE transactions SET amount = 1 WHERE ${txn(1)}`],
    ['a transaction that is gone', 'I3', `DELETE FROM transactions WHERE ${txn(1)}`],
    ['a transaction in no fact', 'I3', strangerSql()],
    [
      'sealed data of a decided sale',
      'I6',
      `UPDATE sealed SET bytes = x'00', erased_at = NULL WHERE ${txn(4)}`,
    ],
    ['sealed data of a waiting sale gone', 'I3', `UPDATE sealed SET bytes = NULL WHERE ${txn(3)}`],
    ['sealed data of a waiting sale lost', 'I3', `DELETE FROM sealed WHERE ${txn(3)}`],
    ['an attempt of nothing', 'I3', `UPDATE attempts SET transaction_id = 'x' WHERE ${txn(1)}`],
    [
      'sealed data erased without a record',
      'I6',
      `UPDATE sealed SET erased_for = NULL WHERE ${txn(4)}`,
    ],
    ['changed sealed data', 'I3', `UPDATE sealed SET bytes = x'00' WHERE ${txn(3)}`],
    ['a table that is gone', 'file', `DROP TABLE sealed`],
    ['no subject', 'I5', `DELETE FROM meta WHERE name = 'subject'`],
  ])('%s breaks %s', (_damage, invariant, sql) => {
    expect(invariantsOf(damaged((db) => db.exec(sql)))).toContain(invariant);
  });

  test('a thousand faults are told a hundred times at most', () => {
    const findings = damaged((db) =>
      db.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO exposure SELECT 'C' || i, 1, 1 FROM n`,
      ),
    );
    expect(findings).toHaveLength(100);
  });
});

function swapSql(one: number, other: number): string {
  return `UPDATE up_log SET seq = 1000 WHERE seq = ${one};
    UPDATE up_log SET seq = ${one} WHERE seq = ${other};
    UPDATE up_log SET seq = ${other} WHERE seq = 1000`;
}

function strangerSql(): string {
  return `CREATE TEMP TABLE stranger AS SELECT * FROM transactions WHERE ${txn(7)};
    UPDATE stranger SET number = number + 100, transaction_id = 'txn_stranger';
    INSERT INTO transactions SELECT * FROM stranger`;
}

describe('a damaged file', () => {
  const bytesOf = (path: string) => readFileSync(path).length;

  /** A ledger of many pages, at rest. */
  const image = imageOf((opened) => {
    fillLedger(opened);
    for (let number = 100; number < 140; number += 1)
      approve(opened.ledger, orderOf(number), number);
  });
  const atRest = (): string => {
    const path = freshPath();
    writeFileSync(path, image);
    return path;
  };

  const findingsIn = (path: string): readonly Finding[] => {
    const db = openSqliteReadOnly(path);
    try {
      return verifyLedger(db).findings;
    } finally {
      db.close();
    }
  };

  test.each([2, 3, 4])('truncated to a part of %i is found', (part) => {
    const path = atRest();
    truncateSync(path, Math.floor(bytesOf(path) / part / 4096) * 4096);
    expect(invariantsOf(findingsIn(path))).toContain('file');
  });

  test('garbage is found', () => {
    const path = freshPath();
    writeFileSync(path, 'This is no database. '.repeat(1_000));
    expect(invariantsOf(findingsIn(path))).toEqual(['file']);
  });

  test('a page of zeros in the middle is found', () => {
    const path = atRest();
    const file = openSync(path, 'r+');
    const middle = Math.floor(bytesOf(path) / 4096 / 2) * 4096;
    writeSync(file, Buffer.alloc(4096), 0, 4096, middle);
    closeSync(file);
    expect(findingsIn(path)).not.toEqual([]);
  });

  test('a database of somebody else is no ledger', () => {
    const path = freshPath();
    const db = openSqlite(path);
    db.exec('CREATE TABLE recipes (name TEXT)');
    db.close();
    expect(invariantsOf(findingsIn(path))).toContain('file');
  });
});
