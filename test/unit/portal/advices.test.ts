/** Advices: follow-ups told through the log, each decided once its original is final. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostAnswer } from '../../../contract/index.ts';
import {
  advised,
  Bench,
  created,
  followUpBody,
  newFollowUp,
  newSale,
  reversal,
  stored,
  type Sale,
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

const decided = async ({ transactionId }: Sale): Promise<HostAnswer> => {
  const { body } = await device.word('transaction.decided', transactionId);
  return body as HostAnswer;
};

const order = () => bench.all('transaction.decided').map(({ transactionId }) => transactionId);

describe('an advice', () => {
  test('about an approved original is decided, and its money moves', async () => {
    const sale = await bench.sold(device, 1_000);
    const refund = newFollowUp('refund', sale, 400);
    await device.tell(advised(refund));
    expect(await decided(refund)).toMatchObject({
      ...{ transactionId: refund.transactionId, attemptId: refund.attemptId },
      ...{ result: 'approved', responseCode: '00' },
    });
    expect([bench.netOf(sale), bench.netOf(refund)]).toEqual([1_000, -400]);
  });

  test('of what was asked live without an answer hears what the host had decided', async () => {
    const sale = await bench.sold(device, 1_000);
    const undo = newFollowUp('void', sale);
    bench.portal.faults.arm('drop_response', { count: 1 });
    await bench.request(device, followUpBody(undo), 5_000, 'void');
    await bench.happens('fault.applied');
    await device.tell(advised(undo));
    expect(await decided(undo)).toMatchObject({ result: 'approved' });
    expect(bench.portal.host()).toMatchObject({ netByCurrency: {}, doubleCharges: [] });
  });

  test('told twice is decided once', async () => {
    const refund = newFollowUp('refund', await bench.sold(device, 1_000), 400);
    await device.tell(advised(refund), advised(refund));
    await decided(refund);
    await device.tell(advised(refund), created());
    expect(bench.count('transaction.decided')).toBe(1);
    expect(bench.netOf(refund)).toBe(-400);
  });

  test('waits while its original is a stored sale the host cannot decide yet', async () => {
    const [slow, other] = [newSale(1_091), newSale()];
    const adjustment = newFollowUp('adjustment', slow, 1_200);
    const refund = newFollowUp('refund', slow, 200);
    await device.tell(
      ...[stored(device.subject, slow), advised(adjustment), advised(refund)],
      stored(device.subject, other),
    );
    await decided(refund);
    const ids = [other, slow, adjustment, refund].map(({ transactionId }) => transactionId);
    expect(order()).toEqual(ids);
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 1_200 - 200 + 1_000 });
  });

  test('waits while its original is an advice that waits', async () => {
    const hold = newSale(1_091);
    const capture = newFollowUp('capture', hold, 1_000);
    const refund = newFollowUp('refund', capture, 300);
    await device.tell(
      stored(device.subject, hold, { type: 'authorization' }),
      advised(capture),
      advised(refund),
    );
    await decided(refund);
    expect(order()).toEqual([hold, capture, refund].map((one) => one.transactionId));
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 700 });
  });

  test('waits until the reversal of its original is done, and finds nothing captured', async () => {
    const sale = await bench.sold(device, 500);
    const refund = newFollowUp('refund', sale);
    await device.tell(reversal(sale), advised(refund));
    expect(await decided(refund)).toMatchObject({
      ...{ result: 'declined', responseCode: '12', reason: 'original_not_captured' },
    });
    expect(bench.portal.host().netByCurrency).toEqual({});
  });

  test('about a sale that was declined is declined, and says why', async () => {
    const sale = newSale(551);
    const adjustment = newFollowUp('adjustment', sale, 600);
    await device.tell(stored(device.subject, sale), advised(adjustment));
    expect(await decided(sale)).toMatchObject({ result: 'declined', responseCode: '51' });
    expect(await decided(adjustment)).toMatchObject({ reason: 'original_not_captured' });
  });

  test('waits until the head its session began with is taken in', async () => {
    const refund = newFollowUp('refund', await bench.sold(device, 500));
    device.write(advised(refund), created());
    device.die();
    await device.begin();
    await device.publish('log/up', device.frame(1, 1));
    await device.isAcknowledged(1);
    expect(bench.count('transaction.decided')).toBe(0);
    await device.publish('log/up', device.frame(2, 2));
    await decided(refund);
  });

  test('the host cannot decide yet is tried again', async () => {
    const sale = await bench.sold(device, 2_000);
    const refund = newFollowUp('refund', sale, 1_096);
    await device.tell(advised(refund));
    expect(await decided(refund)).toMatchObject({ result: 'approved', responseCode: '00' });
    expect(bench.count('transaction.try_again')).toBe(2);
  });

  test('under a key that was used for another transaction is declined with code 94', async () => {
    const sale = await bench.sold(device, 500);
    const [first, again] = [newFollowUp('refund', sale, 100), newFollowUp('refund', sale, 100)];
    await bench.followUp(device, first);
    const { application, keyHash } = followUpBody(first);
    const { fact } = created(again);
    const named = { fact: { ...fact, body: { ...(fact.body as object), application, keyHash } } };
    await device.tell(named, advised(again));
    expect(await decided(again)).toMatchObject({ result: 'declined', responseCode: '94' });
    expect(bench.netOf(first) + bench.netOf(again)).toBe(-100);
  });
});

describe('stored', () => {
  test('a hold charges nothing, and a refund without an original gives money back', async () => {
    const [hold, refund] = [newSale(900), newSale(300)];
    await device.tell(
      stored(device.subject, hold, { type: 'authorization' }),
      stored(device.subject, refund, { type: 'refund' }),
    );
    expect(await decided(hold)).toMatchObject({ result: 'approved' });
    expect(await decided(refund)).toMatchObject({ result: 'approved' });
    expect(bench.portal.host().netByCurrency).toEqual({ USD: -300 });
  });
});
