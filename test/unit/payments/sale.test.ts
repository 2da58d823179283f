/** A sale whose card was read: online, offline, and without an answer. */
import { describe, expect, test } from 'vitest';
import { check, AuthorizeBody as AuthorizeBodyShape } from '../../../contract/index.ts';
import { accountDataContext, unseal } from '../../../agent/identity/hpke.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { answerTo, idOf, orderOf, visa } from '../../fixtures/payments.ts';
import { loseTrackOf } from '../../rigs/open-ledger.ts';
import { accountDataOf, cardRead } from '../../rigs/scripted-reader.ts';
import { sealingSecret, Till } from '../../rigs/till.ts';
import { wordLog } from '../../rigs/word-log.ts';

const sound = ({ opened }: Till): void => expect(verifyLedger(opened.db).findings).toEqual([]);

describe('online', () => {
  test('a sale is approved: each fact before its act, the reader free once the card is read', () => {
    const till = new Till();
    const transactionId = till.sell();
    expect([till.reader().armed, till.posts[0]?.state()]).toMatchObject([1, { transactionId }]);
    till.reader().read(cardRead());
    expect(till.facts(transactionId)).toEqual(['transaction.created', 'attempt.sent']);
    expect([till.payment(transactionId).is, till.posts[0]?.state().is]).toEqual(['sent', 'ready']);
    till.host.answer();
    expect(till.payment(transactionId)).toMatchObject({ is: 'approved', approvalCode: 'A1B2C3' });
    expect(till.facts(transactionId)[2]).toBe('transaction.finished');
    expect(till.prompts()).toEqual(['present_card']);
    expect(till.opened.ledger.exposure.rows()).toEqual([]);
    sound(till);
  });

  test('the host is asked once, with a body of the contract and data only the portal can open', () => {
    const till = new Till();
    const read = cardRead('card A');
    const transactionId = till.swipe(read);
    const { body } = till.host.last();
    expect(check(AuthorizeBodyShape, body).ok).toBe(true);
    expect(body).toMatchObject({ transactionId, card: visa, keyId: 'sealing-1', reversals: [] });
    const context = accountDataContext('cli_1/dev-1', transactionId);
    const sealed = 'sealed' in body ? body.sealed : '';
    const opened = unseal(sealingSecret, Buffer.from(sealed, 'base64'), context);
    expect(Buffer.from(opened).toString()).toBe(accountDataOf('card A'));
    expect(till.host.asked).toHaveLength(1);
    expect(() => read.accountData.use(() => 0)).toThrow(/wiped/);
    expect(() => read.likeness.use(() => 0)).toThrow(/wiped/);
  });

  test('a declined sale says that the host declined, and with which code', () => {
    const till = new Till();
    const transactionId = till.swipe();
    till.host.answer('declined');
    expect(till.payment(transactionId)).toMatchObject({
      ...{ is: 'declined', by: 'host', reason: 'host_declined', responseCode: '05' },
    });
    sound(till);
  });

  test('a refusal of the portal is a decline by the agent', () => {
    const till = new Till();
    const transactionId = till.swipe();
    till.host.reply({ is: 'refused', code: 'answer_refused' });
    expect(till.payment(transactionId)).toMatchObject({ by: 'agent', reason: 'answer_refused' });
    sound(till);
  });

  test('a second card, a second answer and a timeout after the first change nothing', () => {
    const till = new Till();
    const transactionId = till.swipe();
    till.reader().read(cardRead('card B'));
    till.host.answer();
    till.host.answer('declined');
    till.world.clock.advance(3_600_000);
    expect([till.payment(transactionId).is, till.facts(transactionId).length]).toEqual([
      'approved',
      3,
    ]);
  });
});

describe('offline', () => {
  const offline = (settings = {}) => {
    const till = new Till({ settings });
    till.host.online = false;
    return till;
  };

  test('a sale is approved at the merchant’s risk, and never shown as approved', () => {
    const till = offline();
    const transactionId = till.swipe();
    expect(till.payment(transactionId).is).toBe('stored');
    expect(till.facts(transactionId)).toEqual(['transaction.created', 'transaction.stored']);
    expect(till.opened.ledger.exposure.rows()).toEqual([
      { currency: 'USD', count: 1, total: 4_250 },
    ]);
    expect(till.host.asked).toEqual([]);
    sound(till);
  });

  test('a request that never left is stored instead, as a new attempt and without a reversal', () => {
    const till = new Till();
    const transactionId = till.swipe();
    till.host.reply({ is: 'not sent' });
    expect(till.payment(transactionId)).toMatchObject({ is: 'stored' });
    expect(till.payment(transactionId)).not.toHaveProperty('afterAttemptId');
    expect(till.facts(transactionId)).toEqual([
      ...['transaction.created', 'attempt.sent', 'transaction.stored'],
    ]);
    sound(till);
  });

  test.each([
    ['offline_disabled', { 'offline.enabled': false }, {}],
    ['offline_forbidden', {}, { offline: 'forbid' }],
    ['offline_amount_exceeded', {}, { amount: { value: 10_001, currency: 'USD' } }],
    ['offline_count_exceeded', { 'offline.countLimit': 0 }, {}],
    ['offline_total_exceeded', { 'offline.totalLimit': { default: '42.49' } }, {}],
    ['bin_excluded', { 'offline.excludedBins': ['4111'] }, {}],
  ] as const)(
    'a sale a gate refuses is declined by the agent for %s',
    (reason, settings, request) => {
      const till = offline(settings);
      const transactionId = till.swipe(cardRead(), request);
      expect(till.payment(transactionId)).toMatchObject({ is: 'declined', by: 'agent', reason });
      expect(till.opened.ledger.exposure.rows()).toEqual([]);
      sound(till);
    },
  );

  test('a card is known again: the same sale at once is suspected, a third use is one too many', () => {
    const till = offline();
    const amounts = [100, 100, 200, 300].map((value) => ({ amount: { value, currency: 'USD' } }));
    const reasons = amounts.map((amount) => {
      const payment = till.payment(till.swipe(cardRead('card A'), amount));
      return payment.is === 'declined' ? payment.reason : payment.is;
    });
    expect(reasons).toEqual([
      ...['stored', 'challenged', 'stored', 'offline_card_velocity_exceeded'],
    ]);
    expect(till.payment(till.swipe(cardRead('card B'), amounts[0])).is).toBe('stored');
    till.world.clock.advance(24 * 3_600_000 + 1);
    const expired = till.payment(till.swipe(cardRead('card C')));
    expect(expired).toMatchObject({ reason: 'offline_window_expired' });
  });

  test('the totals of all sales together are what the gate looks at, by currency', () => {
    const till = offline({
      'offline.totalLimit': { default: '100.00' },
      'offline.cardVelocity': 9,
    });
    const take = (value: number, currency: string, name: string) =>
      till.payment(till.swipe(cardRead(name), { amount: { value, currency } })).is;
    expect([take(6_000, 'USD', 'a'), take(4_000, 'USD', 'b'), take(1, 'USD', 'c')]).toEqual([
      ...['stored', 'stored', 'declined'],
    ]);
    expect(take(100, 'JPY', 'd')).toBe('stored');
  });

  test('a ledger that was rolled back, and a portal not reached for a month, stop it', () => {
    const till = offline();
    const { ledger } = till.opened;
    ledger.commit(() => ledger.meta.set('rolledBack', 'the portal has more'));
    expect(till.payment(till.swipe())).toMatchObject({ reason: 'ledger_rolled_back' });
    ledger.commit(() => ledger.meta.clear('rolledBack'));
    till.world.clock.advance(30 * 86_400_000 + 1);
    expect(till.payment(till.swipe())).toMatchObject({ reason: 'reader_stale' });
    ledger.commit(() => ledger.meta.set('portalReachedAt', ledger.elapsed.now()));
    expect(till.payment(till.swipe()).is).toBe('stored');
  });
});

describe('no answer', () => {
  test('makes a sale unknown, with a reversal on its way, until the portal says it is done', () => {
    const till = new Till();
    const transactionId = till.swipe();
    const { attemptId } = till.host.last().body;
    till.host.reply({ is: 'no answer', reason: 'no_answer' });
    expect(till.payment(transactionId).is).toBe('unknown');
    expect(till.facts(transactionId).at(-1)).toBe('reversal');
    expect(till.opened.ledger.exposure.rows()).toEqual([
      { currency: 'USD', count: 1, total: 4_250 },
    ]);

    till.swipe(cardRead('card B'));
    expect(till.host.last().body.reversals).toEqual([
      { transactionId, attemptId, reason: 'no_answer' },
    ]);
    till.host.answer();

    const words = wordLog();
    words.say('reversal.done', { transactionId, attemptId, hostResult: 'reversed' });
    for (const moved of takeWords(till.opened.ledger, words.frame(1)).moved)
      till.cashier.moved(moved);
    expect(till.payment(transactionId).is).toBe('reversed');
    expect(till.news.at(-1)).toMatchObject({ is: 'payment', heard: 'reversal done' });
    till.swipe(cardRead('card C'));
    expect(till.host.last().body.reversals).toEqual([]);
    sound(till);
  });

  test('is stored as a new attempt behind its reversal, when the settings say so', () => {
    const till = new Till({ settings: { 'offline.afterUnknown': true } });
    const transactionId = till.swipe();
    const { attemptId } = till.host.last().body;
    till.host.reply({ is: 'no answer', reason: 'no_answer' });
    expect(till.payment(transactionId)).toMatchObject({ is: 'stored', afterAttemptId: attemptId });
    expect(till.facts(transactionId).slice(2)).toEqual(['reversal', 'transaction.stored']);
    expect(till.opened.ledger.exposure.rows()).toEqual([
      { currency: 'USD', count: 1, total: 4_250 },
    ]);
    const words = wordLog();
    words.say('reversal.done', { transactionId, attemptId, hostResult: 'never_received' });
    for (const moved of takeWords(till.opened.ledger, words.frame(1)).moved)
      till.cashier.moved(moved);
    expect(till.news.at(-1)).toMatchObject({ payment: { is: 'stored' }, heard: 'reversal done' });
    sound(till);
  });

  test('stays unknown, and is not declined, when a gate would refuse the store', () => {
    const settings = { 'offline.afterUnknown': true, 'offline.countLimit': 0 };
    const till = new Till({ settings });
    const transactionId = till.swipe();
    till.host.reply({ is: 'no answer', reason: 'bad_answer' });
    expect(till.payment(transactionId).is).toBe('unknown');
  });

  test('that comes after all is journalled once, revives nothing, and the reversal still goes', () => {
    const till = new Till();
    const transactionId = till.swipe();
    const { attemptId } = till.host.last().body;
    till.host.reply({ is: 'no answer', reason: 'no_answer' });
    const late = answerTo(transactionId, attemptId);
    till.cashier.heardLate(late);
    till.cashier.heardLate(late);
    till.host.answer();
    till.cashier.heardLate(answerTo(idOf('txn', 99), idOf('att', 99)));
    expect(till.facts(transactionId)).toEqual([
      ...['transaction.created', 'attempt.sent', 'reversal', 'answer.late'],
    ]);
    expect(till.payment(transactionId).is).toBe('unknown');
    expect(till.opened.ledger.attempts.reversingCount()).toBe(1);
    sound(till);
  });

  test('to more than sixteen sales stops new online work, and no more than sixteen are named', () => {
    const till = new Till();
    for (let number = 1; number <= 16; number += 1) {
      loseTrackOf(till.opened.ledger, orderOf(number), number);
    }
    till.swipe();
    expect(till.host.last().body.reversals).toHaveLength(16);
    till.host.reply({ is: 'no answer', reason: 'no_answer' });
    const refused = till.swipe(cardRead('card B'));
    expect(till.payment(refused)).toMatchObject({ by: 'agent', reason: 'pending_reversal' });
    expect(till.host.asked).toHaveLength(1);
  });
});
