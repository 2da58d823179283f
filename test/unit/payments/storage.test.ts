/** A storage that refuses, at every commit of a sale: nothing is begun, lost or doubled. */
import { describe, expect, test } from 'vitest';
import { takeWords } from '../../../agent/payments/words.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { answerTo } from '../../fixtures/payments.ts';
import { cardRead } from '../../rigs/scripted-reader.ts';
import { Till } from '../../rigs/till.ts';
import { wordLog } from '../../rigs/word-log.ts';

const retryMs = 5_000;

const refuse = ({ opened }: Till): void => void opened.db.pragma('query_only = ON');
const allow = ({ opened }: Till): void => void opened.db.pragma('query_only = OFF');
const recover = (till: Till): void => {
  allow(till);
  till.world.clock.advance(retryMs);
};

const troubles = ({ news }: Till): string[] =>
  news.flatMap((each) =>
    each.is === 'storage trouble' || each.is === 'storage back' ? [each.is] : [],
  );

const sound = ({ opened }: Till): void => expect(verifyLedger(opened.db).findings).toEqual([]);

describe('when the storage refuses', () => {
  test('to enter an order, the sale is refused before a card is read, and its key is free', () => {
    const till = new Till();
    refuse(till);
    expect(till.begin({}, 'k')).toEqual({ is: 'refused', code: 'storage_unavailable' });
    expect([till.reader().armed, till.cashier.troubled()]).toEqual([0, true]);
    recover(till);
    expect(till.begin({}, 'k').is).toBe('begun');
    expect(troubles(till)).toEqual(['storage trouble', 'storage back']);
    sound(till);
  });

  test('to write that a request is about to leave, it does not leave, and the sale is ended later', () => {
    const till = new Till();
    const transactionId = till.sell();
    refuse(till);
    till.reader().read(cardRead());
    expect([till.host.asked, till.payment(transactionId).is]).toEqual([[], 'awaiting_card']);
    expect(till.posts[0]?.state().is).toBe('ready');
    expect(till.begin()).toMatchObject({ code: 'storage_unavailable' });
    expect(till.cashier.cancel(transactionId)).toMatchObject({ code: 'storage_unavailable' });
    till.world.clock.advance(10 * retryMs);
    expect(till.payment(transactionId).is).toBe('awaiting_card');
    recover(till);
    expect(till.payment(transactionId)).toEqual({ is: 'cancelled', reason: 'interrupted' });
    expect(troubles(till)).toEqual(['storage trouble', 'storage back']);
    sound(till);
  });

  test('what another counter has under way goes on, and is not ended by the catching up', () => {
    const readers = ['a', 'b'].map((id) => ({ id, protocol: 'scripted', path: `/dev/${id}` }));
    const till = new Till({ readers });
    const running = till.sell({ reader: 'a' });
    till.reader('a').read(cardRead());
    const waiting = till.sell({ reader: 'b' });
    refuse(till);
    till.reader('b').read(cardRead());
    recover(till);
    expect(till.payment(waiting)).toEqual({ is: 'cancelled', reason: 'interrupted' });
    expect(till.payment(running).is).toBe('sent');
    till.host.answer();
    expect(till.payment(running).is).toBe('approved');
    sound(till);
  });

  test('to store an offline approval, there is none', () => {
    const till = new Till();
    till.host.online = false;
    const transactionId = till.sell();
    refuse(till);
    till.reader().read(cardRead());
    recover(till);
    expect(till.payment(transactionId).is).toBe('cancelled');
    expect(till.opened.ledger.exposure.rows()).toEqual([]);
    sound(till);
  });

  test('to write down an approval, the sale becomes unknown and is reversed, never lost', () => {
    const till = new Till();
    const transactionId = till.swipe();
    const { attemptId } = till.host.last().body;
    refuse(till);
    till.host.answer();
    expect(till.payment(transactionId).is).toBe('sent');
    recover(till);
    expect(till.payment(transactionId).is).toBe('unknown');
    expect(till.opened.ledger.attempts.reversing(9)).toEqual([
      { transactionId, attemptId, reason: 'interrupted' },
    ]);
    const words = wordLog();
    words.say('reversal.done', { transactionId, attemptId, hostResult: 'reversed' });
    takeWords(till.opened.ledger, words.frame(1));
    expect(till.payment(transactionId).is).toBe('reversed');
    sound(till);
  });

  test('to write down that no answer came, the reversal is written as soon as it can be', () => {
    const till = new Till();
    const transactionId = till.swipe();
    refuse(till);
    till.host.reply({ is: 'no answer', reason: 'no_answer' });
    recover(till);
    expect(till.facts(transactionId).at(-1)).toBe('reversal');
    sound(till);
  });

  test('to write down a late answer, nobody is told of it', () => {
    const till = new Till();
    const transactionId = till.swipe();
    const { attemptId } = till.host.last().body;
    till.host.reply({ is: 'no answer', reason: 'no_answer' });
    refuse(till);
    const told = till.news.length;
    till.cashier.heardLate(answerTo(transactionId, attemptId));
    expect(till.news.slice(told).map(({ is }) => is)).toEqual(['storage trouble']);
    recover(till);
    till.cashier.heardLate(answerTo(transactionId, attemptId));
    expect(till.facts(transactionId).at(-1)).toBe('answer.late');
    sound(till);
  });

  test('to write a cancellation, it says so; and the sale is ended later all the same', () => {
    const till = new Till();
    const transactionId = till.sell();
    refuse(till);
    expect(till.cashier.cancel(transactionId)).toMatchObject({ code: 'storage_unavailable' });
    expect(till.posts[0]?.state().is).toBe('ready');
    recover(till);
    expect(till.payment(transactionId)).toMatchObject({ is: 'cancelled', reason: 'interrupted' });
    sound(till);
  });

  test('whoever waits for an outcome is answered, and does not wait for the disk', async () => {
    const till = new Till();
    const transactionId = till.sell();
    const wait = till.cashier.answered(transactionId, 60_000);
    refuse(till);
    till.reader().read(cardRead());
    await wait;
    expect(till.cashier.troubled()).toBe(true);
  });
});

describe('a disk with little room', () => {
  test('takes no new work before a card is read, and goes on when there is room', () => {
    const till = new Till({ settings: { 'storage.reserveMiB': 64 } });
    till.world.setFree(64 * 2 ** 20 - 1);
    expect(till.begin()).toMatchObject({ code: 'storage_unavailable' });
    till.world.setFree(undefined);
    expect(till.begin()).toMatchObject({ code: 'storage_unavailable' });
    till.world.setFree(64 * 2 ** 20);
    expect(till.begin().is).toBe('begun');
  });

  test('finishes online what was begun, but stores nothing more', () => {
    const till = new Till();
    const transactionId = till.sell();
    till.world.setFree(0);
    till.host.online = false;
    till.reader().read(cardRead());
    expect(till.payment(transactionId)).toMatchObject({ reason: 'storage_unavailable' });
  });
});

/** What the host did: every attempt that reached it and was approved there. */
const approvedAtHost = new Map<string, string>();

/** Sells until the storage is in trouble; gives at which step of a sale that was. */
const sellUntilFull = (till: Till, shift: number): string => {
  for (let number = 1; number < 500; number += 1) {
    till.host.online = (number * shift) % 5 < 3;
    const amount = { value: number * 100 + 7, currency: 'USD' };
    const reference = 'r'.repeat((number * shift) % 61) || 'r';
    const begun = till.begin({ amount, reference });
    if (begun.is === 'refused') return 'begin';
    till.reader().read(cardRead(`card ${number}`));
    if (till.cashier.troubled()) return till.host.online ? 'sent' : 'stored';
    if (till.host.online) {
      const { transactionId, attemptId } = till.host.last().body;
      approvedAtHost.set(attemptId, transactionId);
      till.host.answer();
      if (till.cashier.troubled()) return 'answered';
    }
  }
  throw new Error('The disk did not fill.');
};

test('a disk that fills up at any commit loses no sale, doubles none, and the shop goes on', () => {
  const steps = new Set<string>();
  for (let pages = 1; pages <= 40; pages += 1) {
    approvedAtHost.clear();
    const till = new Till({ settings: { 'offline.totalLimit': { default: '99999' } } });
    const { db, ledger } = till.opened;
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + pages}`);
    steps.add(sellUntilFull(till, pages));
    expect(till.begin()).toMatchObject({ is: 'refused', code: 'storage_unavailable' });
    sound(till);

    db.pragma('max_page_count = 1000000');
    till.world.clock.advance(retryMs);
    expect(till.cashier.troubled()).toBe(false);
    sound(till);
    // I2: what the agent calls approved was approved there, and what was approved there and is not called so
    // is being reversed.
    const reversing = new Set(ledger.attempts.reversing(99).map(({ attemptId }) => attemptId));
    for (const { order, payment } of ledger.transactions.list({ limit: 1_000 })) {
      if (payment.is !== 'approved') continue;
      expect(approvedAtHost.get(payment.attemptId)).toBe(order.transactionId);
      approvedAtHost.delete(payment.attemptId);
    }
    for (const attemptId of approvedAtHost.keys()) expect(reversing).toContain(attemptId);
    till.host.online = true;
    const transactionId = till.swipe(cardRead('the next card'));
    till.host.answer();
    expect(till.payment(transactionId).is).toBe('approved');
    ledger.close();
  }
  // The disk filled up at each of the commits a sale has.
  expect([...steps].sort()).toEqual(['answered', 'begin', 'sent', 'stored']);
});
