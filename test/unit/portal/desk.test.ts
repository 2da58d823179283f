/** Deciding: what the portal does about facts that it has taken in, and in which order. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testAmounts } from '../../../simulator/portal/test-amounts.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { until } from '../../../simulator/shop/until.ts';
import {
  answerOf,
  authorizeBody,
  Bench,
  created,
  encryptedAccount,
  newSale,
  released,
  reversal,
  stored,
} from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  device = bench.device();
  await device.begin();
  await device.acknowledgeWords();
});
afterEach(() => bench.close());

const decided = async (transactionId: string) => {
  const { body } = await device.word('transaction.decided', transactionId);
  return body as { result: string; responseCode: string; approvalCode?: string };
};

describe('a stored sale', () => {
  test('is decided, and the decision is a signed word', async () => {
    const sale = newSale(4_200);
    await device.tell(stored(device.subject, sale));
    expect(await decided(sale.transactionId)).toMatchObject({
      ...{ transactionId: sale.transactionId, attemptId: sale.attemptId },
      ...{ result: 'approved', responseCode: '00' },
      approvalCode: expect.stringMatching(/^[0-9A-F]{6}$/) as string,
    });
    expect(bench.portal.host()).toEqual({
      ...{ transactions: 1, netByCurrency: { USD: 4_200 }, doubleCharges: [] },
    });
  });

  test('waits until the head its session began with is taken in', async () => {
    const sale = newSale();
    device.write(stored(device.subject, sale), created(), created());
    device.die();
    await device.begin();
    await device.publish('log/up', device.frame(1, 1));
    await device.isAcknowledged(1);
    await device.publish('log/up', device.frame(2, 2));
    await device.isAcknowledged(2);
    expect(bench.portal.devices()).toMatchObject([{ undecidedCount: 1 }]);
    expect(bench.portal.transactions()).toEqual([]);
    await device.publish('log/up', device.frame(3, 3));
    await decided(sale.transactionId);
  });

  test('of a device whose birth named no head waits until its first frame names one', async () => {
    const sale = newSale();
    device.write(stored(device.subject, sale), created());
    device.die();
    device.namesHead = false;
    await device.begin();
    await device.publish('log/up', device.frame(1, 1));
    await device.isAcknowledged(1);
    expect(bench.portal.transactions()).toEqual([]);
    await device.publish('log/up', device.frame(2, 2));
    await decided(sale.transactionId);
  });

  test('waits until the attempt before it is finished at the host', async () => {
    const first = newSale(700);
    const second = { ...newSale(700), transactionId: first.transactionId };
    expect(answerOf(await bench.ask(device, authorizeBody(device.subject, first)))).toMatchObject({
      result: 'approved',
    });
    await device.tell(stored(device.subject, second, { afterAttemptId: first.attemptId }));
    expect(bench.portal.devices()).toMatchObject([{ undecidedCount: 1 }]);
    await device.tell(reversal(first));
    await decided(first.transactionId);
    const order = bench.events.filter(({ is }) =>
      ['reversal.done', 'transaction.decided'].includes(is),
    );
    expect(order.map(({ is }) => is)).toEqual(['reversal.done', 'transaction.decided']);
    expect(bench.portal.host()).toMatchObject({ netByCurrency: { USD: 700 }, doubleCharges: [] });
  });

  test('is decided in the order of capture', async () => {
    const sales = [newSale(), newSale(), newSale()];
    await device.tell(...sales.map((sale) => stored(device.subject, sale)));
    await bench.happens('transaction.decided', 3);
    const order = bench.all('transaction.decided').map(({ transactionId }) => transactionId);
    expect(order).toEqual(sales.map(({ transactionId }) => transactionId));
  });

  test('the host cannot decide yet is tried again, and holds up nobody', async () => {
    const [slow, quick] = [newSale(1_091), newSale()];
    await device.tell(stored(device.subject, slow), stored(device.subject, quick));
    await decided(quick.transactionId);
    expect(await decided(slow.transactionId)).toMatchObject({ result: 'approved' });
    const order = bench.all('transaction.decided').map(({ transactionId }) => transactionId);
    expect(order).toEqual([quick.transactionId, slow.transactionId]);
    expect(bench.count('transaction.try_again')).toBe(2);
  });

  test('of a device that has nothing to send in its next session is decided all the same', async () => {
    bench.portal.faults.arm('hold_decisions', { count: 1 });
    const sale = newSale();
    await device.tell(stored(device.subject, sale));
    device.die();
    await bench.happens('device.offline');
    await device.begin();
    bench.portal.faults.clear();
    await device.acknowledgeWords();
    await decided(sale.transactionId);
  });

  const cards: [string, { account?: object; maskedPan?: string }, string][] = [
    ['encrypted by its reader', {}, '00'],
    ['sent in clear', { account: { scheme: 'clear', tracks: testCards.visa.tracks } }, '00'],
    ['with track 1 only', { account: encryptedAccount([testCards.visa.tracks[0], '', '']) }, '00'],
    ['that is another than the masked one', { maskedPan: '555555******4444' }, '14'],
    ['of a scheme nobody knows', { account: { scheme: 'rot13', tracks: ['x'] } }, '14'],
    ['without tracks', { account: { scheme: 'clear' } }, '14'],
    ['whose key serial number is not one', { account: { ...encryptedAccount(), ksn: 'no' } }, '14'],
  ];
  test.each(cards)('with a card %s', async (_, how, responseCode) => {
    const sale = newSale();
    await device.tell(stored(device.subject, sale, how));
    const result = responseCode === '00' ? 'approved' : 'declined';
    expect(await decided(sale.transactionId)).toMatchObject({ result, responseCode });
    expect(bench.count('card.not_opened')).toBe(responseCode === '00' ? 0 : 1);
  });

  test('sealed for another transaction is declined', async () => {
    const [sale, other] = [newSale(), newSale()];
    const { fact, sealed } = stored(device.subject, other);
    const body = { ...(fact.body as object), ...namesOf(sale) };
    await device.tell({ fact: { ...fact, body }, sealed: sealed! });
    expect(await decided(sale.transactionId)).toMatchObject({ responseCode: '14' });
  });

  test('leaves no sealed data behind once it is decided', async () => {
    const sale = newSale();
    const { fact, sealed } = stored(device.subject, sale);
    const secret = Buffer.from(sealed!).subarray(0, 64);
    bench.portal.faults.arm('hold_decisions', { count: 1 });
    await device.tell({ fact, sealed: sealed! });
    expect(Buffer.from(bench.portal.snapshot()).includes(secret)).toBe(true);
    bench.portal.faults.clear();
    await decided(sale.transactionId);
    expect(Buffer.from(bench.portal.snapshot()).includes(secret)).toBe(false);
  });
});

test('no clear card data is stored, told, or said on the link', async () => {
  const { tracks, pan } = testCards.visa;
  const clear = { account: { scheme: 'clear', tracks } };
  const wrong = { ...clear, maskedPan: '555555******4444' };
  await device.tell(
    stored(device.subject, newSale(), clear),
    stored(device.subject, newSale(), wrong),
    stored(device.subject, newSale()),
  );
  await bench.happens('transaction.decided', 3);
  await until('the words came', () => device.words.length >= 3);
  const written = [
    Buffer.from(bench.portal.snapshot()).toString('latin1'),
    JSON.stringify([bench.events, bench.portal.transactions(), bench.portal.devices()]),
    JSON.stringify(device.heard),
  ].join();
  for (const secret of [pan, ...tracks.filter((track) => track !== '')]) {
    expect(written.includes(secret)).toBe(false);
  }
});

const namesOf = ({ transactionId, attemptId }: { transactionId: string; attemptId: string }) => ({
  transactionId,
  attemptId,
});

describe('a reversal', () => {
  const rows: [string, number, string][] = [
    ['of an approved attempt undoes it', 500, 'reversed'],
    ['of a declined attempt finds nothing to undo', 505, 'not_approved'],
  ];
  test.each(rows)('%s', async (_, value, hostResult) => {
    const sale = newSale(value);
    await bench.ask(device, authorizeBody(device.subject, sale));
    await device.tell(reversal(sale));
    const { body } = await device.word('reversal.done', sale.attemptId);
    expect(body).toEqual({ ...namesOf(sale), hostResult });
    expect(bench.portal.host().netByCurrency).toEqual({});
  });

  test('that comes before its attempt leaves a tombstone, and the late attempt is refused', async () => {
    const sale = newSale();
    await device.tell(reversal(sale));
    const { body } = await device.word('reversal.done', sale.attemptId);
    expect(body).toMatchObject({ hostResult: 'never_received' });
    expect(await bench.ask(device, authorizeBody(device.subject, sale))).toMatchObject({
      ok: false,
      refusal: { code: 'attempt_reversed' },
    });
    expect(bench.portal.host().netByCurrency).toEqual({});
  });

  test('told twice is done once', async () => {
    const sale = newSale();
    await device.tell(reversal(sale), reversal(sale));
    await device.word('reversal.done', sale.attemptId);
    await device.tell(created());
    expect(bench.count('reversal.done')).toBe(1);
  });

  test('of another device’s attempt touches nothing', async () => {
    const sale = newSale(800);
    await bench.ask(device, authorizeBody(device.subject, sale));
    const thief = bench.device('dev-2');
    await thief.begin();
    await thief.tell(reversal(sale));
    await bench.happens('reversal.done');
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 800 });
  });
});

describe('every test amount, forwarded', () => {
  const codes = [['00', { forwarded: 'approve' }] as const, ...Object.entries(testAmounts)];
  test.each(codes)('.%s', async (code, { forwarded }) => {
    const sale = newSale(1_000 + Number(code));
    await device.tell(stored(device.subject, sale));
    if (forwarded === 'try again until released') {
      await device.word('transaction.parked', sale.transactionId);
      await device.tell(released(sale));
    }
    const approves = forwarded !== 'decline';
    const triesAgain = forwarded.startsWith('try again');
    expect(await decided(sale.transactionId)).toMatchObject({
      result: approves ? 'approved' : 'declined',
      responseCode: triesAgain ? '00' : code,
    });
    expect(bench.count('transaction.try_again') > 0).toBe(triesAgain);
    expect(bench.portal.host().netByCurrency).toEqual(approves ? { USD: sale.value } : {});
  });

  test('an amount that is not listed is approved', async () => {
    const sale = newSale(1_299);
    await device.tell(stored(device.subject, sale));
    expect(await decided(sale.transactionId)).toMatchObject({ responseCode: '00' });
    await until('its word is sent', () => device.frames().length > 0);
  });
});
