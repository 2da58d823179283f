/** Voids of what was stored: never sent to the host, or undone there; said once, and the same again. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostAnswer } from '../../../contract/index.ts';
import { until } from '../../../simulator/shop/until.ts';
import {
  advised,
  authorizeBody,
  Bench,
  created,
  finished,
  followUpBody,
  newFollowUp,
  newSale,
  reversal,
  stored,
  taken,
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

const voidOf = (sale: Sale) => newFollowUp('void', sale);

/** Every word that came, in order: its type and what it says. */
const words = () =>
  device.words.map(({ type, body }) => {
    const { transactionId, result, hostResult } = body as Record<string, string>;
    return [type, transactionId, result ?? hostResult];
  });

/** A sale that is stored and decided. */
const decidedSale = async (value: number): Promise<Sale> => {
  const sale = newSale(value);
  await device.tell(stored(device.subject, sale));
  await decided(sale);
  await device.acknowledgeWords();
  return sale;
};

describe('a stored sale that is voided', () => {
  test('before it was decided is never sent to the host', async () => {
    const sale = newSale(4_200);
    const undo = voidOf(sale);
    const { fact, sealed } = stored(device.subject, sale);
    await device.tell({ fact, sealed: sealed! }, advised(undo));
    expect(await decided(undo)).toMatchObject({
      ...{ attemptId: undo.attemptId, result: 'approved', responseCode: '00' },
    });
    expect(words()).toEqual([
      ['voided', sale.transactionId, 'never_sent'],
      ['transaction.decided', undo.transactionId, 'approved'],
    ]);
    expect(device.words[0]!.body).toMatchObject({ voidTransactionId: undo.transactionId });
    expect(device.frames()[0]!.entries).toHaveLength(2);
    expect(bench.host.stateOf(device.name, sale.attemptId)).toBe('tombstone');
    expect(bench.portal.host().netByCurrency).toEqual({});
    expect(bench.portal.devices()).toMatchObject([{ undecidedCount: 0 }]);
    const secret = Buffer.from(sealed!).subarray(0, 64);
    expect(Buffer.from(bench.portal.snapshot()).includes(secret)).toBe(false);
  });

  test('after it was approved is undone at the host', async () => {
    const sale = await decidedSale(4_200);
    const undo = voidOf(sale);
    await device.tell(advised(undo));
    await decided(undo);
    expect(words().slice(1)).toEqual([
      ['voided', sale.transactionId, 'undone'],
      ['transaction.decided', undo.transactionId, 'approved'],
    ]);
    expect(bench.portal.host().netByCurrency).toEqual({});
  });

  test('after it was declined is declined itself, and says why', async () => {
    const undo = voidOf(await decidedSale(4_251));
    await device.tell(advised(undo));
    expect(await decided(undo)).toMatchObject({
      ...{ result: 'declined', responseCode: '12', reason: 'original_not_captured' },
    });
    expect(words().filter(([type]) => type === 'voided')).toEqual([]);
  });

  test('while the host cannot decide it yet is taken back', async () => {
    const sale = newSale(1_068);
    await device.tell(stored(device.subject, sale));
    await bench.happens('transaction.try_again');
    const undo = voidOf(sale);
    await device.tell(advised(undo));
    await decided(undo);
    await device.tell(created());
    expect(bench.all('transaction.voided')).toMatchObject([{ hostResult: 'never_sent' }]);
    expect(bench.portal.host().netByCurrency).toEqual({});
  });

  test('after a live attempt that had no answer is taken back once that is reversed', async () => {
    const first = await bench.sold(device, 700);
    const second = { ...newSale(700), transactionId: first.transactionId };
    const undo = voidOf(second);
    const { attemptId: afterAttemptId } = first;
    await device.tell(
      reversal(first),
      stored(device.subject, second, { afterAttemptId }),
      advised(undo),
    );
    await decided(undo);
    expect(words().map(([type, , how]) => [type, how])).toEqual([
      ['reversal.done', 'reversed'],
      ['voided', 'never_sent'],
      ['transaction.decided', 'approved'],
    ]);
    expect(bench.portal.host()).toMatchObject({ netByCurrency: {}, doubleCharges: [] });
  });

  test('has nothing to follow up any more', async () => {
    const sale = newSale(900);
    const refund = newFollowUp('refund', sale, 100);
    const again = voidOf(sale);
    await device.tell(
      ...[stored(device.subject, sale), advised(voidOf(sale))],
      ...[advised(refund), advised(again)],
    );
    expect(await decided(refund)).toMatchObject({ reason: 'original_not_captured' });
    expect(await decided(again)).toMatchObject({ reason: 'original_not_captured' });
  });

  test('is voided once, however often that is told', async () => {
    const sale = newSale(900);
    const undo = voidOf(sale);
    const facts = [stored(device.subject, sale), advised(undo)];
    await device.tell(...facts);
    await decided(undo);
    device.log = [];
    device.epoch = 2;
    await device.tell(...facts);
    await device.tell(created());
    expect([bench.count('transaction.voided'), bench.count('transaction.decided')]).toEqual([1, 1]);
    expect(bench.portal.devices()).toMatchObject([{ undecidedCount: 0 }]);
  });

  test('under a key that was used for another transaction is not voided', async () => {
    const [sale, live] = [newSale(900), await bench.sold(device, 500)];
    const used = newFollowUp('refund', live, 100);
    await bench.followUp(device, used);
    const { application, keyHash } = followUpBody(used);
    const undo = voidOf(sale);
    const { fact } = created(undo);
    const named = { fact: { ...fact, body: { ...(fact.body as object), application, keyHash } } };
    await device.tell(stored(device.subject, sale), named, advised(undo));
    expect(await decided(undo)).toMatchObject({ result: 'declined', responseCode: '94' });
    expect(bench.netOf(sale)).toBe(900);
  });
});

test('the void of a live sale is decided, and that is all there is to say', async () => {
  const undo = voidOf(await bench.sold(device, 800));
  await device.tell(advised(undo));
  expect(await decided(undo)).toMatchObject({ result: 'approved' });
  expect(words()).toHaveLength(1);
  expect(bench.portal.host().netByCurrency).toEqual({});
});

test('a void that a refund stands against is declined, and the sale stays', async () => {
  const sale = await decidedSale(900);
  await bench.followUp(device, newFollowUp('refund', sale, 100));
  const undo = voidOf(sale);
  await device.tell(advised(undo));
  expect(await decided(undo)).toMatchObject({ result: 'declined', responseCode: '58' });
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 800 });
});

describe('a sale the device voided before the portal could hear of it', () => {
  const voidedHere = (sale: Sale) =>
    finished(sale, { outcome: 'voided', voidTransactionId: voidOf(sale).transactionId });

  test('is never decided, and needs no word', async () => {
    const sale = newSale(900);
    await device.tell(stored(device.subject, sale), voidedHere(sale));
    await device.tell(created());
    expect(bench.all('transaction.voided')).toMatchObject([{ hostResult: 'never_sent' }]);
    expect([words(), bench.portal.host().netByCurrency]).toEqual([[], {}]);
    expect(bench.host.stateOf(device.name, sale.attemptId)).toBe('tombstone');
  });

  test('and that was approved all the same is undone, and the device hears so', async () => {
    const sale = await decidedSale(900);
    await device.tell(voidedHere(sale), voidedHere(sale));
    await device.word('voided', sale.transactionId);
    await device.tell(created());
    expect(words().slice(1)).toEqual([['voided', sale.transactionId, 'undone']]);
    expect(bench.portal.host().netByCurrency).toEqual({});
  });

  test('and that was declined needs nothing', async () => {
    const sale = await decidedSale(951);
    await device.tell(voidedHere(sale));
    await device.tell(created());
    expect(words()).toHaveLength(1);
  });

  test('leaves a live sale alone', async () => {
    const sale = await bench.sold(device, 500);
    await device.tell(voidedHere(sale), created());
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 500 });
  });
});

describe('a restored portal', () => {
  test('learns what it had voided, and says nothing anew', async () => {
    const image = bench.portal.snapshot();
    const sale = newSale(900);
    const undo = voidOf(sale);
    await device.tell(stored(device.subject, sale), advised(undo));
    await decided(undo);
    await device.acknowledgeWords();
    await device.tell(...device.words.map((word) => taken(word)));
    await bench.restore(device, image);
    expect(bench.count('decision.learned')).toBe(2);
    expect(bench.count('transaction.voided') + bench.count('transaction.decided')).toBe(0);
    expect(bench.portal.devices()).toMatchObject([{ undecidedCount: 0 }]);
  });

  const forgets = [
    ['that it withdrew a sale', false, 'never_sent'],
    ['that the host undid a sale', true, 'undone'],
  ] as const;
  test.each(forgets)('that forgot %s says the same again', async (_, isDecided, hostResult) => {
    const image = bench.portal.snapshot();
    const sale = isDecided ? await decidedSale(900) : newSale(900);
    const undo = voidOf(sale);
    await device.tell(...(isDecided ? [] : [stored(device.subject, sale)]), advised(undo));
    await decided(undo);
    await bench.restore(device, image);
    await until('both words came again', () => words().length === 2);
    expect(words()).toEqual([
      ['voided', sale.transactionId, hostResult],
      ['transaction.decided', undo.transactionId, 'approved'],
    ]);
    expect(bench.portal.host()).toMatchObject({ netByCurrency: {}, doubleCharges: [] });
  });

  test('that forgot a decline says it again before the void of it', async () => {
    const image = bench.portal.snapshot();
    const sale = await decidedSale(951);
    const undo = voidOf(sale);
    bench.portal.faults.arm('hold_decisions', { count: 1 });
    await device.tell(advised(undo));
    bench.portal.restore(image);
    bench.portal.faults.clear();
    await bench.restore(device, image);
    await until('both words came', () => words().length === 2);
    expect(words()).toEqual([
      ['transaction.decided', sale.transactionId, 'declined'],
      ['transaction.decided', undo.transactionId, 'declined'],
    ]);
  });
});

test('a live request under the key of a sale that was taken back is charged', async () => {
  const sale = newSale(500);
  await device.tell(created(sale), stored(device.subject, sale), advised(voidOf(sale)));
  await device.word('voided', sale.transactionId);
  const { application, keyHash } = authorizeBody(device.subject, sale);
  const again = authorizeBody(device.subject, newSale(500), { application, keyHash });
  expect(await bench.ask(device, again)).toMatchObject({ ok: true });
});
