/** The offline totals equal what they count (I4), whatever happens to any number of payments in any order. */
import { expect, test } from 'vitest';
import fc from 'fast-check';
import type { Word } from '../../../contract/index.ts';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { next } from '../../../agent/payments/payment.ts';
import { countedOf } from '../../../agent/payments/states.ts';
import type { Happening } from '../../../agent/payments/step.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import { recoverPayments } from '../../../agent/payments/recovery.ts';
import { answerTo, idOf, orderOf, sealedCard, sealedRef, visa } from '../../fixtures/payments.ts';
import { seed } from '../../fixtures/seed.ts';
import { migrations } from '../../../agent/ledger/migrations.ts';
import { openSqlite } from '../../../agent/ledger/sqlite.ts';
import { enter, openedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { wordLog, type WordLog } from '../../rigs/word-log.ts';

const currencies = ['USD', 'JPY', 'KWD'] as const;

/** One thing that may happen to one of a handful of payments. */
interface Move {
  readonly number: number;
  readonly what: (typeof whats)[number];
  readonly value: number;
}

const whats = [
  ...([
    'to host',
    'to store',
    'to nobody',
    'given up',
    'not sent',
    'lost',
    'lost and stored',
  ] as const),
  ...(['approved', 'declined', 'refused', 'decided', 'decided against', 'reversed'] as const),
  ...(['second reversed', 'power cut', 'new epoch', 'torn commit'] as const),
];

const moves = fc.array(
  fc.record({
    number: fc.integer({ min: 1, max: 6 }),
    what: fc.constantFrom(...whats),
    value: fc.integer({ min: 1, max: 9_999_999_999 }),
  }),
  { minLength: 1, maxLength: 60 },
);

const idsOf = (number: number) =>
  [idOf('txn', number), idOf('att', number), idOf('att', number + 50)] as const;

const nobody = { to: 'nobody', refusal: 'offline_disabled' } as const;

const happeningOf = (number: number, what: Move['what']): Happening | undefined => {
  const [transactionId, first, second] = idsOf(number);
  const store = { to: 'store', attemptId: second, sealed: sealedRef(sealedCard(number)) } as const;
  const answer = (result: 'approved' | 'declined') => answerTo(transactionId, first, result);
  const lost = { is: 'no answer', reason: 'no_answer' } as const;
  const read = { is: 'card read', card: visa } as const;
  const table: Partial<Record<Move['what'], Happening>> = {
    'to host': { ...read, route: { to: 'host', attemptId: first } },
    'to store': { ...read, route: store },
    'to nobody': { ...read, route: nobody },
    'given up': { is: 'given up', reason: 'card_timeout' },
    'not sent': { is: 'not sent', route: store },
    lost: { ...lost, route: nobody },
    'lost and stored': { ...lost, route: store },
    approved: { is: 'answered', answer: answer('approved') },
    declined: { is: 'answered', answer: answer('declined') },
    refused: { is: 'refused', attemptId: first, code: 'answer_refused' },
  };
  return table[what];
};

const wordOf = (number: number, what: Move['what']): Word | undefined => {
  const [transactionId, first, second] = idsOf(number);
  const undone = { transactionId, hostResult: 'reversed' } as const;
  const decided = (result: 'approved' | 'declined'): Word => ({
    type: 'transaction.decided',
    body: answerTo(transactionId, second, result),
  });
  const table: Partial<Record<Move['what'], Word>> = {
    decided: decided('approved'),
    'decided against': decided('declined'),
    reversed: { type: 'reversal.done', body: { ...undone, attemptId: first } },
    'second reversed': { type: 'reversal.done', body: { ...undone, attemptId: second } },
  };
  return table[what];
};

const make = (ledger: Ledger, words: WordLog, { number, what, value }: Move): void => {
  if (what === 'power cut') return void recoverPayments(ledger, () => false);
  if (what === 'new epoch') return void openEpoch(ledger, ledger.upLog.head().epoch + 1);
  const word = wordOf(number, what);
  if (word !== undefined) {
    const { seq } = words.say(word.type, word.body);
    takeWords(ledger, words.frame(1, seq, seq));
    return;
  }
  const found = ledger.transactions.find(idOf('txn', number));
  if (found === undefined) {
    const currency = currencies[number % currencies.length] ?? 'USD';
    enter(ledger, orderOf(number, { amount: { value, currency } }));
    return;
  }
  const { order, payment } = found;
  const torn = what === 'torn commit';
  const heard = happeningOf(number, torn ? 'to store' : what);
  const step = heard === undefined ? undefined : next(order, payment, heard);
  if (step === undefined) return;
  const write = () => {
    ledger.take(order, payment, step, sealedCard(number));
    if (torn) throw new Error('torn');
  };
  try {
    ledger.commit(write);
  } catch (error) {
    if (!torn) throw error;
  }
};

/** What the totals should be, from the transactions themselves. */
const summed = (ledger: Ledger) => {
  const totals = new Map<string, { count: number; total: number }>();
  for (const { order, payment } of ledger.transactions.list({ limit: 100 })) {
    const value = countedOf(order, payment);
    if (value === 0) continue;
    const { currency } = order.amount;
    const { count, total } = totals.get(currency) ?? { count: 0, total: 0 };
    totals.set(currency, { count: count + 1, total: total + value });
  }
  return Object.fromEntries(totals);
};

test('random walks of payments keep the totals equal to what they count', () => {
  fc.assert(
    fc.property(moves, (walk) => {
      const { ledger, db } = openedLedger(quietWorld());
      const words = wordLog();
      for (const move of walk) {
        make(ledger, words, move);
        const kept = ledger.exposure
          .rows()
          .filter(({ count, total }) => count !== 0 || total !== 0);
        const rows = kept.map(
          ({ currency, count, total }) => [currency, { count, total }] as const,
        );
        expect(Object.fromEntries(rows)).toEqual(summed(ledger));
      }
      expect(verifyLedger(db).findings).toEqual([]);
      ledger.close();
    }),
    { seed, numRuns: 60 },
  );
});

test('a ledger that only knew whether a record counts knows how much of it does', () => {
  const db = openSqlite(':memory:');
  for (const migration of migrations.slice(0, 2)) db.exec(migration);
  const insert = db.prepare(
    `INSERT INTO transactions (transaction_id, ordered, state, final, amount, currency, type,
       application, batch_name, batch_number, counted, created_at, updated_at, clock)
     VALUES (?, '{}', '{"is":"stored"}', 0, 4250, 'USD', 'sale', 'till', 'System', 1, ?, 1, 1, 'trusted')`,
  );
  for (const [id, counted] of Object.entries({ stored: 1, decided: 0 })) insert.run(id, counted);
  db.exec(migrations[2] ?? '');
  expect(db.prepare('SELECT transaction_id, counted FROM transactions').raw().all()).toEqual([
    ['stored', 4_250],
    ['decided', 0],
  ]);
});

test('the oldest record that counts is found by an index', () => {
  const { db } = openedLedger(quietWorld());
  const plan = db
    .prepare('EXPLAIN QUERY PLAN SELECT min(stored_at) FROM transactions WHERE counted > 0')
    .all();
  expect(plan).toMatchObject([{ detail: 'SEARCH transactions USING INDEX transactions_counted' }]);
});
