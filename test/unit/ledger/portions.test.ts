/** Portions: what batches hold is kept added up, however transactions come, move and go. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { migrations } from '../../../agent/ledger/migrations.ts';
import { openSqlite, type Sqlite } from '../../../agent/ledger/sqlite.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { orderOf, sealedCard } from '../../fixtures/payments.ts';
import { seed } from '../../fixtures/seed.ts';
import { approve, enter, loseTrackOf, openedLedger, store } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

const held = (db: Sqlite): unknown[] =>
  db.prepare('SELECT * FROM portions WHERE count <> 0 ORDER BY 1, 2, 3, 4, 5').all();

const addedUp = (db: Sqlite): unknown[] =>
  db
    .prepare(
      `SELECT batch_name, batch_number, type, currency, state ->> 'is' AS state, count(*) AS count,
         sum(amount) AS amount, sum(coalesce(state ->> '$.amount.value', amount)) AS charged
       FROM transactions GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
    )
    .all();

const insert = `INSERT INTO transactions (transaction_id, ordered, state, final, amount, currency, type,
    application, batch_name, batch_number, charged, created_at, updated_at, clock)
  VALUES (@id, '{}', @state, 0, @amount, @currency, @type, 'till', 'System', @batch, @charged,
    0, 0, 'trusted')`;

test(`they are what the transactions add up to, whatever becomes of these (seed ${seed})`, () => {
  const row = fc.record({
    state: fc.constantFrom('{"is":"approved"}', '{"is":"stored"}', '{"is":"sent"}'),
    amount: fc.nat({ max: 9_999_999_999 }),
    charged: fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }),
    currency: fc.constantFrom('USD', 'JPY'),
    type: fc.constantFrom('sale', 'refund'),
    batch: fc.integer({ min: 1, max: 3 }),
  });
  const happening = fc.record({ is: fc.constantFrom('enter', 'move', 'go'), at: fc.nat(), row });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
      const { db } = openedLedger(quietWorld());
      const ids: string[] = [];
      for (const [place, each] of happenings.entries()) {
        const id = ids[each.at % ids.length];
        if (each.is === 'enter' || id === undefined) {
          db.prepare(insert).run({ id: String(place), ...each.row });
          ids.push(String(place));
        } else if (each.is === 'move') {
          db.prepare(
            `UPDATE transactions SET state = @state, amount = @amount, charged = @charged,
               batch_number = @batch WHERE transaction_id = @id`,
          ).run({ id, ...each.row });
        } else {
          db.prepare('DELETE FROM transactions WHERE transaction_id = ?').run(id);
        }
      }
      expect(held(db)).toEqual(addedUp(db));
      db.close();
    }),
    { seed, numRuns: 50 },
  );
});

test('a commit that is rolled back leaves them as they were', () => {
  const { ledger, db } = openedLedger(quietWorld());
  approve(ledger, orderOf(1), 1);
  const before = held(db);
  const failing = () => {
    db.exec('DELETE FROM transactions');
    throw new Error('The disk is full.');
  };
  expect(() => ledger.commit(failing)).toThrow('full');
  expect(held(db)).toEqual(before);
});

test('a ledger from before they were kept has them added up when it is opened', () => {
  const db = openSqlite(':memory:');
  db.exec(migrations[0] ?? '');
  db.prepare(insert).run({
    ...{ id: 'a', state: '{"is":"approved"}', amount: 5, charged: -5 },
    ...{ currency: 'USD', type: 'refund', batch: 2 },
  });
  db.exec(migrations[1] ?? '');
  expect(held(db)).toEqual(addedUp(db));
  expect(held(db)).toMatchObject([{ batch_number: 2, count: 1, amount: 5, charged: 5 }]);
});

test('asking for them costs the same however much a batch holds', () => {
  const { db } = openedLedger(quietWorld());
  const plan = db
    .prepare('EXPLAIN QUERY PLAN SELECT * FROM portions WHERE batch_name = ? AND batch_number = ?')
    .all('System', 1) as { detail: string }[];
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH portions USING PRIMARY KEY (batch_name=? AND batch_number=?)',
  ]);
});

describe('verifying', () => {
  const filled = () => {
    const opened = openedLedger(quietWorld());
    approve(opened.ledger, orderOf(1), 1);
    store(opened.ledger, orderOf(2), 2, sealedCard(2));
    loseTrackOf(opened.ledger, orderOf(3), 3);
    enter(opened.ledger, orderOf(4));
    return opened;
  };

  test('finds nothing where nothing is wrong', () => {
    expect(verifyLedger(filled().db).findings).toEqual([]);
  });

  test.each([
    ['one too many', "UPDATE portions SET count = count + 1 WHERE state = 'stored'", /stored/],
    ['another amount', "UPDATE portions SET amount = 1 WHERE state = 'approved'", /approved/],
    ['another charge', "UPDATE portions SET charged = 1 WHERE state = 'approved'", /approved/],
    ['a portion that is gone', "DELETE FROM portions WHERE state = 'unknown'", /unknown/],
    [
      'a portion of nothing',
      "INSERT INTO portions VALUES ('Bar', 1, 'sale', 'USD', 'approved', 1, 1, 1)",
      /batch Bar 1/,
    ],
  ])('finds %s', (_damage, sql, says) => {
    const { db } = filled();
    db.exec(sql);
    expect(verifyLedger(db).findings).toEqual([
      { invariant: 'batch', says: expect.stringMatching(says) },
    ]);
  });
});
