/** The live counter: one answer an attempt, before the deadline or not at all. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chipDataOf, dataObject, joined, readObjects } from '../../../drivers/index.ts';
import { testAmounts } from '../../../simulator/portal/test-amounts.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { chipCard } from '../../../simulator/readers/chip-card.ts';
import { until } from '../../../simulator/shop/until.ts';
import { purchase } from '../../fixtures/purchase.ts';
import {
  answerOf,
  authorizeBody,
  Bench,
  created,
  followUpBody,
  newFollowUp,
  newSale,
  reversal,
} from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  device = bench.device();
  await device.begin();
});
afterEach(() => bench.close());

test('the same attempt again gets the same answer, and moves money once', async () => {
  const sale = newSale(2_500);
  const body = authorizeBody(device.subject, sale);
  const [first, second] = [await bench.ask(device, body), await bench.ask(device, body)];
  expect(answerOf(second)).toEqual(answerOf(first));
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 2_500 });
});

test('the named reversals are finished at the host before the request is decided', async () => {
  const [lost, next] = [newSale(300), newSale(900)];
  await bench.ask(device, authorizeBody(device.subject, lost));
  const { transactionId, attemptId } = lost;
  const reversals = [{ transactionId, attemptId }];
  await bench.ask(device, authorizeBody(device.subject, next, { reversals }));
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 900 });
  await device.acknowledgeWords();
  await device.tell(reversal(lost));
  const { body } = await device.word('reversal.done', attemptId);
  expect(body).toMatchObject({ hostResult: 'reversed' });
});

test('two attempts of one transaction that both stand are shown as a double charge', async () => {
  const first = newSale(400);
  const second = { ...newSale(400), transactionId: first.transactionId };
  await bench.ask(device, authorizeBody(device.subject, first));
  await bench.ask(device, authorizeBody(device.subject, second));
  expect(bench.portal.host().doubleCharges).toEqual([
    {
      ...{ device: device.name, transactionId: first.transactionId },
      attemptIds: [first.attemptId, second.attemptId],
    },
  ]);
});

describe('a request is refused', () => {
  test('when its kind is not known', async () => {
    await device.publish('live/req', { id: 'r1', kind: 'upload', deadlineMs: 5_000, body: {} });
    await until('it is answered', () => device.responses().length === 1);
    expect(device.responses()).toMatchObject([{ refusal: { code: 'unsupported_kind' } }]);
  });

  test('when its body is not what the contract says', async () => {
    await bench.request(device, { transactionId: 'no' });
    await until('it is answered', () => device.responses().length === 1);
    expect(device.responses()).toMatchObject([{ ok: false, refusal: { code: 'malformed' } }]);
  });

  test('when its kind asks for another type than its body', async () => {
    const hold = authorizeBody(device.subject, newSale(), { type: 'authorization' });
    await bench.request(device, hold, 5_000, 'refund');
    await bench.request(device, followUpBody(newFollowUp('void', newSale())), 5_000, 'capture');
    await until('both are answered', () => device.responses().length === 2);
    const malformed = { ok: false, refusal: { code: 'malformed' } };
    expect(device.responses()).toMatchObject([malformed, malformed]);
  });

  test('when it is a follow-up under a key that was used for another', async () => {
    const sale = await bench.sold(device, 500);
    const first = newFollowUp('refund', sale, 200);
    const { application, keyHash } = followUpBody(first);
    await bench.followUp(device, first);
    const again = followUpBody(newFollowUp('refund', sale, 200), { application, keyHash });
    expect(await bench.ask(device, again)).toMatchObject({
      ...{ ok: false, refusal: { code: 'idempotency_forgotten' } },
    });
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 300 });
  });
});

describe('a follow-up', () => {
  test('is carried out and answered: capture, adjustment, refund, void', async () => {
    const hold = await bench.sold(device, 1_000, 'authorization');
    const capture = newFollowUp('capture', hold, 1_100);
    expect(await bench.followUp(device, capture)).toMatchObject({
      ...{ transactionId: capture.transactionId, attemptId: capture.attemptId },
      ...{ result: 'approved', responseCode: '00' },
    });
    await bench.followUp(device, newFollowUp('adjustment', capture, 1_200));
    const refund = newFollowUp('refund', capture, 200);
    await bench.followUp(device, refund);
    expect([bench.netOf(hold), bench.netOf(capture), bench.netOf(refund)]).toEqual([
      0, 1_200, -200,
    ]);
    expect(await bench.followUp(device, newFollowUp('void', refund))).toMatchObject({
      result: 'approved',
    });
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 1_200 });
  });

  test('of what was never captured is declined, and says why', async () => {
    const answer = await bench.followUp(device, newFollowUp('refund', newSale(500)));
    expect(answer).toMatchObject({
      ...{ result: 'declined', responseCode: '12', reason: 'original_not_captured' },
    });
  });

  test('finishes the reversals it names first', async () => {
    const [lost, sale] = [await bench.sold(device, 300), await bench.sold(device, 900)];
    const { transactionId, attemptId } = lost;
    const reversals = [{ transactionId, attemptId, reason: 'no_answer' as const }];
    await bench.ask(device, followUpBody(newFollowUp('void', sale), { reversals }));
    expect(bench.portal.host().netByCurrency).toEqual({});
  });
});

test('a refund without an original brings its card, and gives money back', async () => {
  const refund = newSale(400);
  const body = authorizeBody(device.subject, refund, { type: 'refund' });
  expect(answerOf(await bench.ask(device, body))).toMatchObject({ result: 'approved' });
  expect(bench.portal.host().netByCurrency).toEqual({ USD: -400 });
  await device.acknowledgeWords();
  await device.tell(reversal(refund));
  await device.word('reversal.done', refund.attemptId);
  expect(bench.portal.host().netByCurrency).toEqual({});
});

test('a hold charges nothing, also when half of it is approved', async () => {
  const how = { type: 'authorization', partialApproval: true } as const;
  const body = authorizeBody(device.subject, newSale(1_010), how);
  expect(answerOf(await bench.ask(device, body))).toMatchObject({ approvedAmount: { value: 505 } });
  expect(bench.portal.host().netByCurrency).toEqual({});
});

test('a card that does not open is declined with code 14', async () => {
  const sealed = Buffer.from('not sealed at all').toString('base64');
  const answer = await bench.ask(device, authorizeBody(device.subject, newSale(), { sealed }));
  expect(answerOf(answer)).toMatchObject({ result: 'declined', responseCode: '14' });
  const keyId = 'another-key';
  const other = await bench.ask(device, authorizeBody(device.subject, newSale(), { keyId }));
  expect(answerOf(other)).toMatchObject({ result: 'declined', responseCode: '14' });
});

test('an answer that is ready after the deadline is not sent, and the host has done its part', async () => {
  bench.portal.faults.arm('delay_response', { count: 1, ms: 60 });
  await bench.request(device, authorizeBody(device.subject, newSale(600)), 20);
  await bench.happens('live.too_late');
  await device.tell(created());
  expect(device.responses()).toEqual([]);
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 600 });
});

describe('every test amount, live', () => {
  const codes = [['00', { live: 'approve' }] as const, ...Object.entries(testAmounts)];
  test.each(codes)('.%s', async (code, { live }) => {
    const value = 1_000 + Number(code);
    const body = authorizeBody(device.subject, newSale(value));
    const result = live === 'approve' ? 'approved' : 'declined';
    expect(answerOf(await bench.ask(device, body))).toMatchObject({ result, responseCode: code });
    const net = live === 'approve' ? { USD: value } : {};
    expect(bench.portal.host().netByCurrency).toEqual(net);
  });

  test('.10 approves half of it when the request takes that', async () => {
    const body = authorizeBody(device.subject, newSale(1_010), { partialApproval: true });
    expect(answerOf(await bench.ask(device, body))).toMatchObject({
      ...{ result: 'approved', responseCode: '10' },
      approvedAmount: { value: 505, currency: 'USD' },
    });
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 505 });
  });
});

describe('a chip that asks its issuer', () => {
  const asked = async () => {
    const played = chipCard(testCards.visa);
    const tags = played.start({ ...purchase, unpredictable: Uint8Array.of(1, 2, 3, 4) }, 'contact');
    const objects = [...(tags ?? [])].map(([tag, hex]) => dataObject(tag, Buffer.from(hex, 'hex')));
    const read = readObjects(joined(...objects));
    const chip = chipDataOf(read.ok ? read.objects : [], { entryMode: 'chip' });
    if (chip === undefined) throw new Error('The chip told nothing.');
    const sale = newSale(purchase.amount.value);
    const body = authorizeBody(device.subject, sale);
    const answer = answerOf(await bench.ask(device, { ...body, card: { ...body.card, chip } }));
    return { played, answer };
  };

  test('gets a proof it can check, and agrees', async () => {
    const { played, answer } = await asked();
    const { responseCode, issuerData = '' } = answer;
    expect(issuerData).toMatch(/^910A[0-9A-F]{16}3030$/);
    const said = { result: 'approved' as const, responseCode };
    const tags = played.finish({ ...said, issuerData: Buffer.from(issuerData, 'hex') });
    expect(tags?.get('9F27')).toBe('40');
  });

  test('does not agree when somebody else changed the proof', async () => {
    const { played, answer } = await asked();
    const issuerData = Buffer.from(answer.issuerData ?? '', 'hex');
    issuerData[2] = (issuerData[2] ?? 0) ^ 1;
    const tags = played.finish({ result: 'approved', responseCode: '00', issuerData });
    expect(tags?.get('9F27')).toBe('00');
  });

  test('is the only one to get any', async () => {
    const answer = answerOf(await bench.ask(device, authorizeBody(device.subject, newSale(900))));
    expect(answer).not.toHaveProperty('issuerData');
  });
});
