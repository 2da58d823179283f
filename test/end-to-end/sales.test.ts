/** Sales in a whole shop: every way one can go, from the POS to the issuer's host and back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf } from '../../drivers/index.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import { cutAfter, damagedOnce, garbageBefore } from '../../simulator/readers/magtek-habits.ts';
import { auditOf, hostRecord } from '../rigs/audit.ts';
import { openShop, type FileSettings, type Shop } from '../rigs/shop.ts';
import { until } from '../../simulator/shop/until.ts';

let shop: Shop;
/** What the POS was answered in the moment of each sale. */
const answers: Sold[] = [];

beforeAll(async () => {
  shop = await openShop();
});

afterAll(() => shop.close());

const sell = async (wish: Parameters<Shop['till']['sell']>[0]): Promise<Sold> => {
  const sold = await shop.till.sell(wish);
  answers.push(sold);
  return sold;
};

const attemptsOf = ({ transactionId }: Sold) =>
  hostRecord(shop, transactionId)?.attempts.map(({ way, state }) => `${way} ${state}`) ?? [];

/** At first, whatever the portal may have made of it since. */
const wasAtFirst = (state: string, { transactionId }: Sold) =>
  shop.says('payment.step', 0, { heard: 'no answer', state, transactionId });

const became = ({ transactionId }: Sold) => shop.till.look(transactionId);

describe('online', () => {
  test('the host approves', async () => {
    const sold = await sell({ value: 12_00 });
    expect(sold).toMatchObject({ outcome: 'approved', final: true, responseCode: '00' });
    expect(attemptsOf(sold)).toEqual(['live approved']);
  });

  test('the host declines, and says why', async () => {
    const sold = await sell({ value: 10_05, card: 'mastercard' });
    expect(sold).toMatchObject({ outcome: 'declined', declinedBy: 'host', responseCode: '05' });
    expect(attemptsOf(sold)).toEqual(['live declined']);
  });

  test('the POS may wait for the outcome in the call itself', async () => {
    const { client } = shop.agent;
    const seen = shop.log.length;
    const asked = client.sale(7_00, { wait: 10 });
    const { transactionId = '' } = await shop.says('payment.prompt', seen);
    await shop.till.swipe(transactionId);
    const { status, body } = await asked;
    expect(status).toBe(201);
    expect(body).toMatchObject({ transactionId, outcome: 'approved' });
    answers.push(body as Sold);
  });

  test('the same key again is the same sale, and charges nothing', async () => {
    const begun = await shop.till.begin(8_00);
    await shop.till.swipe(begun.transactionId);
    answers.push(await shop.till.answer(begun.transactionId));
    const again = await shop.agent.client.sale(8_00, { key: begun.key });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toMatchObject({ transactionId: begun.transactionId, outcome: 'approved' });
    expect(attemptsOf(begun)).toEqual(['live approved']);
  });

  test('the same key for another amount is refused', async () => {
    const begun = await shop.till.begin(8_50);
    await shop.till.swipe(begun.transactionId);
    answers.push(await shop.till.answer(begun.transactionId));
    const other = await shop.agent.client.sale(9_50, { key: begun.key });
    expect(other.status).toBe(422);
    const { transactionId } = begun;
    expect(other.body).toMatchObject({ code: 'idempotency_mismatch', transactionId });
  });
});

describe('before the card', () => {
  test('the POS cancels', async () => {
    const begun = await shop.till.begin(5_00);
    const path = `/v1/transactions/${begun.transactionId}/cancel`;
    const cancelled = await shop.agent.client.post(path);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({ outcome: 'cancelled', reason: 'cancelled_by_pos' });
    answers.push(cancelled.body as Sold);
    expect((await shop.agent.client.post(path)).status).toBe(200);
  });

  test('a second sale is told who has the reader', async () => {
    const first = await shop.till.begin(5_50);
    const second = await shop.agent.client.sale(6_00);
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ code: 'busy', transactionId: first.transactionId });
    await shop.till.swipe(first.transactionId);
    answers.push(await shop.till.answer(first.transactionId));
    expect(answers.at(-1)).toMatchObject({ outcome: 'approved' });
  });

  test('once the card is used, nothing can be cancelled', async () => {
    const sold = await sell({ value: 6_50 });
    const path = `/v1/transactions/${sold.transactionId}/cancel`;
    const refused = await shop.agent.client.post(path);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'conflict' });
  });
});

describe('at the reader', () => {
  test.each([
    ['a bad track', { badTracks: [1, 2] }],
    ['a damaged record', { behaving: [damagedOnce(40)] }],
  ])('%s asks for another swipe, and that sells', async (_, how) => {
    const begun = await shop.till.begin(13_00);
    const seen = shop.log.length;
    await shop.till.swipe(begun.transactionId, 'visa', how);
    await shop.says('payment.prompt', seen, { prompt: 'try_again' });
    await shop.till.swipe(begun.transactionId);
    answers.push(await shop.till.answer(begun.transactionId));
    expect(answers.at(-1)).toMatchObject({ outcome: 'approved' });
  });

  test('garbage on the cable is told, and the card after it sells', async () => {
    const begun = await shop.till.begin(14_00);
    const seen = shop.log.length;
    shop.reader.send(bytesOf('\u0001\u00fe garbage \u00ff\r'));
    await shop.says('reader.noise', seen);
    await shop.till.swipe(begun.transactionId);
    answers.push(await shop.till.answer(begun.transactionId));
    expect(answers.at(-1)).toMatchObject({ outcome: 'approved' });
  });

  test('garbage in front of a record spoils that swipe only', async () => {
    const begun = await shop.till.begin(14_50);
    const seen = shop.log.length;
    const how = { behaving: [garbageBefore('\u0000\u00fe??')] };
    await shop.till.swipe(begun.transactionId, 'visa', how);
    await shop.says('payment.prompt', seen, { prompt: 'try_again' });
    await shop.till.swipe(begun.transactionId);
    answers.push(await shop.till.answer(begun.transactionId));
    expect(answers.at(-1)).toMatchObject({ outcome: 'approved' });
  });

  test('pulled while it waits for a card, the sale is cancelled; plugged in again, it sells', async () => {
    const begun = await shop.till.begin(15_00);
    await shop.till.swipe(begun.transactionId, 'visa', { behaving: [cutAfter(100)] });
    await shop.reader.unplug();
    const cancelled = await shop.till.answer(begun.transactionId);
    expect(cancelled).toMatchObject({ outcome: 'cancelled', reason: 'reader_lost' });
    answers.push(cancelled);
    const refused = await shop.agent.client.sale(15_00);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 'reader_not_ready' });
    const health = await shop.agent.client.get('/v1/health');
    expect(health.body).toEqual({ status: 'degraded', reasons: ['reader_not_ready'] });
    await shop.reader.replug();
    await shop.till.readerIs('ready');
    expect(await sell({ value: 15_00 })).toMatchObject({ outcome: 'approved' });
  });

  test('a card read in clear is refused', async () => {
    const sold = await sell({ value: 16_00, how: { level: 'clear' } });
    expect(sold).toMatchObject({ outcome: 'cancelled', reason: 'card_not_encrypted' });
    expect(attemptsOf(sold)).toEqual([]);
  });

  test('used-up keys end the sale, and another reader sells', async () => {
    const sold = await sell({ value: 17_00, how: { ends: 'keys exhausted' } });
    expect(sold).toMatchObject({ outcome: 'cancelled', reason: 'card_unreadable' });
    const seen = shop.log.length;
    await shop.reader.replug(shop.madeReader({ deviceSerial: 'B000796' }));
    await shop.says('reader.ready', seen);
    expect(await sell({ value: 17_00 })).toMatchObject({ outcome: 'approved' });
  });
});

describe('when the answer does not come', () => {
  test('the sale is unknown, never declined, and is reversed at the host', async () => {
    shop.portal.faults.arm('drop_response', { count: 1 });
    const sold = await sell({ value: 31_00 });
    await wasAtFirst('unknown', sold);
    await shop.settled();
    expect(await became(sold)).toMatchObject({ outcome: 'reversed', final: true });
    expect(attemptsOf(sold)).toEqual(['live reversed']);
  });

  test('because the request was lost, the host keeps a tombstone', async () => {
    shop.portal.faults.arm('drop_request', { count: 1 });
    const sold = await sell({ value: 32_00 });
    await wasAtFirst('unknown', sold);
    await shop.settled();
    expect(await became(sold)).toMatchObject({ outcome: 'reversed' });
    expect(attemptsOf(sold)).toEqual(['none tombstone']);
  });

  test('an answer that comes late is recorded and revives nothing', async () => {
    const seen = shop.overheard.length;
    shop.portal.faults.arm('late_response', { count: 1, ms: 200 });
    const sold = await sell({ value: 33_00 });
    await wasAtFirst('unknown', sold);
    const { client } = shop.agent;
    const path = `/v1/transactions/${sold.transactionId}`;
    const types = async () => {
      const { body } = await client.get(path);
      return (body as { history: { type: string }[] }).history.map(({ type }) => type);
    };
    await shop.holds('the late answer is recorded', async () =>
      (await types()).includes('answer.late'),
    );
    await shop.settled();
    expect(await became(sold)).toMatchObject({ outcome: 'reversed' });
    expect(attemptsOf(sold)).toEqual(['live reversed']);
    const answered = shop.overheard.slice(seen).filter(({ topic }) => topic.endsWith('/live/res'));
    expect(answered).toHaveLength(1);
  });

  test('an answer that comes twice is one', async () => {
    shop.portal.faults.arm('duplicate_response', { count: 1 });
    const sold = await sell({ value: 34_00 });
    expect(sold).toMatchObject({ outcome: 'approved' });
    expect(attemptsOf(sold)).toEqual(['live approved']);
  });

  test('a request the portal refuses is declined here, and no host sees it', async () => {
    shop.portal.faults.arm('refuse', { count: 1 });
    const sold = await sell({ value: 35_00 });
    expect(sold).toMatchObject({
      outcome: 'declined',
      declinedBy: 'agent',
      reason: 'answer_refused',
    });
    expect(attemptsOf(sold)).toEqual([]);
  });
});

describe('while the line is down', () => {
  test('sales are stored, and decided once it is back', async () => {
    await shop.cutLine();
    const good = await sell({ value: 21_00 });
    const bad = await sell({ value: 20_51, card: 'mastercard' });
    for (const sold of [good, bad]) {
      expect(sold).toMatchObject({ outcome: 'approved_offline', final: false });
      expect(attemptsOf(sold)).toEqual([]);
    }
    const { body } = await shop.agent.client.get('/v1/queue');
    expect(body).toMatchObject({
      count: 2,
      exposure: [{ count: 2, amount: { value: 41_51, currency: 'USD' } }],
    });
    await shop.mendLine();
    await shop.settled();
    expect(await became(good)).toMatchObject({ outcome: 'approved', final: true });
    expect(await became(bad)).toMatchObject({ outcome: 'forward_declined', responseCode: '51' });
    expect(attemptsOf(good)).toEqual(['forwarded approved']);
    expect(attemptsOf(bad)).toEqual(['forwarded declined']);
  });

  test('a host that cannot say yet is asked again', async () => {
    await shop.cutLine();
    const sold = await sell({ value: 22_91 });
    await shop.mendLine();
    await shop.settled();
    expect(await became(sold)).toMatchObject({ outcome: 'approved' });
    expect(attemptsOf(sold)).toEqual(['forwarded approved']);
  });
});

describe('a gate refuses', () => {
  const one = { value: 40_00 } as const;
  const gates: [string, FileSettings, Parameters<Shop['till']['sell']>[0][], string][] = [
    ['offline sales are off', { offline: { enabled: false } }, [one], 'offline_disabled'],
    [
      'the amount is high',
      { offline: { amountLimit: { default: '39.99' } } },
      [one],
      'offline_amount_exceeded',
    ],
    ['enough are stored', { offline: { countLimit: 1 } }, [one, one], 'offline_count_exceeded'],
    [
      'enough money is stored',
      { offline: { totalLimit: { default: '80.00' } } },
      [one, one, { value: 1 }],
      'offline_total_exceeded',
    ],
    [
      'the card was stored before',
      { offline: { cardVelocity: 1 } },
      [one],
      'offline_card_velocity_exceeded',
    ],
    [
      'stripes are not taken',
      { offline: { entryModes: ['chip'] } },
      [one],
      'entry_mode_not_allowed',
    ],
  ];

  test.each(gates)('when %s', async (_, settings, wishes, reason) => {
    await shop.restartWith({ settings });
    await shop.till.readerIs('ready');
    await shop.cutLine();
    const sold = [];
    for (const wish of wishes) sold.push(await sell(wish));
    for (const stored of sold.slice(0, -1)) expect(stored.outcome).toBe('approved_offline');
    expect(sold.at(-1)).toMatchObject({ outcome: 'declined', declinedBy: 'agent', reason });
    await shop.mendLine();
    await shop.settled();
    expect(attemptsOf(sold.at(-1)!)).toEqual([]);
  });

  test('when the same was sold before, unless the POS says that it is meant', async () => {
    await shop.restartWith({ settings: { offline: { duplicateWindowSeconds: 300 } } });
    await shop.till.readerIs('ready');
    await shop.cutLine();
    expect(await sell({ value: 41_00 })).toMatchObject({ outcome: 'approved_offline' });
    for (const [word, answer] of [
      ['reject', { outcome: 'declined', declinedBy: 'agent', reason: 'duplicate_suspected' }],
      ['accept', { outcome: 'approved_offline' }],
    ] as const) {
      const { transactionId } = await shop.till.begin(41_00);
      await shop.till.swipe(transactionId);
      const isAsked = async () => (await shop.till.look(transactionId)).state === 'challenged';
      await until('the POS is asked whether it is meant', isAsked);
      await shop.agent.client.post(`/v1/transactions/${transactionId}/${word}`);
      expect(await shop.till.answer(transactionId)).toMatchObject(answer);
    }
    await shop.mendLine();
    await shop.settled();
  });

  test('when the POS forbids it, the card has expired, or its range is excluded', async () => {
    await shop.restartWith({ settings: { offline: { excludedBins: ['3782'] } } });
    await shop.till.readerIs('ready');
    await shop.cutLine();
    const forbidden = await sell({ value: 42_00, more: { offline: 'forbid' } });
    expect(forbidden).toMatchObject({ outcome: 'declined', reason: 'offline_forbidden' });
    const expired = await sell({ value: 42_00, card: 'expired' });
    expect(expired).toMatchObject({ outcome: 'declined', reason: 'card_expired' });
    const excluded = await sell({ value: 42_00, card: 'amex' });
    expect(excluded).toMatchObject({ outcome: 'declined', reason: 'bin_excluded' });
    await shop.mendLine();
    expect(await sell({ value: 42_00, card: 'amex' })).toMatchObject({ outcome: 'approved' });
  });
});

describe('with other settings', () => {
  test('nobody swipes in time, and the sale is cancelled', async () => {
    await shop.restartWith({ settings: { reader: { cardWithinMs: 1_000 } } });
    await shop.ready();
    const begun = await shop.till.begin(50_00);
    answers.push(await shop.till.answer(begun.transactionId));
    expect(answers.at(-1)).toMatchObject({ outcome: 'cancelled', reason: 'card_timeout' });
    expect(await sell({ value: 50_00 })).toMatchObject({ outcome: 'approved' });
  });

  test('cards in clear are allowed, and sealed like all others', async () => {
    await shop.restartWith({ allowClearCards: true });
    await shop.ready();
    const sold = await sell({ value: 51_00, how: { level: 'clear' } });
    expect(sold).toMatchObject({ outcome: 'approved' });
  });

  test('a sale whose answer was lost is reversed, then stored as a new attempt', async () => {
    await shop.restartWith({ settings: { offline: { afterUnknown: true } } });
    await shop.ready();
    shop.portal.faults.arm('drop_response', { count: 1 });
    const sold = await sell({ value: 52_00 });
    await wasAtFirst('stored', sold);
    await shop.settled();
    expect(await became(sold)).toMatchObject({ outcome: 'approved' });
    expect(attemptsOf(sold)).toEqual(['live reversed', 'forwarded approved']);
    expect(hostRecord(shop, sold.transactionId)?.netApprovedValue).toBe(52_00);
  });
});

test('in the end the POS, the ledger, the portal and the host agree', async () => {
  await shop.settled();
  expect(await auditOf(shop, answers)).toEqual([]);
});
