/** The live counter: one answer an attempt, before the deadline or not at all. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testAmounts } from '../../../simulator/portal/test-amounts.ts';
import { until } from '../../../simulator/shop/until.ts';
import { answerOf, authorizeBody, Bench, created, newSale, reversal } from './bench.ts';
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
