/** What a device has forgotten, because its ledger was restored: told approvals stand, told keys are held. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  authorizeBody,
  Bench,
  created,
  finished,
  newFollowUp,
  newSale,
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

/** A sale as the till knows it, with its key; and the same key under another transaction. */
const twins = () => {
  const first = newSale(500);
  const body = authorizeBody(device.subject, first);
  const second = newSale(500);
  const { application, keyHash } = body;
  return { first, body, second, key: { application, keyHash } };
};

test('an approval that was told is not undone by the reversal of a ledger that forgot it', async () => {
  const sale = newSale(700);
  await bench.ask(device, authorizeBody(device.subject, sale));
  await device.tell(finished(sale), reversal(sale));
  const word = await device.word('transaction.decided', sale.transactionId);
  expect(word.body).toMatchObject({
    ...{ attemptId: sale.attemptId, result: 'approved' },
    ...{ responseCode: '00', approvalCode: 'A1B2C3' },
  });
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 700 });
  expect(bench.count('reversal.done')).toBe(0);
});

test('nor by a live request that names it among its reversals', async () => {
  const [sale, next] = [newSale(700), newSale(900)];
  await bench.ask(device, authorizeBody(device.subject, sale));
  await device.tell(finished(sale));
  const { transactionId, attemptId } = sale;
  const reversals = [{ transactionId, attemptId }];
  await bench.ask(device, authorizeBody(device.subject, next, { reversals }));
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 1_600 });
});

test('a key that was charged is not charged again live under another transaction', async () => {
  const { body, second, key } = twins();
  await bench.ask(device, body);
  const again = await bench.ask(device, { ...authorizeBody(device.subject, second), ...key });
  expect(again).toMatchObject({ ok: false, refusal: { code: 'idempotency_forgotten' } });
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 500 });
});

test('nor when it comes as a stored sale', async () => {
  const { body, second, key } = twins();
  await bench.ask(device, body);
  const { fact } = created(second);
  const again = { fact: { ...fact, body: { ...(fact.body as object), ...key } } };
  await device.tell(again, stored(device.subject, second));
  const word = await device.word('transaction.decided', second.transactionId);
  expect(word.body).toMatchObject({ result: 'declined', responseCode: '94' });
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 500 });
});

test('a part whose acceptance was told stands, though a restored ledger rejects it', async () => {
  const sale = await bench.sold(device, 700);
  await device.tell(finished(sale), reversal(sale, 'partial_rejected'));
  const word = await device.word('transaction.decided', sale.transactionId);
  expect(word.body).toMatchObject({ result: 'approved', approvedAmount: { value: 700 } });
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 700 });
});

test('an approval of half that stands is told as one of half', async () => {
  const sale = newSale(1_010);
  const body = authorizeBody(device.subject, sale, { partialApproval: true });
  await bench.ask(device, body);
  await device.tell(finished(sale, { responseCode: '10' }), reversal(sale));
  const word = await device.word('transaction.decided', sale.transactionId);
  expect(word.body).toMatchObject({ result: 'approved', approvedAmount: { value: 505 } });
});

test.each(['authorization_expired'] as const)(
  'an approval that was told is undone when that is wanted: %s',
  async (reason) => {
    const [sale, next] = [await bench.sold(device, 700), await bench.sold(device, 900)];
    await device.tell(finished(sale), finished(next), reversal(sale, reason));
    const word = await device.word('reversal.done', sale.attemptId);
    expect(word.body).toMatchObject({ hostResult: 'reversed' });
    const { transactionId, attemptId } = next;
    const reversals = [{ transactionId, attemptId, reason }];
    await bench.ask(device, authorizeBody(device.subject, newSale(100), { reversals }));
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 100 });
  },
);

test('what was let stand in doubt is undone once that is wanted', async () => {
  const hold = await bench.sold(device, 700, 'authorization');
  await device.tell(finished(hold), reversal(hold));
  await bench.happens('approval.stands');
  await device.tell(reversal(hold, 'authorization_expired'));
  const word = await device.word('reversal.done', hold.attemptId);
  expect(word.body).toMatchObject({ hostResult: 'reversed' });
  expect(bench.host.stateOf(device.name, hold.attemptId)).toBe('reversed');
});

test('an approval that was told and voided since does not stand', async () => {
  const sale = await bench.sold(device, 700);
  await bench.followUp(device, newFollowUp('void', sale));
  await device.tell(finished(sale), reversal(sale));
  const word = await device.word('reversal.done', sale.attemptId);
  expect(word.body).toMatchObject({ hostResult: 'reversed' });
});

test('an approval the device heard by decision stands too', async () => {
  const sale = newSale(800);
  await device.tell(stored(device.subject, sale));
  await device.word('transaction.decided', sale.transactionId);
  await device.acknowledgeWords();
  await device.tell(reversal(sale));
  await bench.happens('approval.stands');
  expect(bench.count('reversal.done')).toBe(0);
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 800 });
});

test('a key whose first transaction holds no money is free for the next', async () => {
  const { first, body, second, key } = twins();
  await bench.ask(device, body);
  await device.tell(reversal(first));
  await device.word('reversal.done', first.attemptId);
  const again = await bench.ask(device, { ...authorizeBody(device.subject, second), ...key });
  expect(again).toMatchObject({ ok: true, body: { result: 'approved' } });
  expect(bench.portal.host()).toMatchObject({ netByCurrency: { USD: 500 }, doubleCharges: [] });
});
